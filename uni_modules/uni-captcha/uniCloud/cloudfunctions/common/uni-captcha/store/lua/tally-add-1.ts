import { script } from '../redis-script'

export const tallyAdd = script(
  'tally-add-1',
  `
-- Changes the counts of a row that is in a minute; answers whether it did, and the row; nothing where there is none.
-- KEYS[1] row
-- ARGV[1] the minute, an index; one that no row is in only looks
-- ARGV[2] what to add to the pictures; below 0 gives back, and nothing is changed where there is too little for that
-- ARGV[3] the same for the passes
-- ARGV[4] the same for the wrong answers
-- ARGV[5] the same for the wrong answers to sums
local row = redis.call('HMGET', KEYS[1], 'w', 'n', 't', '1', '2', '3', '4')
if not row[1] then return {} end
local minute, changes, counts = tonumber(row[1]), tonumber(row[2]), {}
local isChanged = row[1] == ARGV[1]
for i, cost in ipairs({ ARGV[2], ARGV[3], ARGV[4], ARGV[5] }) do
  local count = tonumber(row[3 + i])
  counts[i] = count + tonumber(cost)
  if tonumber(cost) < 0 and counts[i] < 0 then isChanged = false end
end
if isChanged then
  changes = changes + 1
  redis.call('HSET', KEYS[1], 'n', changes, '1', counts[1], '2', counts[2], '3', counts[3], '4', counts[4])
else
  for i = 1, 4 do counts[i] = tonumber(row[3 + i]) end
end
return { isChanged and 1 or 0, minute, changes, row[3], counts[1], counts[2], counts[3], counts[4] }
`,
)
