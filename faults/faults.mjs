// Every fault by its name: what is broken on purpose, and what is promised all the same.
import * as workerKilled from './worker-killed.mjs'
import * as workerStuck from './worker-stuck.mjs'
import * as workersTerminated from './workers-terminated.mjs'
import * as redisFailover from './redis-failover.mjs'
import * as redisFailoverCut from './redis-failover-cut.mjs'
import * as redisStopped from './redis-stopped.mjs'
import * as redisFrozen from './redis-frozen.mjs'
import * as redisSlow from './redis-slow.mjs'
import * as redisFull from './redis-full.mjs'
import * as diskFull from './disk-full.mjs'
import * as diskReadOnly from './disk-read-only.mjs'
import * as databaseCorrupt from './database-corrupt.mjs'
import * as clock from './clock.mjs'
import * as flood from './flood.mjs'

export const FAULTS = {
  'worker-killed': workerKilled,
  'worker-stuck': workerStuck,
  'workers-terminated': workersTerminated,
  'redis-failover': redisFailover,
  'redis-failover-cut': redisFailoverCut,
  'redis-stopped': redisStopped,
  'redis-frozen': redisFrozen,
  'redis-slow': redisSlow,
  'redis-full': redisFull,
  'disk-full': diskFull,
  'disk-read-only': diskReadOnly,
  'database-corrupt': databaseCorrupt,
  clock,
  flood,
}
