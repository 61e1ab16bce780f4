import { script } from '../redis-script'

export const counterHit = script(
  'counter-hit-1',
  `
-- Counts in a bucket and answers its window, its count and that of the window before; nothing for an empty bucket.
-- KEYS[1] bucket
-- ARGV[1] index of the window by the caller's clock
-- ARGV[2] cost: above 0 counts, 0 looks, below 0 gives back, but never what another window counted; a bucket that is
--         empty afterwards is removed
-- ARGV[3] how long a bucket weighs anything if this call opens its window, ms
local row = redis.call('HMGET', KEYS[1], 'w', 'n', 'p')
local window, count, previous = row[1] and tonumber(row[1]), tonumber(row[2] or 0), tonumber(row[3] or 0)
local present, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
-- A clock that is a moment ahead has opened the next window: then that is the one that counts.
if cost > 0 and (window == present or window == present + 1) then
  count = redis.call('HINCRBY', KEYS[1], 'n', cost)
elseif cost > 0 then
  previous = window == present - 1 and count or 0
  window, count = present, cost
  redis.call('HSET', KEYS[1], 'w', window, 'n', count, 'p', previous)
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
elseif cost < 0 and window == present and count + cost >= 0 then
  count = count + cost
  if count == 0 and previous == 0 then
    redis.call('DEL', KEYS[1])
  else
    redis.call('HSET', KEYS[1], 'n', count)
  end
end
if not window then return {} end
return { window, count, previous }
`,
)
