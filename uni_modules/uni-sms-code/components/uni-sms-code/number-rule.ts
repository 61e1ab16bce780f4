import { computed, ref } from 'vue'

import type { SmsCodeProps } from './props'

/** What numbers of the form look like, as far as is known. */
export interface NumberRule {
  countryCode: string
  accepts: (number: string) => boolean
}

const MAINLAND = { countryCode: '86', accepts: (number: string) => /^1\d{10}$/.test(number) }

/** What might be a mobile number somewhere; the cloud side knows better. */
const PLAUSIBLE = /^\+?\d{6,20}$/

/** The page's own word, else what the cloud side has told for this scene, else the mainland's numbers. */
export function useNumberRule(props: SmsCodeProps) {
  const told = ref<NumberRule & { scene: string }>()
  const known = computed(() => (told.value?.scene === props.scene ? told.value : undefined))
  const ofPage = computed(() => {
    // A mini-program hands in an empty one where the page gives none.
    if (!props.pattern) return undefined
    const pattern = new RegExp(props.pattern)
    return (number: string) => pattern.test(number)
  })

  /** How what is typed is read. */
  const rule = computed<NumberRule>(() => ({
    countryCode: props.countryCode || known.value?.countryCode || MAINLAND.countryCode,
    accepts: ofPage.value ?? known.value?.accepts ?? MAINLAND.accepts,
  }))

  /** False for what need not be sent; until a rule is known that is only what is a number nowhere. */
  function isMobile(number: string): boolean {
    const accepts = ofPage.value ?? known.value?.accepts
    return accepts ? accepts(number) : PLAUSIBLE.test(number)
  }

  /** Takes the rule out of what the cloud side has answered or refused; anything else in it is left alone. */
  function learn(scene: string, answer: unknown): void {
    const fields = Object(answer) as Record<string, unknown>
    const { countryCode, mobilePattern } = { ...fields, ...(Object(fields['detail']) as Record<string, unknown>) }
    if (typeof countryCode !== 'string' || typeof mobilePattern !== 'string') return
    if (!/^\d{1,3}$/.test(countryCode)) return
    try {
      const pattern = new RegExp(`^(?:${mobilePattern})$`)
      told.value = { scene, countryCode, accepts: (number) => pattern.test(number) }
    } catch {
      // written for another engine: the cloud side goes on judging
    }
  }

  return { rule, isMobile, learn }
}
