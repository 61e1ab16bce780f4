import { script } from '../redis-script'

export const keyDrop = script(
  'key-drop-1',
  `
-- Clears a bucket or gives a claim back.
-- KEYS[1] bucket or claim
return redis.call('DEL', KEYS[1])
`,
)
