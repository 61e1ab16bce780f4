import { script } from '../redis-script'

export const statisticsDrop = script(
  'statistics-drop-1',
  `
-- Removes an hour and answers the fields that were in it.
-- KEYS[1] hour
local fields = redis.call('HKEYS', KEYS[1])
redis.call('UNLINK', KEYS[1])
return fields
`,
)
