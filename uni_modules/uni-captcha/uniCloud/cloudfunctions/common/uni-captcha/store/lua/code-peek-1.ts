import { script } from '../redis-script'

export const codePeek = script(
  'code-peek-1',
  `
-- State, expiry, further columns, claimant, work and who finished it of a code; nils where there is none.
-- KEYS[1] slot
return redis.call('HMGET', KEYS[1], 's', 'e', 'o', 'w', 'k', 'd')
`,
)
