import { script } from '../redis-script'

export const onceLook = script(
  'once-look-1',
  `
-- Until when a nonce is held, epoch ms by the clock of who holds it, and for how long at most; zeros when it is free.
-- KEYS[1] nonce
local held = redis.call('GET', KEYS[1])
if not held then return { '0', '0' } end
return { string.match(held, '^(%d+) (%d+)') }
`,
)
