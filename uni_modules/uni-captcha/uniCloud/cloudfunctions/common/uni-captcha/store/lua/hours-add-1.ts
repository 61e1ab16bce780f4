import { script } from '../redis-script'

export const hoursAdd = script(
  'hours-add-1',
  `
-- Writes hours down in the list of those that hold counts.
-- KEYS[1] list of hours
-- ARGV[1] how long the list stays, ms
-- ARGV[...] further values: an hour each
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`,
)
