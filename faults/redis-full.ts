import { redisOutage } from './support/redis'

/** Other data fills it up, and is removed again. */
export const redisFull = redisOutage({
  title: 'Redis is full (maxmemory with noeviction)',
  defaults: { seconds: 5 },
  redisOptions: { maxmemory: '16mb', 'maxmemory-policy': 'noeviction' },
  strike: (redis) => redis.ask('-n', '1', 'DEBUG', 'POPULATE', '200000', 'ballast', '100'),
  async mend(redis) {
    await redis.ask('-n', '1', 'FLUSHDB')
    return redis
  },
  holds: ({ failed, lost }, statusMeanwhile) => ({
    'the host is not ready while it is full': statusMeanwhile === 503,
    'calls fail while it is full': failed > 0,
    'no captcha is lost: nothing is evicted': lost === 0,
  }),
})
