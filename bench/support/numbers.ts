/** The value below which this share of the values lies; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** How long a call takes, in microseconds. */
export async function timedUs(run: () => unknown): Promise<number> {
  const start = process.hrtime.bigint()
  await run()
  return Number(process.hrtime.bigint() - start) / 1e3
}

/** The heap in bytes after a forced collection; needs `--expose-gc`. */
export function heapBytes(): number {
  if (!globalThis.gc) throw new Error('node --expose-gc is needed')
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

export function inMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
