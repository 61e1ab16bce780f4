import { nextTick, ref, watch } from 'vue'

import type { ConfirmHandler, OpenOptions } from './props'

interface PopupActions {
  /** a new picture where one is shown already; the opening itself shows the first */
  renew: () => void
  focus: () => void
  setText: (text: string) => void
  emitConfirm: (captcha: string) => void
  emitCancel: () => void
}

/** Opening, confirming and cancelling, without any of the screen. */
export function usePopup(actions: PopupActions) {
  const isOpen = ref(false)
  /** something was confirmed with nothing entered */
  const isHinting = ref(false)
  // What the screen shows: a popup that is closed and opened in one go never closed there, so nothing loads by itself.
  let isShown = false
  watch(isOpen, (opened) => (isShown = opened))
  let keepsOpen = false
  let onConfirm: ConfirmHandler | undefined

  function open(options?: ConfirmHandler | OpenOptions): void {
    // A page that opens with `@click="popup.open"` hands an event in; it has none of these fields.
    const { keepOpen, onConfirm: handler }: OpenOptions =
      typeof options === 'function' ? { onConfirm: options } : (options ?? {})
    keepsOpen = keepOpen === true
    onConfirm = typeof handler === 'function' ? handler : undefined
    isHinting.value = false
    actions.setText('')
    if (isShown) actions.renew()
    isOpen.value = true
  }

  function close(): void {
    isOpen.value = false
  }

  /** Stock handlers never call `close()`: the value is set, the popup closed, and only then they hear of it. */
  async function confirm(text: string): Promise<void> {
    const captcha = text.trim()
    isHinting.value = captcha === ''
    if (isHinting.value) return actions.focus()
    actions.setText(captcha)
    const handler = onConfirm
    if (!keepsOpen) close()
    await nextTick()
    actions.emitConfirm(captcha)
    handler?.(captcha)
  }

  function cancel(): void {
    close()
    actions.emitCancel()
  }

  return { isOpen, isHinting, open, close, confirm, cancel }
}
