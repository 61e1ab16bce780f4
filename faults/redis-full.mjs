import { outage } from './support/redis-outage.mjs'

export const title = 'Redis is full (maxmemory with noeviction)'

/** Other data fills it up, and is removed again after some seconds. */
export function run({ seconds = 5, perSecond = 40, patience } = {}) {
  return outage({
    seconds,
    perSecond,
    patience,
    options: { maxmemory: '16mb', 'maxmemory-policy': 'noeviction' },
    async strike(redis) {
      await redis.ask('-n', '1', 'DEBUG', 'POPULATE', '200000', 'ballast', '100')
      return async () => {
        await redis.ask('-n', '1', 'FLUSHDB')
        return redis
      }
    },
    holds: ({ failed, lost, statusMeanwhile }) => ({
      'the host is not ready while it is full': statusMeanwhile === 503,
      'calls fail while it is full': failed > 0,
      'no captcha is lost: nothing is evicted': lost === 0,
    }),
  })
}
