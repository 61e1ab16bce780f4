import { script } from '../redis-script'

export const tallyPut = script(
  'tally-put-1',
  `
-- Puts a row in the place of the one that the caller has read, or of none; answers 1, or 0 when it is another one now.
-- A repetition finds its own row there and answers 0: the caller reads again, and counts once too often at worst.
-- KEYS[1] row
-- ARGV[1] how long it counts for anything, ms
-- ARGV[2] minute of the row that was read; empty where there was none
-- ARGV[3] how often that one had been changed
-- ARGV[4] minute
-- ARGV[5] changes
-- ARGV[6] finished minutes, JSON
-- ARGV[7] pictures
-- ARGV[8] passes
-- ARGV[9] wrong answers
-- ARGV[10] wrong answers to sums
local row = redis.call('HMGET', KEYS[1], 'w', 'n')
if (row[1] or '') ~= ARGV[2] or (row[2] or '') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'w', ARGV[4], 'n', ARGV[5], 't', ARGV[6], '1', ARGV[7], '2', ARGV[8], '3', ARGV[9], '4', ARGV[10])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`,
)
