/**
 * Runs requests of which the last one counts: one that was sent earlier and is answered, or fails, later changes
 * nothing.
 */
export function createLatest() {
  let latest = 0
  return async <T>(request: () => Promise<T>, take: (answer: T) => void): Promise<void> => {
    const own = ++latest
    try {
      const answer = await request()
      if (own === latest) take(answer)
    } catch (error) {
      if (own === latest) throw error
    }
  }
}
