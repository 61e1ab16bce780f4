import { script } from '../redis-script'

export const codeFinishWork = script(
  'code-finish-work-1',
  `
-- Notes that the work of a code is done, once; repeated with the same name it answers as the first time.
-- KEYS[1] slot
-- ARGV[1] the work
-- ARGV[2] now, epoch ms by the caller's clock
-- ARGV[3] the call's name
local row = redis.call('HMGET', KEYS[1], 'k', 'd', 's', 'e')
if row[1] ~= ARGV[1] then return 0 end
if row[2] then return row[2] == ARGV[3] and 1 or 0 end
if row[3] ~= '0' or tonumber(row[4]) <= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'd', ARGV[3])
return 1
`,
)
