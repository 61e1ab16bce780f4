import { script } from '../redis-script'

export const hoursList = script(
  'hours-list-1',
  `
-- The hours that hold counts, in order.
-- KEYS[1] list of hours
-- ARGV[1] from which on
-- ARGV[2] before which
return redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '(' .. ARGV[2])
`,
)
