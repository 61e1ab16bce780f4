import { nextTick, ref, watch } from 'vue'

import type { Ref } from 'vue'

/**
 * The code in what was typed, pasted or filled in, at most `length` digits. Out of a pasted message it is the run of
 * just that many digits; spaces within it and full-width digits do no harm.
 */
export function readCode(text: string, length: number): string {
  const plain = text.normalize('NFKC')
  const whole = plain.match(/\d+/g)?.find((digits) => digits.length === length)
  return whole ?? plain.replace(/\D/g, '').slice(0, length)
}

/** A number as the cloud side takes it: no spaces or hyphens, and no country code of China where `pattern` has none. */
export function readMobile(text: string, pattern: RegExp): string {
  const plain = text.normalize('NFKC').replace(/[\s().-]/g, '')
  const local = plain.replace(/^(\+|00)86/, '')
  return !pattern.test(plain) && pattern.test(local) ? local : plain
}

/** A text that the page may bind and that the user types into. */
export interface Field {
  /** what it counts as */
  value: Readonly<Ref<string>>
  /** what the input shows */
  shown: Readonly<Ref<string>>
  set: (value: string) => void
  type: (text: string) => void
}

/** In step with the page's `v-model` where it binds one, kept here where it binds none; `read` makes a value of a text. */
export function useField(
  given: () => string | undefined | null,
  tell: (value: string) => void,
  read: (text: string) => string,
): Field {
  const value = ref(given() ?? '')
  const shown = ref(value.value)
  watch(given, (next) => (value.value = next ?? ''))
  watch(value, (next) => (shown.value = next))

  function set(next: string): void {
    if (next === value.value) return
    value.value = next
    tell(next)
  }

  function type(text: string): void {
    set(read(text))
    // An input follows a change only: what it holds is bound first, then what counts.
    shown.value = text
    void nextTick(() => (shown.value = value.value))
  }

  return { value, shown, set, type }
}
