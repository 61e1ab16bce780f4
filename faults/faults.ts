// Every fault by its name: what is broken on purpose, and what is promised all the same.
import { clock } from './clock'
import { databaseCorrupt } from './database-corrupt'
import { diskFull } from './disk-full'
import { diskReadOnly } from './disk-read-only'
import { flood } from './flood'
import { redisFailover } from './redis-failover'
import { redisFailoverCut } from './redis-failover-cut'
import { redisFrozen } from './redis-frozen'
import { redisFull } from './redis-full'
import { redisSlow } from './redis-slow'
import { redisStopped } from './redis-stopped'
import { workerKilled } from './worker-killed'
import { workerStuck } from './worker-stuck'
import { workersTerminated } from './workers-terminated'

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
