import postgres from 'postgres'
import { DatabaseError } from '../errors'
import type { PostgresAddress } from '../address'
import type { Lease } from './pool'
import { Pool } from './pool'

export interface ConnectionOptions {
  address: PostgresAddress
  /** Connections that are open at the same time, at most. */
  maxConnections: number
  /** How long the server works on one statement at most. */
  statementTimeoutMs: number
  /** How long a connection stays open that nothing uses. 30 by default. */
  idleTimeoutS?: number
}

/** A column's value: text, a number or a boolean. */
export type Row = Record<string, unknown>

export interface Statements {
  rows(sql: string, values?: readonly string[]): Promise<Row[]>
  /** Answers how many rows it changed. */
  run(sql: string, values?: readonly string[]): Promise<number>
}

/** A query of the client's; `state` is what it is cancelled by on the server, once it has been sent. */
interface Queued {
  readonly state: object | null
  cancel(): void
}

/** A call whose answer is awaited. */
interface Awaited {
  /** The connection it is carried out on, once there is one. */
  lease: Lease | undefined
  /** Its one statement, which is cancelled when the answer is late and it has not been sent. */
  query: Queued | undefined
  /** Fails when the caller has been told already that there is no answer. */
  refuseLate(): void
  /** Begins to wait for the next answer. */
  onAnswer(): void
}

type Answer = postgres.RowList<Row[]>

/** State of an error: a unique index refuses a value that another row has. */
export const DUPLICATE = '23505'
/** A statement of this kind came too late, or met another one: it is tried again from its beginning. */
const RETRIED = new Set(['40001', '40P01'])
const MAX_TRIES = 20
const RETRY_DELAY_MS = 5
const CONNECT_TIMEOUT_S = 1
const RECONNECT_DELAY_S = 0.05
/** Statements that the server keeps prepared on a connection; of others there are too many to keep. */
const MAX_PREPARED = 300
const BATCH_ROWS = 200
/** The client keeps no connection for a transaction that begins behind more statements than this. */
const PIPELINE = { max_pipeline: Infinity }
/** How much longer an answer is waited for than the server works on it. */
const ANSWER_MS = 1000
/** What is under way on connections that are given up may end for as long. */
const END_TIMEOUT_S = 5
const IDLE_TIMEOUT_S = 30
const NO_ANSWER = 'the database does not answer'

/**
 * Statements to one server. One goes out at once, also on a connection whose answer to another is still awaited. When a
 * connection breaks, or gives no answer, all are made anew: the client's own would begin with what the broken one left.
 */
export class Connection implements Statements {
  readonly #pool: Pool
  #isClosed = false
  readonly #prepared = new Set<string>()

  constructor(private readonly options: ConnectionOptions) {
    this.#pool = new Pool(() => this.#connect(), options.maxConnections)
  }

