import { CAPTCHAS } from './captcha'
import { DATABASE } from './database'
import { HOST } from './host'
import { NETWORK_LIMITS } from './limits'
import type { Mutation } from './mutation'
import { toMutations } from './mutation'
import { SITE_TOKENS } from './sites'
import { SMS_CODES } from './sms'
import { STORES } from './stores'

/** Everything that is broken on purpose. */
export const MUTATIONS: readonly Mutation[] = toMutations([
  ...STORES,
  ...CAPTCHAS,
  ...NETWORK_LIMITS,
  ...SITE_TOKENS,
  ...SMS_CODES,
  ...HOST,
  ...DATABASE,
])
