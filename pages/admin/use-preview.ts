import { onUnmounted, ref, watch } from 'vue'

import { AdminFailure, callAdmin } from './api'

import type { Ref } from 'vue'
import type { CheckedConfig } from '../../uni_modules/uni-captcha/types/protocol'
import type { Draft } from './use-draft'

/** How long nothing has to change before the server is asked. */
const DEBOUNCE_MS = 250
const RETRY_DELAY_MS = 600

/**
 * Has the server check and draw what is being edited, a moment after each change; only the newest answer counts. Text
 * that is no JSON is not sent: the last answer stays.
 */
export function usePreview(draft: Draft, language: Ref<string>, onFailure: (failure: AdminFailure) => void) {
  const checked = ref<CheckedConfig | null>(null)
  const isDrawing = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | undefined

  function stop(): void {
    clearTimeout(timer)
    running?.abort()
    running = undefined
    isDrawing.value = false
  }

  function soon(delayMs = DEBOUNCE_MS): void {
    stop()
    if (draft.mistake.value) return
    isDrawing.value = true
    timer = setTimeout(() => void draw(), delayMs)
  }

  async function draw(): Promise<void> {
    const mine = new AbortController()
    running = mine
    const body = { text: draft.text.value, scene: draft.scene.value, locale: language.value }
    try {
      const answer = await callAdmin<CheckedConfig>('POST', '/preview', body, mine.signal)
      if (running !== mine) return
      checked.value = answer
      isDrawing.value = false
    } catch (error) {
      if (running !== mine) return
      if (error instanceof AdminFailure && error.code === 'Busy') return soon(RETRY_DELAY_MS)
      isDrawing.value = false
      onFailure(error instanceof AdminFailure ? error : new AdminFailure('network'))
    }
  }

  watch([draft.text, draft.scene, language], () => soon())
  onUnmounted(stop)

  return { checked, isDrawing, redraw: () => soon(0) }
}
