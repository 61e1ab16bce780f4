// Every difference between platforms is in this file.
import { onBackPress, onShow } from '@dcloudio/uni-app'
import { getCurrentInstance, nextTick, onMounted, onUnmounted, watch } from 'vue'

import { HANDLE_PX } from './slide'

/**
 * Calls back when the user comes to the page again: from another page, another application or another browser tab, or
 * when a browser has its network back.
 */
export function onReturn(callback: () => void): void {
  // uni hangs the hook on the page, which outlives this component.
  let isHere = true
  onShow(() => {
    if (isHere) callback()
  })
  onUnmounted(() => (isHere = false))
  // #ifdef H5
  const onVisible = () => {
    if (document.visibilityState === 'visible') callback()
  }
  document.addEventListener('visibilitychange', onVisible)
  addEventListener('online', callback)
  onUnmounted(() => {
    document.removeEventListener('visibilitychange', onVisible)
    removeEventListener('online', callback)
  })
  // #endif
}

/** What an input holds at its event: uni's, which applications without uni's own types take for the browser's. */
export function readTyped(event: unknown): string {
  return (event as { detail: { value: string } }).detail.value
}

/** Whether the device knows that it has no network; false where it does not say. */
export function isOffline(): boolean {
  let is = false
  // #ifdef H5
  is = !navigator.onLine
  // #endif
  return is
}

/** uni's theme: the system's where the application's manifest.json says `darkmode`, else light. */
export function systemTheme(): 'light' | 'dark' {
  const info = uni.getAppBaseInfo?.() as { theme?: string } | undefined
  return info?.theme === 'dark' ? 'dark' : 'light'
}

/** Calls back for good: uni cannot take such a listener back on every platform. */
export function onSystemThemeChange(callback: () => void): void {
  uni.onThemeChange?.(callback)
}

/** Of the Navigation API, which TypeScript's library does not have yet. */
interface NavigateEventLike extends Event {
  navigationType: string
  destination: { index: number }
}
interface NavigationLike {
  currentEntry: { index: number } | null
  addEventListener(type: 'navigate', listener: (event: NavigateEventLike) => void): void
  removeEventListener(type: 'navigate', listener: (event: NavigateEventLike) => void): void
}

/** Keys that mean something in this component. */
export interface KeyActions {
  /** Enter in the text input, with what it holds: the input event of uni comes up to 100 ms later. */
  confirm?: (value: string) => void
  /** Escape; makes the component modal: neither Enter, on which pages often submit, nor the focus leaves it. */
  cancel?: () => void
}

/**
 * Keyboard in a browser: Enter and Space press what has the role of a button, arrows what is slid, unless Ctrl, Alt or
 * Meta is held; Enter in the input confirms, Escape cancels. Elsewhere there is no keyboard.
 */
export function useKeys(actions: KeyActions): void {
  // #ifdef H5
  onRoot((root) =>
    root.addEventListener('keydown', (event) => {
      const target = event.target as HTMLElement
      if (event.key === 'Enter' && actions.cancel) event.stopPropagation()
      const isSlid = event.key.startsWith('Arrow') && target.classList.contains('uni-captcha__track')
      const isPress = (isEnter(event) || event.key === ' ' || isSlid) && !isOfBrowser(event)
      if (isPress && target.getAttribute('role') === 'button') {
        event.preventDefault()
        event.stopPropagation()
        if (!event.repeat) target.click()
      } else if (isEnter(event) && target instanceof HTMLInputElement) {
        if (!event.repeat) actions.confirm?.(target.value)
      } else if (event.key === 'Escape' && actions.cancel && !isComposing(event)) {
        event.stopPropagation()
        actions.cancel()
      } else if (event.key === 'Tab' && actions.cancel) {
        keepTab(root, event)
      }
    }),
  )
  // #endif
}

/** Whether a key belongs to the browser or the system, as Alt and an arrow do, which go back. */
export function isOfBrowser({ ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  return ctrlKey || altKey || metaKey
}

/** Whether a key is Enter for the page. */
export function isEnter(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !isComposing(event)
}

/** Safari ends the composition before the key that commits it; what is left of it then is the code 229. */
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}

/**
 * Names the real input for screen readers, and only that: uni's wrapper and its placeholder would say it once more. Says
 * which keyboard it takes, and that nothing is to be filled in by itself.
 */
