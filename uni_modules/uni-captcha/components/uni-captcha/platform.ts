// Every difference between platforms is in this file.
import { onShow } from '@dcloudio/uni-app'
import { getCurrentInstance, nextTick, onMounted, onUnmounted, watch } from 'vue'

/** Calls back when the user comes to the page again: from another page, another application or another browser tab. */
export function onReturn(callback: () => void): void {
  // uni hangs the hook on the page, which outlives this component.
  let isHere = true
  onShow(() => {
    if (isHere) callback()
  })
  const stops = [() => (isHere = false)]
  // #ifdef H5
  const onVisible = () => {
    if (document.visibilityState === 'visible') callback()
  }
  document.addEventListener('visibilitychange', onVisible)
  stops.push(() => {
    document.removeEventListener('visibilitychange', onVisible)
    return false
  })
  // #endif
  onUnmounted(() => stops.forEach((stop) => stop()))
}

/** Keys that mean something in this component. */
export interface KeyActions {
  /** Enter in the text input, with what it holds: the input event of uni comes up to 100 ms later. */
  confirm?: (value: string) => void
  /** Escape; makes the component modal: no Enter leaves it, since pages often submit on any Enter. */
  cancel?: () => void
}

/**
 * Keyboard in a browser: Enter and Space press what has the role of a button, Enter in the input confirms, Escape
 * cancels. Elsewhere there is no keyboard.
 */
export function useKeys(actions: KeyActions): void {
  // #ifdef H5
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    const isEnter = event.key === 'Enter' && !event.isComposing
    if (isEnter && actions.cancel) event.stopPropagation()
    if ((isEnter || event.key === ' ') && target.getAttribute('role') === 'button') {
      event.preventDefault()
      event.stopPropagation()
      if (!event.repeat) target.click()
    } else if (isEnter && target instanceof HTMLInputElement) {
      if (!event.repeat) actions.confirm?.(target.value)
    } else if (event.key === 'Escape' && actions.cancel) {
      event.stopPropagation()
      actions.cancel()
    }
  }
  onRoot((root) => root.addEventListener('keydown', onKey))
  // #endif
}

/** Names the real input for screen readers; uni puts `aria-label` on a wrapper that has no meaning for them. */
export function useInputLabel(label: () => string): void {
  // #ifdef H5
  onRoot((root) => {
    const input = root.querySelector('input')
    for (const name of ['autocapitalize', 'autocorrect']) input?.setAttribute(name, 'off')
    input?.setAttribute('spellcheck', 'false')
    watch(label, (text) => input?.setAttribute('aria-label', text), { immediate: true })
  })
  // #endif
}

/** Gives the focus back to where it was before `isOpen` turned true. */
export function useFocusReturn(isOpen: () => boolean): void {
  // #ifdef H5
  let before: Element | null = null
  const giveBack = () => {
    if (isOpen()) return
    if (before instanceof HTMLElement) before.focus()
    before = null
  }
  watch(
    isOpen,
    (open) => {
      // Closed and opened again in one go, it keeps the focus and remembers where that was at first.
      if (open) before ??= document.activeElement
      else void nextTick(giveBack)
    },
    { flush: 'sync' },
  )
  // #endif
}

/** Whether Enter reaches the page through `useKeys`, so that the input's own confirm event would be a second one. */
export function hasKeyboardEvents(): boolean {
  let has = false
  // #ifdef H5
  has = true
  // #endif
  return has
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
