import { nextTick, onUnmounted, ref, watch } from 'vue'

import { readTypedCaptcha } from '../../js_sdk/typed-text'

import type { ConfirmHandler, OpenOptions } from './props'

interface PopupActions {
  /** the scene of the page's choice */
  scene: () => string
  /** a new picture where one is shown already; the opening itself shows the first */
  renew: (focus?: boolean) => void
  focus: () => void
  /** undefined when what was typed can be handed on at once; false when it is worth nothing any more */
  whenWorked: () => Promise<boolean> | undefined
  text: () => string
  setText: (text: string) => void
  emitConfirm: (captcha: string) => void
  emitCancel: () => void
}

/** What the popup says below the picture: nothing, that nothing was entered, or why the last answer did not do. */
export interface Notice {
  kind: 'none' | 'empty' | 'refused'
  /** the page's own words */
  message?: string
}

/** Opening, confirming and cancelling, without any of the screen. */
export function usePopup(actions: PopupActions) {
  const isOpen = ref(false)
  const isBusy = ref(false)
  const notice = ref<Notice>({ kind: 'none' })
  const openedFor = ref('')
  const scene = () => openedFor.value || actions.scene()
  // What the screen shows: a popup that is closed and opened in one go never closed there, so nothing loads by itself.
  let isShown = false
  watch(isOpen, (opened) => (isShown = opened))
  let keepsOpen = false
  let openings = 0
  let onConfirm: ConfirmHandler | undefined
  let onCancel: (() => void) | undefined

  function open(options?: ConfirmHandler | OpenOptions): void {
    endOpening()
    // A page that opens with `@click="popup.open"` hands an event in; it has none of these fields.
    const given: OpenOptions = typeof options === 'function' ? { onConfirm: options } : (options ?? {})
    keepsOpen = given.keepOpen === true
    onConfirm = typeof given.onConfirm === 'function' ? given.onConfirm : undefined
    onCancel = typeof given.onCancel === 'function' ? given.onCancel : undefined
    notice.value = { kind: 'none' }
    actions.setText('')
    const before = scene()
    openedFor.value = typeof given.scene === 'string' ? given.scene : ''
    // Another scene loads by itself.
    if (isShown && scene() === before) actions.renew()
    isOpen.value = true
  }

  function close(): void {
    isOpen.value = false
    endOpening()
  }

  function endOpening(): void {
    openings++
    isBusy.value = false
    const tell = onCancel
    onCancel = undefined
    tell?.()
  }

  /** Stock handlers never call `close()`: the value is set, the popup closed, and only then they hear of it. */
  async function confirm(text: string): Promise<void> {
    if (isBusy.value) return
    const captcha = readTypedCaptcha(text)
    notice.value = { kind: captcha === '' ? 'empty' : 'none' }
    if (captcha === '') return actions.focus()
    actions.setText(captcha)
    const working = actions.whenWorked()
    if (!(await isWorked(working))) return
    // What is shown counts: it may have been corrected meanwhile. Of another length it is still being typed.
    const shown = working ? readTypedCaptcha(actions.text()) : captcha
    if (shown.length !== captcha.length) return
    const handler = onConfirm
    if (!keepsOpen) {
      onCancel = undefined
      close()
    }
    await nextTick()
    actions.emitConfirm(shown)
    handler?.(shown)
  }

  /** Waits for the work that the picture carries, unless this opening ends meanwhile. */
  async function isWorked(working: Promise<boolean> | undefined): Promise<boolean> {
    if (!working) return true
    const mine = openings
    isBusy.value = true
    const isDone = await working
    if (mine !== openings) return false
    isBusy.value = false
    return isDone
  }

  function cancel(): void {
    close()
    actions.emitCancel()
  }

  function retry(message = ''): void {
    if (!isOpen.value) return
    isBusy.value = false
    notice.value = { kind: 'refused', message }
    actions.setText('')
    actions.renew(true)
  }

  function setBusy(state: boolean): void {
    isBusy.value = state && isOpen.value
  }

  function clearNotice(): void {
    notice.value = { kind: 'none' }
  }

  onUnmounted(endOpening)

  return { isOpen, isBusy, notice, scene, open, close, confirm, cancel, retry, setBusy, clearNotice }
}
