import { nextTick, reactive } from 'vue'

type Name = 'address' | 'code'

/** Which input is told to have the focus, and the way to move it there. */
export function useFocus() {
  const focused = reactive({ address: false, code: false })
  return {
    focused,
    focus(name: Name): void {
      // uni acts on a change only, and the input may have lost the focus without one.
      focused.address = focused.code = false
      // A popup that closes in this turn gives the focus back in the next one.
      void nextTick(() => nextTick(() => (focused[name] = true)))
    },
    /** what the input says of itself */
    heard(name: Name, state: boolean): void {
      focused[name] = state
    },
  }
}