export function useInputLabel(input: () => { label: string; hasDigits: boolean }): void {
  // #ifdef H5
  onRoot((root) => {
    const real = root.querySelector('input')
    for (const name of ['autocapitalize', 'autocorrect', 'autocomplete']) real?.setAttribute(name, 'off')
    real?.setAttribute('spellcheck', 'false')
    root.querySelector('.uni-input-placeholder')?.setAttribute('aria-hidden', 'true')
    const describe = ({ label, hasDigits }: ReturnType<typeof input>) => {
      real?.setAttribute('aria-label', label)
      real?.setAttribute('inputmode', hasDigits ? 'numeric' : 'text')
      root.querySelector('uni-input')?.removeAttribute('aria-label')
    }
    watch(input, describe, { immediate: true, flush: 'post' })
  })
  // #endif
}

/**
 * Reports what is typed at once, and shows a change of the text at once: uni's own event comes up to 100 ms late, and
 * would bring back what was emptied meanwhile.
 */
export function useInputText(text: () => string, onType: (value: string) => void): void {
  // #ifdef H5
  onRoot((root) => {
    const input = root.querySelector('input')
    if (!input) return
    input.addEventListener('input', (event) => {
      if (!(event as InputEvent).isComposing) onType(input.value)
    })
    const show = (value: string) => {
      if (input.value === value) return
      input.value = value
      // uni hears of it as of anything typed, which takes the place of what it has not reported yet.
      input.dispatchEvent(new Event('input', { bubbles: true }))
    }
    watch(text, show, { flush: 'post' })
  })
  // #endif
}

/**
 * In a browser what is chosen from by keys is focused like an input: by the page, and heard of. Escape leaves it; keys
 * that belong to the browser with Ctrl, Alt or Meta stay the browser's. Elsewhere there is no keyboard.
 */
export function useFocusField(
  selector: string,
  field: {
    isWanted: () => boolean
    heard: (isFocused: boolean) => void
    press: (key: string) => void
    /** what there is to choose from */
    shown: () => unknown
  },
): void {
  // #ifdef H5
  onRoot((root) => {
    const element = root.querySelector<HTMLElement>(selector)
    if (!element) return
    // The press that brings something else to choose from may end on that, and is not meant for it.
    let pressedOn: unknown
    element.addEventListener('pointerdown', () => (pressedOn = field.shown()))
    element.addEventListener('pointercancel', () => (pressedOn = undefined))
    const leaveOut = (event: Event) => {
      if (pressedOn !== undefined && pressedOn !== field.shown()) event.stopPropagation()
      pressedOn = undefined
    }
    element.addEventListener('click', leaveOut, true)
    element.addEventListener('focus', () => field.heard(true))
    element.addEventListener('blur', () => field.heard(false))
    element.addEventListener('keydown', (event) => {
      if (isOfBrowser(event) || isComposing(event)) return
      if (event.key === 'Escape') return element.blur()
      if (!/^([1-9]|Backspace|Enter)$/.test(event.key)) return
      event.preventDefault()
      if (!event.repeat) field.press(event.key)
    })
    watch(field.isWanted, (isWanted) => isWanted && element.focus(), { immediate: true, flush: 'post' })
  })
  // #endif
}

/**
 * Follows a finger or a mouse along `uni-captcha__track`: `move` is told how far it is, 1 at the end, `end` that it was
 * let go. The listeners are for platforms without pointer events.
 */
