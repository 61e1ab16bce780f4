import { script } from '../redis-script'

export const codeConsume = script(
  'code-consume-1',
  `
-- Pays one attempt and claims the code, in one step; answers the verdict and when the code was made, if there is one.
-- The call's name stays with what it did, so that a call repeated because its reply was lost is answered as the first
-- time: it neither loses a pass nor gives a second one.
-- KEYS[1] slot
-- ARGV[1] answer
-- ARGV[2] now, epoch ms by the caller's clock
-- ARGV[3] the call's name
-- ARGV[4] who answers, as a hash; empty where unknown
-- ARGV[5] the latest moment at which a code can have been made, epoch ms by the caller's clock
-- ARGV[6] what the caller says of itself, kept when it passes; may be empty
-- ARGV[7] 1 where only a code passes to which work belongs, else 0
local row = redis.call('HMGET', KEYS[1], 's', 'c', 'a', 'm', 'e', 't', 'f', 'h', 'b', 'i', 'k', 'd')
local state, code, most = row[1], row[2], tonumber(row[4])
if not state then return { 'missing' } end
local function answer(verdict) return { verdict, row[10] } end
local isFormer = row[7] == ARGV[1] and code ~= ARGV[1]
if row[6] == ARGV[3] then return answer(state == '1' and 'ok' or isFormer and 'replaced' or 'wrong') end
if tonumber(row[5]) <= tonumber(ARGV[2]) or tonumber(row[10] or 0) > tonumber(ARGV[5]) then return answer('overdue') end
if state == '1' then return answer(isFormer and 'replaced' or 'used') end
local isOther = row[8] and row[8] ~= ARGV[4]
local own, others = tonumber(row[3] or 0), tonumber(row[9] or 0)
local attempts = isOther and others or own
if attempts >= most then return answer(isFormer and 'replaced' or 'spent') end
if state ~= '0' then return answer(isFormer and 'replaced' or 'voided') end
if row[11] and not row[12] then return answer('unfinished') end
if ARGV[7] == '1' and not row[11] then return answer('unworked') end
attempts = attempts + 1
local isRight = code == ARGV[1]
if isRight then
  state = '1'
elseif attempts >= most and (not row[8] or (isOther and own or others) >= most) then
  state = '2'
end
redis.call('HSET', KEYS[1], 's', state, isOther and 'b' or 'a', attempts, 't', ARGV[3])
if isRight and ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'w', ARGV[6]) end
return answer(isRight and 'ok' or isFormer and 'replaced' or 'wrong')
`,
)
