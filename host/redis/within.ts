/** Resolves after so long, and keeps no process alive for it. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

/** Rejects when the promise takes longer; what it does meanwhile goes on. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const late = async (): Promise<never> => {
    await pause(ms)
    throw Object.assign(new Error(`no answer within ${ms} ms`), { code: 'TIMEOUT' })
  }
  return Promise.race([promise, late()])
}
