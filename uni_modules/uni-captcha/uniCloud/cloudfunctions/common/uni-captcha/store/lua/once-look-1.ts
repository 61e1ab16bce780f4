import { script } from '../redis-script'

export const onceLook = script(
  'once-look-1',
  `
-- Until when a nonce is held, epoch ms by the clock of who holds it; 0 when it is free.
-- KEYS[1] nonce
local held = redis.call('GET', KEYS[1])
return held and string.match(held, '^%d+') or '0'
`,
)
