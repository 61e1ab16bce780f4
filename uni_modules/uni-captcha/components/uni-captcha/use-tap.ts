import { computed, ref, shallowRef, watch } from 'vue'

import { afterKey, toTapAnswer, withCell } from './tap'

import type { TapLayout } from './tap'
import type { Texts } from './use-texts'

/** What the logic needs from outside. */
interface TapSource {
  /** undefined while nothing is to be tapped */
  layout: () => TapLayout | undefined
  /** what counts as typed: the answer once it is complete, else empty */
  typed: () => string
  setTyped: (typed: string) => void
  texts: () => Texts
}

/** Tapping characters of a picture, in the place of typing what it shows. */
export function useTap(source: TapSource) {
  /** cells in the order in which they were tapped, by rows from 0 */
  const tapped = shallowRef<readonly number[]>([])
  /** something was tapped on this picture, even where all of it was taken back */
  const isBegun = ref(false)

  /** how far it is, or what there is to do */
  const words = computed(() => {
    const { tapHint, tapChosen } = source.texts()
    const { length } = tapped.value
    if (length === 0) return tapHint
    return tapChosen.replace('{chosen}', String(length)).replace('{count}', String(source.layout()?.count))
  })

  function put(layout: TapLayout, cells: readonly number[]): boolean {
    if (cells === tapped.value) return false
    tapped.value = cells
    isBegun.value = true
    source.setTyped(toTapAnswer(layout, cells))
    return true
  }

  /** Whether anything has changed by it. */
  function choose(cell: number): boolean {
    const layout = source.layout()
    return layout !== undefined && put(layout, withCell(layout, tapped.value, cell))
  }

  /** The same for a key; see `afterKey`. */
  function press(key: string): boolean {
    const layout = source.layout()
    return layout !== undefined && put(layout, afterKey(layout, tapped.value, key))
  }

  function clear(): void {
    if (tapped.value.length > 0) tapped.value = []
  }

  // The page may have emptied it.
  watch(source.typed, (typed) => {
    const layout = source.layout()
    if (!layout || typed !== toTapAnswer(layout, tapped.value)) clear()
  })

  watch(source.layout, () => (isBegun.value = false))

  return { tapped, isBegun, words, choose, press, clear }
}
