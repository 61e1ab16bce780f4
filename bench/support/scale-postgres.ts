// uniCloud.database() on PostgreSQL: beside the embedded SQLite, beside the bare client that sends the same statements,
// and with a million documents beside a thousand. The server writes to disk before it acknowledges.
import { join } from 'node:path'

import postgres from 'postgres'

import type { HostDatabase } from '../../host/database'
import type { Connection } from '../../host/database/postgres/connection'
import { startPostgres } from '../../test/support/postgres-server'
import type { Row } from './measures'
import { median } from './numbers'
import { bundledDatabase } from './project'
import { perSecond } from './redis'

const ROUNDS = 5
/** More than are in flight, so that no document is in flight twice. */
const FEW = 1000
const FILL_ROWS = 500
/** Shares no divisor with the counts. */
const STRIDE = 7919
const CONNECTIONS = 10
const INDEXES = [{ IndexName: 'name', MgoKeySchema: { MgoIndexKeys: [{ Name: 'name', Direction: '1' }] } }]

/** One document of every operation, by its number; as long as another one, so that it can stand for it in statements. */
const toId = (i: number) => `id-${String(i).padStart(9, '0')}`
const toName = (i: number) => `name-${String(i).padStart(9, '0')}`
const toDocument = (i: number) => ({ _id: toId(i), name: toName(i), state: 0, note: toNote(0), tags: ['a', 'b'] })
const toNote = (round: number) => `note-${String(round).padStart(9, '0')}`

type Operation = (database: HostDatabase, collection: string, i: number, round: number) => Promise<unknown>

/** As cloud functions use it; `i` is a document that is there, `add` adds one that is not and removes it again. */
const OPERATIONS: Record<string, Operation> = {
  'add and remove': async ({ api }, collection, i, round) => {
    const _id = `${toId(i)}-${toNote(round)}`
    await api.collection(collection).add({ ...toDocument(i), _id })
    await api.collection(collection).doc(_id).remove()
  },
  'get by _id': ({ api }, collection, i) => api.collection(collection).doc(toId(i)).get(),
  'find by an indexed field': ({ api }, collection, i) =>
    api
      .collection(collection)
      .where({ name: toName(i) })
      .limit(1)
      .get(),
  'update by _id': ({ api }, collection, i, round) =>
    api
      .collection(collection)
      .doc(toId(i))
      .update({ note: toNote(round) }),
}

interface Statement {
  sql: string
  values: readonly string[]
  /** How many rows it found or changed, and the first that it found. */
  count: number
  row: Record<string, unknown>
}

/** A database with a collection of so many documents for each count. */
async function fill(database: HostDatabase, count: number): Promise<string> {
  const collection = `of-${count}`
  await database.ensureIndexes(collection, INDEXES)
  for (let start = 0; start < count; start += FILL_ROWS) {
    const size = Math.min(FILL_ROWS, count - start)
    await database.api.collection(collection).add(Array.from({ length: size }, (_, i) => toDocument(start + i)))
  }
  return collection
}

/** What the host sends for a call, in order. */
async function record(call: () => Promise<unknown>): Promise<Statement[]> {
  const sent: Statement[] = []
  const { prototype } = bundledDatabase().Connection
  const { rows, run } = prototype
  const recording = <T extends number | unknown[]>(send: (sql: string, values?: readonly string[]) => Promise<T>) =>
    async function (this: Connection, sql: string, values: readonly string[] = []): Promise<T> {
      const answer = await send.call(this, sql, values)
      const [row = {}] = typeof answer === 'number' ? [] : (answer as Statement['row'][])
      sent.push({ sql, values, count: typeof answer === 'number' ? answer : answer.length, row })
      return answer
    }
  Object.assign(prototype, { rows: recording(rows), run: recording(run) })
  try {
    await call()
  } finally {
    Object.assign(prototype, { rows, run })
  }
  if (sent.length === 0) throw new Error('the host sent no statement that this bench can see')
  return sent
}

/**
 * What the host sends, sent by the bare client for another document and round, in passes over all documents from
 * `firstRound` on. All values are made before the clock starts. Throws where a statement finds or changes something else.
 */
function toReplay(
  clients: readonly postgres.Sql[],
  statements: readonly Statement[],
  firstRound: number,
  passes: number,
) {
  const prepared = Array.from({ length: passes * FEW }, (_, at) => {
    const [i, round] = [at % FEW, firstRound + Math.floor(at / FEW)]
    const toOwn = (value: string) =>
      value
        .replaceAll(toId(0), toId(i))
        .replaceAll(toName(0), toName(i))
        .replaceAll(toNote(RECORDED - 1), toNote(round - 1))
        .replaceAll(toNote(RECORDED), toNote(round))
    return statements.map(({ values }) => values.map(toOwn))
  })
  // What the statement before has found is handed on: the version of a row that is replaced.
  const handedOn = statements.map(({ values }, at) => {
    const before = statements[at - 1]?.row ?? {}
    return values.map((value) => Object.keys(before).find((column) => before[column] === value))
  })
  return async (at: number): Promise<void> => {
    const sql = clients[at % clients.length]!
    let found: Statement['row'] = {}
    for (const [n, { sql: text, count }] of statements.entries()) {
      const values = prepared[at]![n]!
      handedOn[n]!.forEach((column, k) => column !== undefined && (values[k] = String(found[column])))
      const answer = await sql.unsafe(text, values, { prepare: true })
      if (answer.count !== count) throw new Error(`${answer.count} rows in place of ${count}: ${text}`)
      found = (answer[0] ?? {}) as Statement['row']
    }
  }
}

