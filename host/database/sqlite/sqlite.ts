import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Libsql from 'libsql'
import { DatabaseError } from '../errors'
import { FileIdentity } from './identity'
import type { SqlValue } from './where'
import { AUTOCHECKPOINT_PAGES, Checkpointer, MAX_IDLE_LOG_BYTES } from './checkpointer'

export interface SqliteOptions {
  file: string
  synchronous: 'normal' | 'full'
  /** How long opening, and what else happens before the first call, waits for another process's lock. */
  busyTimeoutMs: number
  /** No other process may have the file open, now or until it is closed: `database-busy` otherwise. */
  isExclusive?: boolean
  /** Called once when the file turns out to be removed or replaced; every statement fails from then on. */
  onReplaced?: (error: DatabaseError) => void
}

export type Row = readonly unknown[]

const MAX_PREPARED = 500
const RETRY_DELAY_MS = 20
/** A statement that meets a lock keeps the event loop for as long: longer waits are taken between statements. */
const STATEMENT_BUSY_MS = 20
const IDENTITY_CHECK_MS = 1000

/** One connection, used synchronously: nothing else can run between the statements of a transaction. */
export class Sqlite {
  readonly #connection: Libsql.Database
  readonly #prepared = new Map<string, Libsql.Statement>()
  readonly #checkpointer: Checkpointer
  #inTransaction = false
  /** Rows changed by the transaction that is open. */
  #changed = 0
  readonly #identity: FileIdentity
  readonly #watch: NodeJS.Timeout
  #replaced: DatabaseError | undefined
  #closed = Promise.resolve()

  private constructor(
    connection: Libsql.Database,
    private readonly options: SqliteOptions,
    identity: FileIdentity,
  ) {
    this.#connection = connection
    this.#identity = identity
    this.#checkpointer = new Checkpointer(options.file)
    this.#watch = setInterval(() => this.isSameFile(), IDENTITY_CHECK_MS).unref()
  }

  /** Opens or creates the file (mode 0600). Throws one sentence if it cannot; a file that is something else stays as it is. */
  static open(options: SqliteOptions): Sqlite {
    prepareFile(options.file)
    let connection: Libsql.Database | undefined
    let identity: FileIdentity | undefined
    try {
      identity = new FileIdentity(options.file)
      connection = new Libsql(options.file)
      configure(connection, options)
      return new Sqlite(connection, options, identity)
    } catch (error) {
      connection?.close()
      identity?.close()
      throw openError(options.file, error)
    }
  }

