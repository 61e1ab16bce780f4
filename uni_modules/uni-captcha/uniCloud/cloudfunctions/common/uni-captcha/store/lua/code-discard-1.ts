import { script } from '../redis-script'

export const codeDiscard = script(
  'code-discard-1',
  `
-- Withdraws a code that is not used yet, and whatever reservation there is of it.
-- KEYS[1] slot
local state = redis.call('HGET', KEYS[1], 's')
if state == '0' or state == '2' then
  redis.call('HDEL', KEYS[1], 'r', 't')
  redis.call('HSET', KEYS[1], 's', '2')
end
return 1
`,
)
