import { parsePostgresAddress } from './address'
import type { DocumentDriver, NewDocument } from './driver'
import { COPIES } from './driver'
import { DatabaseError, invalid } from './errors'
import { EVERYTHING } from './filter'
import { checkCollectionName } from './names'
import { SqliteDriver } from './sqlite/driver'
import { documentText } from './values'

/** A document that is there from the beginning of a copy to its end. */
const MARK = 'copy'

/** Others that use the file keep it for longer. */
const BUSY_TIMEOUT_MS = 500
const START_TIMEOUT_MS = 1000

interface CopyOptions {
  /** Path of the SQLite file. No other process may have it open. */
  file: string
  /** `postgres://user:password@host:port/database?schema=name`. */
  url: string
  /** How long the server works on one statement, at most; 10 s when left out. */
  statementTimeoutMs?: number
  /** Goes on with a copy that was interrupted. */
  isResumed?: boolean
  /** Called with a sentence for each collection, and one at the end. */
  say: (sentence: string) => void
}

/**
 * Copies every collection of a SQLite file with its indexes, and reads both databases again at the end. Nothing that the
 * target holds is changed or removed: it has to be empty, or to hold the beginning of the same documents when a copy is
 * resumed. Rejects with one sentence: `database-invalid-argument` where it cannot begin, `database-busy` where the file
 * is in use, `database-conflict` where the target has something else.
 */
export async function copyToPostgres(options: CopyOptions): Promise<void> {
  const { file, url, statementTimeoutMs = 10_000 } = options
  const { PostgresDriver } = await import('./postgres/driver')
  const exclusive = { file, synchronous: 'normal', busyTimeoutMs: BUSY_TIMEOUT_MS, isExclusive: true } as const
  const source = new SqliteDriver(exclusive, Date.now)
  try {
    const limits = { maxConnections: 2, statementTimeoutMs, startTimeoutMs: START_TIMEOUT_MS }
    const target = await PostgresDriver.open({ address: parsePostgresAddress(url), ...limits }, Date.now)
    try {
      await copy(source, target, options)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function copy(source: SqliteDriver, target: DocumentDriver, { isResumed = false, say }: CopyOptions) {
  await begin(target, isResumed)
  const names = await source.collections()
  let documents = 0
  for (const name of names) {
    const table = target.table(name, Infinity)
    await table.create()
    const count = await follow(name, source, target, (missing) => table.insert(missing))
    const { indexes, unread } = source.indexes(name)
    // After the documents: an index is made faster than it is kept.
    await target.ensureIndexes(name, indexes)
    say(`${name}: ${toCount(count, 'document')}, ${toCount(indexes.length, 'index', 'indexes')}`)
    for (const index of unread) say(`${name}: the index ${index} is of another kind and is left out`)
    documents += count
  }
  for (const name of names) await follow(name, source, target)
  await refuseDocuments(target, [...names, COPIES])
  await target.commit([], [{ collection: COPIES, id: MARK, text: undefined }])
  const copied = `${toCount(names.length, 'collection')} with ${toCount(documents, 'document')}`
  say(`Copied ${copied}; read again, both databases are the same.`)
}

/** Rejects when the database holds a part of what was to be copied into it. */
export async function refuseUnfinishedCopy(driver: DocumentDriver): Promise<void> {
  const mark = await driver.read(COPIES, MARK)
  if (mark !== undefined) throw new DatabaseError('database-unavailable', describeUnfinished(mark))
}

async function begin(target: DocumentDriver, isResumed: boolean): Promise<void> {
  const mark = await target.read(COPIES, MARK)
  if (mark !== undefined && !isResumed) throw invalid(describeUnfinished(mark))
  if (mark !== undefined) return
  if (isResumed) throw invalid('no copy into the database of DATABASE_URL was interrupted: leave out --resume')
  await refuseDocuments(target, [])
  await target.table(COPIES, Infinity).insert([{ id: MARK, text: documentText({ _id: MARK, began: Date.now() }) }])
}

function describeUnfinished(mark: string): string {
  const { began } = JSON.parse(mark) as { began: number }
  return (
    `a copy into the database of DATABASE_URL began at ${new Date(began).toISOString()} and did not end: documents are` +
    ' missing there. Go on with `uni-captcha-host copy --from sqlite --to postgres --resume`.'
  )
}

async function refuseDocuments(target: DocumentDriver, ignored: readonly string[]): Promise<void> {
  for (const name of await target.collections()) {
    if (ignored.includes(name)) continue
    const count = await target.table(checkCollectionName(name), Infinity).count(EVERYTHING)
    if (count === 0) continue
    throw invalid(
      `the database of DATABASE_URL already has documents, ${count} of them in "${name}": copy into an empty database,` +
        ' or into a schema of its own by ?schema=name',
    )
  }
}

/**
 * Reads both in step, and answers how many documents they hold. What the target lacks at the end is given to `add`;
 * without it, and wherever else they differ, it throws.
 */
async function follow(
  name: string,
  source: DocumentDriver,
  target: DocumentDriver,
  add?: (missing: readonly NewDocument[]) => Promise<void>,
): Promise<number> {
  const held = eachDocument(target.documents(name))
  let count = 0
  let isAtEnd = false
  for await (const part of source.documents(name)) {
    const missing: NewDocument[] = []
    for (const document of part) {
      const found: IteratorResult<NewDocument> | undefined = isAtEnd ? undefined : await held.next()
      isAtEnd ||= found?.done === true
      if (!found || found.done) missing.push(document)
      else if (found.value.id !== document.id || found.value.text !== document.text) throw different(name)
    }
    if (missing.length > 0 && !add) throw different(name)
    if (missing.length > 0) await add?.(missing)
    count += part.length
  }
  if (!isAtEnd && !(await held.next()).done) throw different(name)
  return count
}

async function* eachDocument(parts: AsyncIterable<readonly NewDocument[]>): AsyncGenerator<NewDocument, undefined> {
  for await (const part of parts) yield* part
  return undefined
}

function different(name: string): DatabaseError {
  return new DatabaseError(
    'database-conflict',
    `"${name}" has other documents in the database of DATABASE_URL than in the file: one of the two was written to` +
      ' since the copy began. Copy into an empty database, or into a schema of its own by ?schema=name.',
  )
}

function toCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