  #connect(): postgres.Sql {
    const { address, statementTimeoutMs, idleTimeoutS = IDLE_TIMEOUT_S } = this.options
    return postgres(address.url, {
      ...toPlace(address),
      max: 1,
      connect_timeout: CONNECT_TIMEOUT_S,
      // A connection that was given up is opened again for the calls it still has queued, and ends none of these.
      idle_timeout: idleTimeoutS,
      ...PIPELINE,
      // The client by itself takes a certificate for "localhost" where the address is numbers, and none for these.
      ...(address.isCertified && { ssl: { host: address.host } }),
      backoff: () => RECONNECT_DELAY_S,
      fetch_types: false,
      onnotice: () => {},
      connection: {
        application_name: 'uni-captcha-host',
        statement_timeout: statementTimeoutMs,
        // A peer that is gone without a word keeps its locks no longer than this.
        idle_in_transaction_session_timeout: statementTimeoutMs,
        // Statements say by themselves how rows are found: an index that can find them is never left for a walk.
        enable_seqscan: 'off',
        // A walk along an index ends at its limit; these read all that it finds first.
        enable_bitmapscan: 'off',
        enable_sort: 'off',
        jit: 'off',
        // Nothing but numbers and text as stored, whatever the server's settings.
        standard_conforming_strings: true,
      } as Partial<postgres.ConnectionParameters>,
    })
  }

  async rows(sql: string, values: readonly string[] = []): Promise<Row[]> {
    return toRows(await this.#ask(sql, values))
  }

  async run(sql: string, values: readonly string[] = []): Promise<number> {
    return (await this.#ask(sql, values)).count
  }

  #ask(text: string, values: readonly string[]): Promise<Answer> {
    return this.#answered((awaited) =>
      this.#leased(awaited, false, ({ sql }) => {
        const query = this.#send(sql, text, values)
        awaited.query = query as unknown as Queued
        return query
      }),
    )
  }

  /**
   * All or nothing; tried again when it met another one, so `body` may run more than once. Statements of a patient one
   * may take any time.
   */
  transaction<T>(body: (statements: Statements) => Promise<T>, isPatient = false): Promise<T> {
    return retry(() =>
      this.#answered((awaited) => {
        const begin = (lease: Lease) =>
          lease.sql.begin((sql) => {
            // What came out of the client's queue too late is rolled back.
            awaited.onAnswer()
            return body(this.#over(sql, awaited.onAnswer)).catch(holdLost)
          })
        return this.#leased(awaited, true, begin as (lease: Lease) => Promise<T>)
      }, isPatient),
    )
  }

  /**
   * Rows of one moment, a batch at a time; leaving the loop ends the reading. Callers await nothing else between batches:
   * the client takes a connection that ends meanwhile for the end of the rows.
   */
  async *stream(sql: string, values: readonly string[]): AsyncGenerator<Row[]> {
    const lease = await this.#answered((awaited) => this.#lease(awaited, true))
    const cursor = lease.sql.unsafe(sql, [...values], { prepare: false }).cursor(BATCH_ROWS) as AsyncIterable<Row[]>
    const batches = cursor[Symbol.asyncIterator]()
    try {
      for (;;) {
        const batch = await this.#answered(async (awaited) => {
          awaited.lease = lease
          return batches.next()
        })
        if (batch.done) return
        yield toRows(batch.value)
      }
    } finally {
      await batches.return?.()
      lease.release()
    }
  }

  close(): Promise<void> {
    this.#isClosed = true
    return this.#pool.end(END_TIMEOUT_S)
  }

  async #leased<T>(awaited: Awaited, isReserved: boolean, use: (lease: Lease) => PromiseLike<T>): Promise<T> {
    const lease = await this.#lease(awaited, isReserved)
    try {
      return await use(lease)
    } catch (error) {
      // Before those that wait for a connection are given this one.
      throw this.#failed(lease, error)
    } finally {
      lease.release()
    }
  }

  async #lease(awaited: Awaited, isReserved: boolean): Promise<Lease> {
    const lease = this.#pool.tryLease(isReserved) ?? (await this.#pool.lease(isReserved))
    try {
      awaited.refuseLate()
    } catch (error) {
      lease.release()
      throw error
    }
    awaited.lease = lease
    return lease
  }

  /** Fails when an answer takes longer than the server may work on it: the peer is gone, or too many wait. */
  async #answered<T>(ask: (awaited: Awaited) => Promise<T>, isPatient = false): Promise<T> {
    let isLate = false
    let timer: NodeJS.Timeout | undefined
    const awaited: Awaited = {
      lease: undefined,
      query: undefined,
      refuseLate: () => {
        if (isLate) throw new DatabaseError('database-unavailable', NO_ANSWER)
      },
      onAnswer: () => {
        awaited.refuseLate()
        clearTimeout(timer)
        if (!isPatient) wait()
      },
    }
    let wait = () => {}
    try {
      return await new Promise<T>((resolve, reject) => {
        const onLate = () => {
          isLate = true
          reject(new LostError(NO_ANSWER))
          if (awaited.query && !awaited.query.state) awaited.query.cancel()
        }
        wait = () => (timer = setTimeout(onLate, this.options.statementTimeoutMs + ANSWER_MS))
        wait()
        ask(awaited).then(resolve, reject)
      })
    } catch (error) {
      throw this.#failed(awaited.lease, error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** A server that became a replica keeps its connections: they are given up as broken ones are. */
  #failed(lease: Lease | undefined, error: unknown): unknown {
    const known = toDatabaseError(error)
    const isUseless = known instanceof LostError || isState(known, '25006')
    if (isUseless && lease && !this.#isClosed) this.#pool.replace(lease, END_TIMEOUT_S)
    return known
  }

  #over(sql: Pick<postgres.Sql, 'unsafe'>, onAnswer: () => void): Statements {
    const ask = async (text: string, values: readonly string[] = []) => {
      try {
        const answer = await this.#send(sql, text, values)
        onAnswer()
        return answer
      } catch (error) {
        throw toDatabaseError(error)
      }
    }
    return {
      rows: async (text, values) => toRows(await ask(text, values)),
      run: async (text, values) => (await ask(text, values)).count,
    }
  }

  #send(sql: Pick<postgres.Sql, 'unsafe'>, text: string, values: readonly string[]): postgres.PendingQuery<Row[]> {
    return sql.unsafe<Row[]>(text, values as string[], { prepare: this.#isPrepared(text) })
  }

  #isPrepared(text: string): boolean {
    if (this.#prepared.size < MAX_PREPARED) this.#prepared.add(text)
    return this.#prepared.has(text)
  }
}

