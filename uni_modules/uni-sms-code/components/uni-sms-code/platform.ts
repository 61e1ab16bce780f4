// Every difference between platforms is in this file.
import { onShow } from '@dcloudio/uni-app'
import { getCurrentInstance, onMounted, onUnmounted, watch } from 'vue'

import { isEnter, isOfBrowser } from '../../../uni-captcha/components/uni-captcha/platform'

/** Calls back when time may have passed or the storage have changed unnoticed: the page is shown again, or another tab wrote. */
export function onReturn(callback: () => void): void {
  // uni hangs the hook on the page, which outlives this component.
  let isHere = true
  onShow(() => {
    if (isHere) callback()
  })
  onUnmounted(() => (isHere = false))
  // #ifdef H5
  window.addEventListener('storage', callback)
  document.addEventListener('visibilitychange', callback)
  onUnmounted(() => {
    window.removeEventListener('storage', callback)
    document.removeEventListener('visibilitychange', callback)
  })
  // #endif
}

/**
 * In a browser Enter and Space press what has the role of a button, and Enter in the number's or address's input confirms. Not
 * uni's confirm event there: it comes for an input method's Enter as well. Elsewhere there is no keyboard.
 */
export function useKeys(actions: { confirm: (typed: string) => void }): void {
  // #ifdef H5
  onRoot((root) =>
    root.addEventListener('keydown', (event) => {
      if (!isEnter(event) && event.key !== ' ') return
      const target = event.target as HTMLElement
      if (target.matches('.uni-sms-code [role=button]')) {
        if (isOfBrowser(event)) return
        event.preventDefault()
        event.stopPropagation()
        if (!event.repeat) target.click()
      } else if (isEnter(event) && !event.repeat && target.matches('.uni-sms-code__address input')) {
        // uni reports what is typed up to 100 ms late.
        actions.confirm((target as HTMLInputElement).value)
      }
    }),
  )
  // #endif
}

/** Whether Enter reaches `useKeys`, so that the input's own confirm event would be a second one. */
export function hasKeyboardEvents(): boolean {
  let has = false
  // #ifdef H5
  has = true
  // #endif
  return has
}

/**
 * Sets attributes of the real `<input>` within `selector`, for screen readers, autofill and keyboards: uni knows two
 * words of `autocomplete`, and its wrapper and placeholder would say the name once more. Undefined removes one.
 */
export function useInputAttributes(selector: string, attributes: () => Record<string, string | undefined>): void {
  // #ifdef H5
  onRoot((root) => {
    const wrapper = root.querySelector(selector)
    const input = wrapper?.querySelector('input')
    wrapper?.querySelector('.uni-input-placeholder')?.setAttribute('aria-hidden', 'true')
    const apply = (wanted: Record<string, string | undefined>) => {
      wrapper?.removeAttribute('aria-label')
      for (const [name, value] of Object.entries(wanted)) {
        if (value === undefined) input?.removeAttribute(name)
        else input?.setAttribute(name, value)
      }
    }
    watch(attributes, apply, { immediate: true, flush: 'post' })
  })
  // #endif
}

/** Whether WeChat's phone-number quick verification is here. */
export function hasQuickVerification(): boolean {
  let has = false
  // #ifdef MP-WEIXIN
  has = true
  // #endif
  return has
}

/** The `open-type` of WeChat's button: the real-time verification where it is wanted and this WeChat knows it. */
export function quickOpenType(isRealtime: boolean): 'getRealtimePhoneNumber' | 'getPhoneNumber' {
  const isKnown = isRealtime && uni.canIUse('button.open-type.getRealtimePhoneNumber')
  return isKnown ? 'getRealtimePhoneNumber' : 'getPhoneNumber'
}

// #ifdef H5
function onRoot(callback: (root: HTMLElement) => void): void {
  const instance = getCurrentInstance()
  onMounted(() => {
    const root: unknown = instance?.proxy?.$el
    if (root instanceof HTMLElement) callback(root)
  })
}
// #endif
