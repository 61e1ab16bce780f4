import { script } from '../redis-script'

export const codeActivate = script(
  'code-activate-1',
  `
-- Makes a reserved code valid, once; repeated with the same name it answers as the first time.
-- KEYS[1] slot
-- ARGV[1] reservation
-- ARGV[2] the call's name
local row = redis.call('HMGET', KEYS[1], 'r', 's', 't')
if row[3] == ARGV[2] then return 1 end
if row[1] ~= ARGV[1] or row[2] ~= '2' then return 0 end
redis.call('HDEL', KEYS[1], 'r')
redis.call('HSET', KEYS[1], 's', '0', 't', ARGV[2])
return 1
`,
)
