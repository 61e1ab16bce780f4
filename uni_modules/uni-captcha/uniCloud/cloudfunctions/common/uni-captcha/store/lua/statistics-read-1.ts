import { script } from '../redis-script'

export const statisticsRead = script(
  'statistics-read-1',
  `
-- The counts of an hour: field, count, field, count.
-- KEYS[1] hour
return redis.call('HGETALL', KEYS[1])
`,
)
