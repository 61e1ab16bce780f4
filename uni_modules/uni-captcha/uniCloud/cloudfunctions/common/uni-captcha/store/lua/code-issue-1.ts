import { script } from '../redis-script'

export const codeIssue = script(
  'code-issue-1',
  `
-- Replaces whatever a slot holds. The first write is one that a full Redis refuses: after any other, even DEL, it would
-- let the rest of the script grow beyond its limit.
-- KEYS[1] slot
-- ARGV[1] code
-- ARGV[2] state
-- ARGV[3] most attempts
-- ARGV[4] expiry, epoch ms by the caller's clock
-- ARGV[5] how long the key stays, ms
-- ARGV[6] reservation, empty for a code that is valid at once
-- ARGV[7] further columns as JSON, empty for none
-- ARGV[8] holder, empty for none
-- ARGV[9] when it was made, epoch ms by the caller's clock
-- ARGV[10] work that belongs to it, empty for none
local former = redis.call('HGET', KEYS[1], 'c') or ''
redis.call('HSET', KEYS[1], 's', ARGV[2], 'c', ARGV[1], 'm', ARGV[3], 'e', ARGV[4], 'r', ARGV[6], 'o', ARGV[7], 'f', former,
  'h', ARGV[8], 'i', ARGV[9], 'k', ARGV[10])
redis.call('HDEL', KEYS[1], 'a', 'b', 't', 'w', 'd', ARGV[6] == '' and 'r' or 'a', ARGV[7] == '' and 'o' or 'a',
  former == '' and 'f' or 'a', ARGV[8] == '' and 'h' or 'a', ARGV[10] == '' and 'k' or 'a')
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
`,
)
