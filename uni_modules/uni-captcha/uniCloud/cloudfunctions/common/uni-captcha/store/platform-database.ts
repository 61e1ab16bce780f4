import { CaptchaError } from '../errors'

/** The part of `uniCloud.database()` that the stores use. */
export interface CloudDatabase {
  command: {
    lt(value: number): unknown
    lte(value: number): unknown
    gt(value: number | string): unknown
    gte(value: number): unknown
    in(values: readonly (string | number)[]): unknown
    inc(value: number): unknown
    and(...conditions: unknown[]): unknown
  }
  collection(name: string): CloudCollection
}

interface CloudQuery {
  get(): Promise<{ data: unknown[] }>
  update(change: object): Promise<{ updated: number }>
  /** `doc` is the row after the change, null or missing when none matched; nothing else in the reply proves a change. */
  updateAndReturn(change: object): Promise<{ doc?: unknown }>
  remove(): Promise<{ deleted: number }>
  orderBy(field: string, direction: 'asc' | 'desc'): CloudQuery
  limit(count: number): CloudQuery
  field(fields: Record<string, boolean>): CloudQuery
}

export interface CloudCollection {
  where(query: object): CloudQuery
  add(row: object): Promise<unknown>
  doc(id: string): { set(row: object): Promise<{ updated?: number; upsertedId?: unknown }> }
}

const SWEEP_BATCH = 100

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && /duplicate key|E11000/i.test(error.message)
}

/** Removes one batch of rows whose `column`, a time, is before `before`; a row renewed meanwhile stays. */
export async function sweepBatch(
  rows: CloudCollection,
  dbCmd: CloudDatabase['command'],
  before: number,
  column = 'expired_date',
): Promise<number> {
  const expired = { [column]: dbCmd.lt(before) }
  // Along the index of the column: a batch costs the same, however many have expired.
  const { data } = await rows.where(expired).orderBy(column, 'asc').field({ _id: true }).limit(SWEEP_BATCH).get()
  const ids = (data as { _id: string }[]).map((row) => row._id)
  if (ids.length > 0) await rows.where({ ...expired, _id: dbCmd.in(ids) }).remove()
  return ids.length
}

/** For `catch`. Fails closed: whatever the platform throws becomes one error; only its class and code are logged. */
export function storeFailure(store: string): (error: unknown) => never {
  return (error) => {
    const { name = '', code = '', errCode = '' } = error as { name?: string; code?: unknown; errCode?: unknown }
    console.error(`[uni-captcha] the ${store} store failed: ${name} ${String(errCode || code)}`)
    throw new CaptchaError('storeUnavailable')
  }
}
