import { startRedis } from '../test/support/redis-servers'
import { redisOutage } from './support/redis'

export const redisStopped = redisOutage({
  title: 'Redis is stopped for 10 s and comes back empty',
  strike: (redis) => redis.stop(),
  mend: (redis) => startRedis({ port: redis.port }),
  holds: ({ failed }, statusMeanwhile) => ({
    'calls fail while it is away': failed > 0,
    'the host says meanwhile that it is not ready': statusMeanwhile === 503,
  }),
})