/** Lists are taken as they are: a text would be split at the colons of IPv6. The client's types know one server alone. */
function toPlace({ host, port }: PostgresAddress): { host: string; port: number } {
  return { host: [host], port: [port] } as unknown as { host: string; port: number }
}

/**
 * Without what the client tells of the statement, and without the holes that stand for the rows of the statement before
 * it where that one failed after its first rows: the client goes on counting (`rows` in its `connection.js`).
 */
function toRows(answer: readonly Row[]): Row[] {
  return answer.filter(() => true)
}

/** An error of the server's, by its five characters. Its words stay out: they quote values. */
export class ServerError extends DatabaseError {
  constructor(
    readonly state: string,
    /** The unique index that refused, and its table. */
    readonly refused: { constraint: string; table: string } | undefined,
    message: string,
    errCode: DatabaseError['errCode'] = 'database-unavailable',
  ) {
    super(errCode, message)
  }
}

/** The connection ended, or has never been. */
class LostError extends DatabaseError {
  constructor(reason: string) {
    super('database-unavailable', reason)
  }
}

export function isState(error: unknown, ...states: string[]): error is ServerError {
  return error instanceof ServerError && states.includes(error.state)
}

/**
 * A body that lost its connection never ends: the client would roll back on a connection that is gone. The transaction
 * itself fails all the same, by the end of its connection.
 */
async function holdLost(error: unknown): Promise<never> {
  if (error instanceof LostError) await new Promise(() => {})
  throw error
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

/** What an error of the client's or the server's means. Others are answered as they are. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseError || !(error instanceof Error)) return error
  const {
    code,
    severity,
    constraint_name: constraint,
    table_name: table,
  } = error as Error & Partial<postgres.PostgresError>
  if (typeof code !== 'string') return error
  // Codes of the system may look like the server's: EPIPE has five characters too.
  if (severity === undefined) return new LostError(`the database cannot be reached (${code})`)
  // The server ends the connection after a fatal error. Those with a reason of their own are refused connections.
  if ((severity === 'FATAL' || severity === 'PANIC') && !REASONS[code]) {
    return new LostError(`the database ended the connection with the state ${code}`)
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
  return new ServerError(code, constraint && table ? { constraint, table } : undefined, reason)
}

const REASONS: Record<string, string> = {
  '28P01': 'the database refuses the user or the password of DATABASE_URL',
  '28000': 'the database refuses the user of DATABASE_URL',
  '3D000': 'the database of DATABASE_URL does not exist',
  '42501': 'the user of DATABASE_URL may not do this in the database: it has to own its schema',
  '53300': 'the database has no connection left: lower DATABASE_CONNECTIONS, or raise max_connections of the server',
  '25006': 'the database only reads: it is a replica, not the primary',
}
