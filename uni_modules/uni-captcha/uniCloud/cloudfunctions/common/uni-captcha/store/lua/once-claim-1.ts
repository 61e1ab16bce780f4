import { script } from '../redis-script'

export const onceClaim = script(
  'once-claim-1',
  `
-- Holds a nonce for one caller; repeated with the same name it answers as the first time.
-- KEYS[1] nonce
-- ARGV[1] now, epoch ms by the caller's clock
-- ARGV[2] until when, epoch ms by the same clock
-- ARGV[3] how long, ms
-- ARGV[4] the call's name
local held = redis.call('GET', KEYS[1])
if held then
  local till, life, name = string.match(held, '^(%d+) (%d+) (.+)$')
  if name == ARGV[4] then return 1 end
  -- A clock was set back since: counted from now, or the claim would be held for as long as that was.
  if tonumber(till) - tonumber(ARGV[1]) > tonumber(life) then
    till = string.format('%.0f', tonumber(ARGV[1]) + tonumber(life))
    redis.call('SET', KEYS[1], till .. ' ' .. life .. ' ' .. name, 'PX', life)
  end
  if tonumber(till) > tonumber(ARGV[1]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4], 'PX', ARGV[3])
return 1
`,
)
