import { computed, ref } from 'vue'

import { onSystemThemeChange, systemTheme } from './platform'

import type { ComputedRef } from 'vue'

export type CaptchaTheme = 'light' | 'dark'

const followed = ref<CaptchaTheme>('light')
const chosen = ref<CaptchaTheme>()
let isListening = false

/** The classes of a component's root: with them `theme.css` gives the variables of the light or the dark theme. */
export function useTheme(): ComputedRef<string> {
  followed.value = systemTheme()
  if (!isListening) {
    isListening = true
    onSystemThemeChange(() => (followed.value = systemTheme()))
  }
  return computed(() => `uni-captcha-theme uni-captcha-theme--${chosen.value ?? followed.value}`)
}

/**
 * For an application with a theme of its own: all components take this one, at once. Left out, they follow uni's theme
 * again: the system's where manifest.json says `darkmode`, else light.
 */
export function setCaptchaTheme(theme?: CaptchaTheme): void {
  chosen.value = theme
}
