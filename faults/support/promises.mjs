// What is promised whatever happens to Redis.

/** Redis may make a caller wait for a second; the rest is the way there and back on a busy machine. */
const LONGEST_FAILURE_MS = 1500
const LONGEST_RECOVERY_MS = 3000

/** For a fault that ended at `mendedAt` of the traffic's time; `patience` stretches times where others keep the machine busy. */
export function redisPromises(counted, mendedAt, patience = 1) {
  const { reasons, acceptedTwice, slowestFailureMs, lastFailureMs = 0 } = counted
  return {
    'calls fail with the one code of the store': Object.keys(reasons).every(
      (reason) => reason === 'uni-captcha-store-unavailable',
    ),
    'calls fail within a second': slowestFailureMs < LONGEST_FAILURE_MS * patience,
    'nothing is accepted twice': acceptedTwice === 0,
    'the host recovers within 3 s, without a restart': lastFailureMs - mendedAt < LONGEST_RECOVERY_MS * patience,
  }
}
