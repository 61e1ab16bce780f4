import { script } from '../redis-script'

export const hoursDrop = script(
  'hours-drop-1',
  `
-- Strikes an hour from the list.
-- KEYS[1] list of hours
-- ARGV[1] hour
return redis.call('ZREM', KEYS[1], ARGV[1])
`,
)
