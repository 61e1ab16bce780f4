import { startRedis } from '../test/support/redis-servers.mjs'
import { outage } from './support/redis-outage.mjs'

export const title = 'Redis is stopped for 10 s and comes back empty'

export function run({ seconds = 10, perSecond = 40, patience } = {}) {
  return outage({
    seconds,
    perSecond,
    patience,
    async strike(redis) {
      await redis.stop()
      return () => startRedis({ port: redis.port })
    },
    holds: ({ failed, statusMeanwhile }) => ({
      'calls fail while it is away': failed > 0,
      'the host says meanwhile that it is not ready': statusMeanwhile === 503,
    }),
  })
}
