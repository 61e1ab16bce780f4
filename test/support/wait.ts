const POLL_INTERVAL_MS = 10
const MAX_WAIT_MS = 60_000

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Waits for the next minute where this one ends sooner: what is counted by the minute is then counted in one. */
export async function untilMinuteLasts(neededMs: number): Promise<void> {
  const leftMs = 60_000 - (Date.now() % 60_000)
  if (leftMs < neededMs) await pause(leftMs)
}

/** Waits until `look` answers something; rejects with `complaint` when it has not within a minute. */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  complaint: () => string,
): Promise<Exclude<T, undefined | null | false>> {
  const end = Date.now() + MAX_WAIT_MS
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== null && found !== false) return found as Exclude<T, undefined | null | false>
    if (Date.now() > end) throw new Error(complaint())
    await pause(POLL_INTERVAL_MS)
  }
}
