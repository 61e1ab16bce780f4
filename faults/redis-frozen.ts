import { redisOutage } from './support/redis'

export const redisFrozen = redisOutage({
  title: 'Redis answers nothing for 10 s (SIGSTOP) and then goes on',
  strike: (redis) => redis.pause(),
  async mend(redis) {
    redis.resume()
    return redis
  },
  holds: ({ failed }, statusMeanwhile) => ({
    'calls fail while it is still': failed > 0,
    'the host says meanwhile that it is not ready': statusMeanwhile === 503,
  }),
})
