import postgres from 'postgres'
import { expect, it } from 'vitest'

import { DRIVERS, openOn, postgresUrl } from '../../fixtures/database/open'
import { openPostgres } from '../../../host/database'

const ROWS = 900
const PAGE = 50

const index = (...names: string[]) => ({
  IndexName: names.join('_'),
  MgoKeySchema: { MgoIndexKeys: names.map((Name) => ({ Name, Direction: '1' })) },
})

/** `a` and `b` are indexed, and arrays in some rows; two indexes begin with `a`. */
const toRow = (at: number) => ({
  _id: `r${at}`,
  a: at % 31 === 0 ? [at % 7, 1] : at % 7,
  ...(at % 5 !== 0 && { b: at % 11 }),
  pad: 'x'.repeat(200),
})

type Rows = ReturnType<Awaited<ReturnType<typeof openOn>>['api']['collection']>

/** The `_id`s of all pages; `between` is called once after some of them. */
async function readPages(query: Pick<Rows, 'skip'>, between?: () => Promise<unknown>): Promise<unknown[]> {
  const ids: unknown[] = []
  for (;;) {
    const { data } = await query.skip(ids.length).limit(PAGE).get()
    ids.push(...data.map(({ _id }) => _id))
    if (data.length < PAGE) return ids
    if (ids.length === 10 * PAGE) await between?.()
  }
}

it.each(DRIVERS)('on %s pages without an order hold each document once', async (driver) => {
  const database = await openOn(driver)
  const rows = database.api.collection('rows')
  const { in: isIn, gt, gte, lt, or } = database.api.command
  await rows.add(Array.from({ length: ROWS }, (_, at) => toRow(at)))
  const conditions: object[] = [
    { a: 1 },
    { a: gte(5) },
    { a: isIn([2, 3]) },
    { a: 1, b: gt(3) },
    or([{ a: 1 }, { b: 2 }]),
    or([{ a: gte(5) }, { b: lt(3) }]),
    or([{ a: 1 }, { _id: gt('r2') }]),
    { _id: gt('r2') },
    { b: null },
  ]
  // Without an index, documents are looked at one by one.
  const expected: unknown[][] = []
  for (const condition of conditions) {
    const { data } = await rows.where(condition).orderBy('_id').limit(ROWS).get()
    expected.push(data.map(({ _id }) => _id))
  }
  await database.ensureIndexes('rows', [index('a'), index('a', 'b'), index('b')])
  for (const [at, condition] of conditions.entries()) {
    const ids = await readPages(rows.where(condition))
    expect(ids.length, JSON.stringify(condition)).toBe(expected[at]!.length)
    expect([...ids].sort(), JSON.stringify(condition)).toEqual([...expected[at]!].sort())
  }
})

it('pages fit together although PostgreSQL learns between them how values are spread, and changes its plan', async () => {
  const url = await postgresUrl()
  const database = await openPostgres({ url, maxConnections: 1 })
  const rows = database.api.collection('rows')
  await database.ensureIndexes('rows', [index('a'), index('a', 'b')])
  // Of a tenth of them `a` is 1, of the others any number; `b` is in no order.
  const toSpread = (at: number) => ({
    a: at % 10 === 0 ? 1 : 2 + (at % 50),
    b: (at * 7919) % 1009,
    pad: 'x'.repeat(200),
  })
  for (let start = 0; start < 10_000; start += 2000) {
    await rows.add(Array.from({ length: 2000 }, (_, at) => toSpread(start + at)))
  }
  const admin = postgres(url.split('?')[0]!, { max: 1, fetch_types: false })
  const ids = await readPages(rows.where({ a: 1 }), async () => {
    await admin.unsafe(`analyze "${new URL(url).searchParams.get('schema')}".rows`)
  })
  expect(ids).toHaveLength(1000)
  expect(new Set(ids).size).toBe(1000)
  await admin.end()
  await database.close()
})