  /** Runs a statement that writes, inside a transaction of its own if none is open; answers how many rows it changed. */
  run(sql: string, values: readonly SqlValue[] = []): number {
    if (!this.#inTransaction) return this.transaction('IMMEDIATE', () => this.run(sql, values))
    const { changes } = this.#attempt(() => this.#statement(sql, false).run(values))
    this.#changed += changes
    return changes
  }

  row(sql: string, values: readonly SqlValue[] = []): Row | undefined {
    return this.#attempt(() => this.#statement(sql, true).get(values) as Row | undefined)
  }

  rows(sql: string, values: readonly SqlValue[] = []): Row[] {
    return this.#attempt(() => this.#statement(sql, true).all(values) as Row[])
  }

  /**
   * `IMMEDIATE` takes the write lock first, so that what is read cannot change before it is written. It is also the
   * only step that can find the file locked: a prepared statement that did would stay half-run, as libsql cannot reset
   * one, and no transaction could be committed after it. exec() leaves nothing behind.
   */
  transaction<T>(mode: 'DEFERRED' | 'IMMEDIATE', body: () => T): T {
    if (mode === 'IMMEDIATE') this.isSameFile()
    this.#attempt(() => this.#connection.exec(`BEGIN ${mode}`))
    this.#inTransaction = true
    this.#changed = 0
    try {
      const result = body()
      this.#attempt(() => this.#connection.exec('COMMIT'))
      if (mode === 'IMMEDIATE') this.#checkpointer.wrote(Math.max(this.#changed, 1))
      return result
    } catch (error) {
      // SQLite has rolled back by itself after some failures, a full disk for one.
      if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK')
      throw error
    } finally {
      this.#inTransaction = false
    }
  }

  /** As `transaction('IMMEDIATE', …)`, for what cannot wait between statements: it keeps the event loop until the lock is gone. */
  patientTransaction<T>(body: () => T): T {
    return retryWhileBusy(this.options.busyTimeoutMs, () => this.transaction('IMMEDIATE', body))
  }

  /** Whether the path still leads to this database. Once it does not, every statement fails: there would be two databases. */
  isSameFile(): boolean {
    if (!this.isOpen || this.#replaced || this.#identity.isSame()) return this.isOpen && !this.#replaced
    const message = `the database ${this.options.file} was removed or replaced while it was in use`
    this.#replaced = new DatabaseError('database-unavailable', message)
    this.options.onReplaced?.(this.#replaced)
    return false
  }

  get isInTransaction(): boolean {
    return this.#inTransaction
  }

  get isOpen(): boolean {
    return this.#connection.open
  }

  /** Moves the write-ahead log into the file and closes it at once; resolves when no thread of it is left. */
  close(): Promise<void> {
    if (!this.isOpen) return this.#closed
    clearInterval(this.#watch)
    this.#closed = this.#checkpointer.close()
    try {
      if (this.isSameFile()) this.#connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').raw().all()
    } catch {
      // Another process is reading or writing: the log stays, complete, for the process that closes last.
    }
    this.#prepared.clear()
    this.#connection.close()
    this.#identity.close()
    return this.#closed
  }

  #attempt<T>(run: () => T): T {
    if (!this.isOpen) throw new DatabaseError('database-unavailable', 'the database is closed')
    if (this.#replaced) throw this.#replaced
    try {
      return run()
    } catch (error) {
      throw statementError(error)
    }
  }

  #statement(sql: string, answersRows: boolean): Libsql.Statement<[readonly SqlValue[]]> {
    const known = this.#prepared.get(sql)
    const statement = known ?? this.#connection.prepare(sql)
    if (known) return known as Libsql.Statement<[readonly SqlValue[]]>
    // Rows as arrays: as objects they would carry libsql's extra `_metadata`.
    if (answersRows) statement.raw()
    const oldest = this.#prepared.size >= MAX_PREPARED ? this.#prepared.keys().next().value : undefined
    if (oldest !== undefined) this.#prepared.delete(oldest)
    this.#prepared.set(sql, statement)
    return statement as Libsql.Statement<[readonly SqlValue[]]>
  }
}

function prepareFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    closeSync(openSync(file, 'a', 0o600))
  } catch (error) {
    throw openError(file, error)
  }
}

function configure(connection: Libsql.Database, options: SqliteOptions): void {
  const { synchronous, busyTimeoutMs } = options
  if (options.isExclusive) takeWhole(connection, options)
  connection.pragma(`busy_timeout = ${STATEMENT_BUSY_MS}`)
  const mode = retryWhileBusy(busyTimeoutMs, () => connection.prepare('PRAGMA journal_mode = WAL').raw().get()) as
    | Row
    | undefined
  if (mode?.[0] !== 'wal') throw new Error('the file system does not allow a write-ahead log')
  connection.pragma(`wal_autocheckpoint = ${AUTOCHECKPOINT_PAGES}`)
  connection.pragma(`journal_size_limit = ${MAX_IDLE_LOG_BYTES}`)
  connection.pragma(`synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'}`)
  retryWhileBusy(busyTimeoutMs, () => connection.prepare('SELECT count(*) FROM sqlite_schema').get())
}

/** Every other connection shares the file's lock for as long as it is open. */
function takeWhole(connection: Libsql.Database, { file, busyTimeoutMs }: SqliteOptions): void {
  try {
    connection.pragma('locking_mode = EXCLUSIVE')
    retryWhileBusy(busyTimeoutMs, () => connection.prepare('SELECT count(*) FROM sqlite_schema').get())
  } catch (error) {
    if (!isBusy(error)) throw error
    throw new DatabaseError('database-busy', `${file} is in use: stop the host, and what else has it open, first`)
  }
}

/** Switching to the write-ahead log reports a lock at once instead of waiting for it, so several processes starting together need this. */
function retryWhileBusy<T>(timeoutMs: number, run: () => T): T {
  for (let waitedMs = 0; ; waitedMs += RETRY_DELAY_MS) {
    try {
      return run()
    } catch (error) {
      if (!isBusy(error) || waitedMs >= timeoutMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_DELAY_MS)
    }
  }
}

function readCode(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

function isBusy(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.errCode === 'database-busy'
  return /^SQLITE_(BUSY|LOCKED)/.test(readCode(error))
}

function notADatabase(file: string): DatabaseError {
  return new DatabaseError(
    'database-unavailable',
    `${file} is not a SQLite database or is damaged; it was left as it is`,
  )
}

function openError(file: string, error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error
  const code = readCode(error)
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return notADatabase(file)
  const reason =
    code === 'EACCES' || code === 'EROFS' || code === 'EPERM'
      ? 'it cannot be written'
      : code === 'ENOTDIR' || code === 'EEXIST'
        ? 'a part of its path is a file, not a directory'
        : code === 'EISDIR'
          ? 'it is a directory'
          : isBusy(error)
            ? 'another process keeps it locked'
            : (error as Error).message
  return new DatabaseError('database-unavailable', `the database ${file} cannot be opened: ${reason}`, { cause: error })
}

/** A UNIQUE violation, before the collection's name is known; `constraint` is SQLite's text. */
export class UniqueViolation extends Error {
  constructor(readonly constraint: string) {
    super('unique constraint violated')
  }
}

function statementError(error: unknown): unknown {
  const code = readCode(error)
  if (!code.startsWith('SQLITE_')) return error
  const message = (error as Error).message
  if (code.startsWith('SQLITE_CONSTRAINT')) return new UniqueViolation(message)
  if (isBusy(error)) {
    return new DatabaseError('database-busy', 'another process kept the database locked for too long', { cause: error })
  }
  return new DatabaseError('database-unavailable', `the database failed: ${message} (${code})`, { cause: error })
}
