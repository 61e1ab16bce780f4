import { script } from '../redis-script'

export const onceRelease = script(
  'once-release-1',
  `
-- Gives a claim back; another caller's stays.
-- KEYS[1] nonce
-- ARGV[1] the name of the call that claimed it
local held = redis.call('GET', KEYS[1])
if not held or string.match(held, '^%d+ %d+ (.+)$') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
)
