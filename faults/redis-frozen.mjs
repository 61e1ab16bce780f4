import { outage } from './support/redis-outage.mjs'

export const title = 'Redis answers nothing for 10 s (SIGSTOP) and then goes on'

export function run({ seconds = 10, perSecond = 40, patience } = {}) {
  return outage({
    seconds,
    perSecond,
    patience,
    async strike(redis) {
      redis.pause()
      return async () => {
        redis.resume()
        return redis
      }
    },
    holds: ({ failed, statusMeanwhile }) => ({
      'calls fail while it is still': failed > 0,
      'the host says meanwhile that it is not ready': statusMeanwhile === 503,
    }),
  })
}
