import postgres from 'postgres'
import { DatabaseError } from '../errors'
import type { PostgresAddress } from '../address'

export interface ConnectionOptions {
  address: PostgresAddress
  /** Connections that are open at the same time, at most. */
  maxConnections: number
  /** How long the server works on one statement at most. */
  statementTimeoutMs: number
}

/** A column's value: text, a number or a boolean. */
export type Row = Record<string, unknown>

export interface Statements {
  rows(sql: string, values?: readonly string[]): Promise<Row[]>
  /** Answers how many rows it changed. */
  run(sql: string, values?: readonly string[]): Promise<number>
}

/** A statement of this kind came too late, or met another one: it is tried again from its beginning. */
const RETRIED = new Set(['40001', '40P01'])
const MAX_TRIES = 20
const RETRY_DELAY_MS = 5
const CONNECT_TIMEOUT_S = 1
const RECONNECT_DELAY_S = 0.05
/** Statements that the server keeps prepared on a connection; of others there are too many to keep. */
const MAX_PREPARED = 300
const BATCH_ROWS = 200

/**
 * A pool of connections. A statement goes out at once, also on a connection whose answer to another is still awaited.
 * Connections that break are made anew by the statement that needs one.
 */
export class Connection implements Statements {
  readonly #sql: postgres.Sql
  readonly #prepared = new Set<string>()

  constructor({ address, maxConnections, statementTimeoutMs }: ConnectionOptions) {
    this.#sql = postgres(address.url, {
      max: maxConnections,
      connect_timeout: CONNECT_TIMEOUT_S,
      backoff: () => RECONNECT_DELAY_S,
      fetch_types: false,
      onnotice: () => {},
      connection: {
        application_name: 'uni-captcha-host',
        statement_timeout: statementTimeoutMs,
        // A peer that is gone without a word keeps its locks no longer than this.
        idle_in_transaction_session_timeout: statementTimeoutMs,
        // Statements say by themselves how rows are found: an index that can find them is never left for a walk.
        enable_seqscan: false,
        jit: false,
        // Nothing but numbers and text as stored, whatever the server's settings.
        standard_conforming_strings: true,
      } as Partial<postgres.ConnectionParameters>,
    })
  }

  rows(sql: string, values: readonly string[] = []): Promise<Row[]> {
    return this.#over(this.#sql).rows(sql, values)
  }

  run(sql: string, values: readonly string[] = []): Promise<number> {
    return this.#over(this.#sql).run(sql, values)
  }

  /** All or nothing; tried again when it met another one, so `body` may run more than once. */
  transaction<T>(body: (statements: Statements) => Promise<T>): Promise<T> {
    return retry(() => this.#sql.begin((sql) => body(this.#over(sql))) as Promise<T>)
  }

  /** Rows of one moment, a batch at a time; leaving the loop ends the reading. */
  async *stream(sql: string, values: readonly string[]): AsyncGenerator<Row[]> {
    try {
      yield* this.#sql.unsafe(sql, [...values], { prepare: false }).cursor(BATCH_ROWS) as AsyncIterable<Row[]>
    } catch (error) {
      throw toDatabaseError(error)
    }
  }

  close(): Promise<void> {
    return this.#sql.end({ timeout: 5 })
  }

  #over(sql: Pick<postgres.Sql, 'unsafe'>): Statements {
    const ask = async (text: string, values: readonly string[]) => {
      try {
        return await sql.unsafe(text, [...values], { prepare: this.#isPrepared(text) })
      } catch (error) {
        throw toDatabaseError(error)
      }
    }
    return {
      rows: async (text, values = []) => [...((await ask(text, values)) as unknown as Row[])],
      run: async (text, values = []) => (await ask(text, values)).count,
    }
  }

  #isPrepared(text: string): boolean {
    if (this.#prepared.size < MAX_PREPARED) this.#prepared.add(text)
    return this.#prepared.has(text)
  }
}

/** An error of the server's, by its five characters. Its words stay out: they quote values. */
export class ServerError extends DatabaseError {
  constructor(
    readonly state: string,
    /** Name of the unique index that refused. */
    readonly constraint: string | undefined,
    message: string,
    errCode: DatabaseError['errCode'] = 'database-unavailable',
  ) {
    super(errCode, message)
  }
}

export function isState(error: unknown, ...states: string[]): error is ServerError {
  return error instanceof ServerError && states.includes(error.state)
}

export async function retry<T>(body: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await body()
    } catch (error) {
      const known = toDatabaseError(error)
      if (!isState(known, ...RETRIED) || tries === MAX_TRIES) throw known
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * tries))
    }
  }
}

function toDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseError || !(error instanceof Error)) return error
  const { code, constraint_name: constraint } = error as Error & { code?: unknown; constraint_name?: string }
  if (typeof code !== 'string') return error
  if (!/^[0-9A-Z]{5}$/.test(code)) {
    const message = `the database cannot be reached (${code})`
    return new DatabaseError('database-unavailable', message)
  }
  if (code === '57014') return new ServerError(code, undefined, 'a statement took longer than it may', 'database-busy')
  if (RETRIED.has(code)) {
    return new ServerError(
      code,
      undefined,
      'other writes kept this one from its documents for too long',
      'database-busy',
    )
  }
  const reason = REASONS[code] ?? `the database failed with the state ${code}`
  return new ServerError(code, constraint, reason)
}

const REASONS: Record<string, string> = {
  '28P01': 'the database refuses the user or the password of DATABASE_URL',
  '28000': 'the database refuses the user of DATABASE_URL',
  '3D000': 'the database of DATABASE_URL does not exist',
  '42501': 'the user of DATABASE_URL may not do this in the database: it has to own its schema',
  '53300': 'the database has no connection left: lower DATABASE_CONNECTIONS, or raise max_connections of the server',
  '25006': 'the database only reads: it is a replica, not the primary',
}
