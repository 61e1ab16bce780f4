/** What came of a fault; see `support/verdict.mjs`. */
export interface Verdict {
  attempted: number
  failed: number
  reasons: Record<string, number>
  lost: number
  unheard: number
  acceptedTwice: number
  facts: Record<string, string | number>
  /** promises that were not kept */
  broken: string[]
}

export interface Fault {
  title: string
  run(options?: Record<string, number>): Promise<Verdict>
}

export type FaultName =
  | 'worker-killed'
  | 'worker-stuck'
  | 'workers-terminated'
  | 'redis-failover'
  | 'redis-failover-cut'
  | 'redis-stopped'
  | 'redis-frozen'
  | 'redis-slow'
  | 'redis-full'
  | 'disk-full'
  | 'disk-read-only'
  | 'database-corrupt'
  | 'clock'
  | 'flood'

export const FAULTS: Record<FaultName, Fault>