export function useSlide({ move, end }: { move: (share: number) => void; end: () => void }) {
  let fromPx = 0
  let lengthPx = 0
  const follow = (atPx: number) => lengthPx > 0 && move((atPx - fromPx) / lengthPx)
  const release = () => {
    lengthPx = 0
    end()
  }
  const listeners = {
    onTouchStart: (_event: unknown) => {},
    onTouchMove: (_event: unknown) => {},
    onTouchEnd: () => {},
  }
  // #ifdef H5
  onRoot((root) => {
    root.addEventListener('pointerdown', (event) => {
      const track = (event.target as Element).closest<HTMLElement>('.uni-captcha__track')
      if (!track || event.button !== 0) return
      fromPx = event.clientX
      lengthPx = track.clientWidth - HANDLE_PX
      track.setPointerCapture(event.pointerId)
    })
    root.addEventListener('pointermove', (event) => follow(event.clientX))
    for (const name of ['pointerup', 'pointercancel']) root.addEventListener(name, release)
  })
  // #endif
  // #ifndef H5
  const instance = getCurrentInstance()
  const readX = (event: unknown) => (event as { touches: { clientX: number }[] }).touches[0]?.clientX ?? 0
  listeners.onTouchStart = (event) => {
    fromPx = readX(event)
    const query = uni.createSelectorQuery().in(instance?.proxy).select('.uni-captcha__track')
    query.boundingClientRect((box) => (lengthPx = ((box as { width?: number } | null)?.width ?? 0) - HANDLE_PX)).exec()
  }
  listeners.onTouchMove = (event) => void follow(readX(event))
  listeners.onTouchEnd = release
  // #endif
  return listeners
}

/**
 * When `state` changes in a browser, the focus goes from what is taken away to what takes its place, which `selector`
 * finds.
 */
export function useFocusKept(state: () => unknown, selector: string): void {
  // #ifdef H5
  onRoot((root) => {
    const keep = () => {
      if (root.contains(document.activeElement)) void nextTick(() => root.querySelector<HTMLElement>(selector)?.focus())
    }
    watch(state, keep, { flush: 'sync' })
  })
  // #endif
}

/** Takes the focus into the dialog when `isOpen` turns true, and gives it back to where it was before. */
export function useDialogFocus(isOpen: () => boolean): void {
  // #ifdef H5
  let before: Element | null = null
  const giveBack = () => {
    if (isOpen()) return
    if (before instanceof HTMLElement) before.focus()
    before = null
  }
  const take = (root: HTMLElement) => {
    if (isOpen() && !root.contains(document.activeElement)) root.querySelector<HTMLElement>('[role=dialog]')?.focus()
  }
  onRoot((root) => watch(isOpen, (open) => open && void nextTick(() => take(root)), { flush: 'post' }))
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

/** The input type whose keyboard has digits. In a browser `number` would refuse a pasted message; `inputmode` does it. */
export function digitsInputType(): 'text' | 'number' {
  let type: 'text' | 'number' = 'number'
  // #ifdef H5
  type = 'text'
  // #endif
  return type
}

/**
 * Going back closes what is open before it leaves the page: the key of a phone, the button of uni's header, and in
 * browsers that ask first (the Navigation API) the browser's own. No entry is put into the history for it: one that is
 * left there would bring back pages that an application has replaced.
 */
export function useBack(isOpen: () => boolean, cancel: () => void): void {
  let isHere = true
  onUnmounted(() => (isHere = false))
  onBackPress(() => {
    if (!isHere || !isOpen()) return false
    cancel()
    return true
  })
  // #ifdef H5
  const navigation = (globalThis as { navigation?: NavigationLike }).navigation
  if (!navigation) return
  const look = (event: NavigateEventLike) => {
    const isBack =
      event.navigationType === 'traverse' && event.destination.index < (navigation.currentEntry?.index ?? 0)
    if (!isBack || !event.cancelable || !isOpen()) return
    event.preventDefault()
    cancel()
  }
  navigation.addEventListener('navigate', look)
  onUnmounted(() => navigation.removeEventListener('navigate', look))
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
/** Tab goes round within the dialog. */
function keepTab(root: HTMLElement, event: KeyboardEvent): void {
  const all = Array.from(root.querySelectorAll<HTMLElement>('input, [tabindex="0"]'))
  const stops = all.filter((element) => element.getClientRects().length > 0)
  const [first, last] = [stops[0], stops[stops.length - 1]]
  // The dialog itself, which no Tab reaches, is before the first.
  const isAtEdge = event.shiftKey ? !stops.slice(1).includes(event.target as HTMLElement) : event.target === last
  if (!isAtEdge) return
  event.preventDefault()
  ;(event.shiftKey ? last : first)?.focus()
}

function onRoot(callback: (root: HTMLElement) => void): void {
  const instance = getCurrentInstance()
  onMounted(() => {
    const root: unknown = instance?.proxy?.$el
    if (root instanceof HTMLElement) callback(root)
  })
}
// #endif