/** The round whose statements are recorded; the one before it is what they find. */
const RECORDED = 1

/** Operations a second on PostgreSQL ÷ on SQLite, and ÷ by the bare client; 64 in flight, in turns, medians of five. */
export async function postgresAgainstOthers({ folder, pairs }: { folder: string; pairs: number }): Promise<Row[]> {
  const server = await startPostgres({ isDurable: true })
  const database = await bundledDatabase().openPostgres({ url: server.url, maxConnections: CONNECTIONS })
  const embedded = bundledDatabase().openDatabase({ file: join(folder, 'beside-postgres.db') })
  // In turn: the client's own pool of ten slows down the longer it is busy, which the host does not let happen.
  const bare = Array.from({ length: CONNECTIONS }, () =>
    postgres(server.url, {
      max: 1,
      max_pipeline: Infinity,
      fetch_types: false,
      onnotice: () => {},
      connection: { enable_seqscan: 'off', enable_bitmapscan: 'off', enable_sort: 'off', jit: 'off' },
    } as postgres.Options<Record<string, postgres.PostgresType>>),
  )
  try {
    const collection = await fill(database, FEW)
    await fill(embedded, FEW)
    const rows: Row[] = []
    const passes = Math.max(3, Math.ceil(pairs / 5000))
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      const statements = await record(() => operation(database, collection, 0, RECORDED))
      const from = (side: HostDatabase) => (first: number) => (at: number) =>
        operation(side, collection, at % FEW, first + Math.floor(at / FEW))
      /** By the round of the first pass. */
      const sides = {
        postgres: from(database),
        bare: (first: number) => toReplay(bare, statements, first, passes),
        sqlite: from(embedded),
      }
      const rates = { postgres: [] as number[], bare: [] as number[], sqlite: [] as number[] }
      // Every pass over the documents finds them as the pass before left them: with the note of its round less one.
      const round = { postgres: RECORDED, sqlite: RECORDED }
      for (let i = 1; i < FEW; i++) await operation(database, collection, i, RECORDED)
      for (let turn = 0; turn <= ROUNDS; turn++) {
        for (const side of ['postgres', 'bare', 'sqlite'] as const) {
          const place = side === 'sqlite' ? 'sqlite' : 'postgres'
          const first = round[place] + 1
          round[place] += passes
          const call = sides[side](first)
          const rate = await perSecond(passes * FEW, call)
          if (turn > 0) rates[side].push(rate)
        }
      }
      const ratio = (other: 'bare' | 'sqlite') => median(rates.postgres.map((rate, i) => rate / rates[other][i]!))
      const absolute = (side: keyof typeof rates) => Math.round(median(rates[side]))
      rows.push({
        what: `${name}: PostgreSQL ÷ the bare client with the same ${statements.length} statements (operations/s)`,
        measured: ratio('bare').toFixed(2),
        wanted: '≥ 0.7',
        absolute: `${absolute('postgres')} ÷ ${absolute('bare')}`,
      })
      rows.push({
        what: `${name}: PostgreSQL ÷ SQLite (operations/s)`,
        measured: ratio('sqlite').toFixed(2),
        wanted: 'reported',
        absolute: `${absolute('postgres')} ÷ ${absolute('sqlite')}`,
      })
    }
    return rows
  } finally {
    await Promise.all(bare.map((client) => client.end({ timeout: 1 })))
    await embedded.close()
    await database.close()
    await server.stop()
  }
}

/** The cost of an operation among many documents ÷ among a thousand; in turns, medians of five. */
export async function postgresAmongMany({ pairs, live }: { pairs: number; live: number }): Promise<Row[]> {
  const server = await startPostgres({ isDurable: true })
  const database = await bundledDatabase().openPostgres({ url: server.url, maxConnections: CONNECTIONS })
  try {
    const sides = [FEW, live].map((count) => ({ count, collection: '', rates: [] as number[] }))
    for (const side of sides) side.collection = await fill(database, side.count)
    const rows: Row[] = []
    const passes = Math.max(3, Math.ceil(pairs / 5000))
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      for (const side of sides) side.rates = []
      for (let turn = 0; turn <= ROUNDS; turn++) {
        for (const side of sides) {
          // Documents far from each other, none of them twice in flight, and others in each turn where there are many.
          const first = turn * passes * FEW
          const rate = await perSecond(passes * FEW, (i) =>
            operation(database, side.collection, ((first + i) * STRIDE) % side.count, first + i),
          )
          if (turn > 0) side.rates.push(rate)
        }
      }
      const [few, many] = sides as [(typeof sides)[0], (typeof sides)[0]]
      rows.push({
        what: `${name} on PostgreSQL: cost among ${live.toLocaleString('en')} documents ÷ among 1,000`,
        measured: median(few.rates.map((rate, i) => rate / many.rates[i]!)).toFixed(2),
        wanted: '≤ 1.2',
        absolute: `${us(median(many.rates))} ÷ ${us(median(few.rates))} µs`,
      })
    }
    return rows
  } finally {
    await database.close()
    await server.stop()
  }
}

const us = (rate: number) => (1e6 / rate).toFixed(1)
