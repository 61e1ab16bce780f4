import { script } from '../redis-script'

export const keyDrop = script(
  'key-drop-1',
  `
-- Clears a bucket.
-- KEYS[1] bucket
return redis.call('DEL', KEYS[1])
`,
)
