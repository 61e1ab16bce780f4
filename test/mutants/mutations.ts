import { CAPTCHAS } from './captcha'
import { HOST } from './host'
import type { Mutation } from './mutation'
import { toMutations } from './mutation'
import { SMS_CODES } from './sms'
import { STORES } from './stores'

/** Everything that is broken on purpose. */
export const MUTATIONS: readonly Mutation[] = toMutations([...STORES, ...CAPTCHAS, ...SMS_CODES, ...HOST])
