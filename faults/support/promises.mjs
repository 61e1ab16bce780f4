// What is promised whatever happens to Redis.

/** Redis may make a caller wait for a second; the rest is the way there and back on a busy machine. */
const LONGEST_FAILURE_MS = 1500

/** For a fault that ended at `mendedAt` of the traffic's time. */
export function redisPromises({ reasons, acceptedTwice, slowestFailureMs, lastFailureMs = 0 }, mendedAt) {
  return {
    'calls fail with the one code of the store': Object.keys(reasons).every(
      (reason) => reason === 'uni-captcha-store-unavailable',
    ),
    'calls fail within a second': slowestFailureMs < LONGEST_FAILURE_MS,
    'nothing is accepted twice': acceptedTwice === 0,
    'the host recovers within 3 s, without a restart': lastFailureMs - mendedAt < 3000,
  }
}
