import { script } from '../redis-script'

export const statisticsAdd = script(
  'statistics-add-1',
  `
-- Adds to the counts of an hour.
-- KEYS[1] hour
-- ARGV[1] how long the hour stays, ms
-- ARGV[...] further pairs: field, increment
for i = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`,
)
