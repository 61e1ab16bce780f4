import { nextTick, ref, watch } from 'vue'

import {
  readCodeDigits,
  readDialled,
  readMobileNumber,
  readTypedEmail,
  readTypingEmail,
} from '../../js_sdk/typed-values'

import type { Ref } from 'vue'
import type { NumberRule } from './number-rule'

/** The code in what was typed, pasted or filled in, as the cloud side reads it, at most `length` digits. */
export function readCode(text: string, length: number): string {
  return readCodeDigits(text, length).slice(0, length)
}

/** The form of a number that the rule takes, as the cloud side reads it; otherwise its digits, for it is still typed. */
export function readMobile(text: string, rule: NumberRule): string {
  const number = readMobileNumber(text, rule)
  if (!number) return readDialled(text)
  return rule.accepts(number.mobile) ? number.mobile : number.e164
}

/** The address in what was typed or pasted, as the cloud side reads it. */
export const readEmail = readTypedEmail
/** What the input shows of it: a point at its end may have more after it. */
export const showEmail = readTypingEmail

/** A text that the page may bind and that the user types into. */
export interface Field {
  /** what it counts as */
  value: Readonly<Ref<string>>
  /** what the input shows */
  shown: Readonly<Ref<string>>
  set: (value: string) => void
  type: (text: string) => void
}

/** In step with the page's `v-model` where it binds one, kept here where it binds none; `read` makes a value of a text, and `show` what the input holds of it. */
export function useField(
  given: () => string | undefined | null,
  tell: (value: string) => void,
  read: (text: string) => string,
  show: (text: string) => string = read,
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
    void nextTick(() => (shown.value = show(text)))
  }

  return { value, shown, set, type }
}
