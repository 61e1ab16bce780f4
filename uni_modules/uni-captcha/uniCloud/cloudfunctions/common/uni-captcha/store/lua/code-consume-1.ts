import { script } from '../redis-script'

export const codeConsume = script(
  'code-consume-1',
  `
-- Pays one attempt and claims the code, in one step. The call's name stays with what it did, so that a call repeated
-- because its reply was lost is answered as the first time: it neither loses a pass nor gives a second one.
-- KEYS[1] slot
-- ARGV[1] answer
-- ARGV[2] now, epoch ms by the caller's clock
-- ARGV[3] the call's name
local row = redis.call('HMGET', KEYS[1], 's', 'c', 'a', 'm', 'e', 't')
local state, code, attempts, most = row[1], row[2], tonumber(row[3] or 0), tonumber(row[4])
if not state then return 'overdue' end
if row[6] == ARGV[3] then return state == '1' and 'ok' or 'wrong' end
if tonumber(row[5]) <= tonumber(ARGV[2]) then return 'overdue' end
if state == '1' then return 'used' end
if attempts >= most then return 'spent' end
if state ~= '0' then return 'voided' end
attempts = attempts + 1
local isRight = code == ARGV[1]
if isRight then state = '1' elseif attempts >= most then state = '2' end
redis.call('HSET', KEYS[1], 's', state, 'a', attempts, 't', ARGV[3])
return isRight and 'ok' or 'wrong'
`,
)
