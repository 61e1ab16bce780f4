import { afterEach, describe, expect, it, vi } from 'vitest'

import { command } from '../../host/database/command'
import { Sqlite } from '../../host/database/sqlite/sqlite'
import type { SqlValue } from '../../host/database/sqlite/where'
import { openTemporary } from '../fixtures/database/open'

const MAX_ROWS = 20

afterEach(() => void vi.restoreAllMocks())

/** 60 rows: `status` is the same in all of them, `at` differs, `price` is a fraction, `gone` is null. */
async function openRows(...indexes: [name: string, direction: '1' | '-1'][][]) {
  const { api, within, ensureIndexes } = openTemporary()
  const rows = Array.from({ length: 60 }, (_, at) => ({ _id: `r${at}`, status: 'open', at, price: 0.5, gone: null }))
  await api.collection('rows').add(rows)
  const toIndex = (keys: [string, string][], at: number) => ({
    IndexName: `i${at}`,
    MgoKeySchema: { MgoIndexKeys: keys.map(([Name, Direction]) => ({ Name, Direction })) },
  })
  await ensureIndexes('rows', indexes.map(toIndex))
  return within(MAX_ROWS).collection('rows')
}

async function openNames(...names: string[]) {
  const { api, ensureIndexes } = openTemporary()
  await api.collection('names').add(names.map((name) => ({ name })))
  await ensureIndexes('names', [
    { IndexName: 'name', MgoKeySchema: { MgoIndexKeys: [{ Name: 'name', Direction: '1' }] } },
  ])
  return api.collection('names')
}

/** What SQLite says of each statement over documents that `run` has it run. */
async function explain(run: () => Promise<unknown>): Promise<{ plans: string[]; texts: string[]; error: unknown }> {
  const spies = [vi.spyOn(Sqlite.prototype, 'rows'), vi.spyOn(Sqlite.prototype, 'row')]
  const error: unknown = await run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const calls = spies.flatMap(({ mock }) =>
    mock.calls.map((call, at) => ({ call, sqlite: mock.contexts[at] as Sqlite })),
  )
  vi.restoreAllMocks()
  const overRows = calls.filter(({ call: [sql] }) => sql.includes('FROM') && !/^SELECT doc |sqlite_schema/.test(sql))
  const plans = overRows.map(({ call: [sql, values], sqlite }) => {
    return sqlite
      .rows(`EXPLAIN QUERY PLAN ${sql}`, values as SqlValue[])
      .map((row) => row.at(-1))
      .join('; ')
  })
  expect(plans.length).toBeGreaterThan(0)
  return { plans, texts: overRows.map(({ call: [sql] }) => sql), error }
}

describe('a page in the order of an index is read without sorting first', () => {
  it.each<[string, [string, '1' | '-1'][], object, [string, 'asc' | 'desc'][]]>([
    ['backward, where all rows are equal', [['status', '1']], {}, [['status', 'desc']]],
    ['forward, where all rows are equal', [['status', '1']], {}, [['status', 'asc']]],
    ['forward along a descending index', [['status', '-1']], {}, [['status', 'desc']]],
    ['backward along a descending index', [['status', '-1']], {}, [['status', 'asc']]],
    [
      'by the first key of several',
      [
        ['status', '1'],
        ['at', '1'],
      ],
      {},
      [['status', 'asc']],
    ],
    [
      'by the first key of several, backward',
      [
        ['status', '1'],
        ['at', '-1'],
      ],
      {},
      [['status', 'desc']],
    ],
    [
      'by the key after one that is given',
      [
        ['status', '1'],
        ['at', '1'],
        ['price', '1'],
      ],
      { status: 'open' },
      [['at', 'desc']],
    ],
    [
      'by the key after one that is null',
      [
        ['gone', '1'],
        ['at', '1'],
      ],
      { gone: null },
      [['at', 'asc']],
    ],
    [
      'by a range of the first key of several',
      [
        ['at', '1'],
        ['status', '1'],
      ],
      { at: command.gte(0) },
      [['at', 'desc']],
    ],
    [
      'by all keys',
      [
        ['status', '1'],
        ['at', '-1'],
      ],
      {},
      [
        ['status', 'desc'],
        ['at', 'asc'],
      ],
    ],
    [
      'by a key and the id',
      [
        ['status', '1'],
        ['_id', '1'],
      ],
      {},
      [['status', 'desc']],
    ],
  ])('%s', async (_, keys, where, sorting) => {
    const rows = await openRows(keys)
    const asked = sorting.reduce((asking, [name, direction]) => asking.orderBy(name, direction), rows.where(where))
    const { plans, error } = await explain(() => asked.limit(2).get())
    expect(error).toBeUndefined()
    for (const plan of plans) expect(plan).not.toContain('TEMP B-TREE')
  })

  it('and is refused where a fraction, which is looked up as a range, leaves too many to sort', async () => {
    const rows = await openRows([
      ['price', '1'],
      ['at', '1'],
    ])
    const { plans, error } = await explain(() => rows.where({ price: 0.5 }).orderBy('at').limit(2).get())
    expect(error).toMatchObject({ errCode: 'database-too-many-rows' })
    for (const plan of plans) expect(plan).not.toContain('TEMP B-TREE')
  })

  it('goes on where the page before it ended, and back the same way', async () => {
    const rows = await openRows([
      ['status', '1'],
      ['at', '1'],
    ])
    const page = async (direction: 'asc' | 'desc', skip: number) => {
      const { data } = await rows.orderBy('status', direction).skip(skip).limit(3).get()
      return data.map(({ _id }) => _id)
    }
    expect([await page('asc', 0), await page('asc', 3)]).toEqual([
      ['r0', 'r1', 'r2'],
      ['r3', 'r4', 'r5'],
    ])
    expect([await page('desc', 0), await page('desc', 3)]).toEqual([
      ['r59', 'r58', 'r57'],
      ['r56', 'r55', 'r54'],
    ])
  })
})

describe('200 ranges that each find all rows', () => {
  const ranges = command.or(Array.from({ length: 200 }, (_, at) => ({ at: command.gt(-1 - at) })))

  it.each<[string, (rows: Awaited<ReturnType<typeof openRows>>) => Promise<unknown>]>([
    ['count', (rows) => rows.where(ranges).count()],
    ['read', (rows) => rows.where(ranges).get()],
    [
      'sort',
      (rows) =>
        rows
          .where(command.and(ranges, { status: 'open' }))
          .orderBy('price')
          .limit(1)
          .get(),
    ],
    ['remove', (rows) => rows.where(ranges).remove()],
  ])('are refused to %s as soon as too many rows were found, before any are collected', async (_, run) => {
    const rows = await openRows([['at', '1']])
    const { plans, error } = await explain(() => run(rows))
    expect(error).toMatchObject({ errCode: 'database-too-many-rows' })
    expect(plans).toHaveLength(1)
    expect(plans[0]).toContain('UNION ALL')
    expect(plans[0]).not.toMatch(/TEMP B-TREE|MATERIALIZE/)
  })

  it('find each row once where they are few enough', async () => {
    const rows = await openRows([['at', '1']])
    const few = command.or([{ at: command.gt(54) }, { at: command.gt(55) }, { at: command.gt(56) }])
    expect(await rows.where(few).count()).toMatchObject({ total: 5 })
  })
})

describe('every row that is looked at along an index is counted', () => {
  const twoTypes = { at: command.and(command.gte(0), command.gte('x')) }
  type Rows = Awaited<ReturnType<typeof openRows>>

  it.each<[string, [string, '1'][], (rows: Rows) => Promise<unknown>]>([
    ['compared with values of two types', [['at', '1']], (rows) => rows.where(twoTypes).count()],
    [
      'compared with values of two types, and sorted by it',
      [['at', '1']],
      (rows) => rows.where(twoTypes).orderBy('at').limit(1).get(),
    ],
    [
      'a fraction, before another key',
      [
        ['price', '1'],
        ['at', '1'],
      ],
      (rows) => rows.where({ price: 0.5, at: 3 }).get(),
    ],
  ])('%s', async (_, keys, run) => {
    const { error } = await explain(async () => run(await openRows(keys)))
    expect(error).toMatchObject({ errCode: 'database-too-many-rows' })
  })

  it('of several bounds the narrowest one is followed', async () => {
    const rows = await openRows([['at', '1']])
    const at = command.and(command.gt(0), command.gt(57), command.gt(3), command.lt(1e6), command.lt(59))
    const { plans, texts, error } = await explain(() => rows.where({ at }).count())
    expect([plans.length, error]).toEqual([2, undefined])
    for (const text of texts) expect(text.match(/ [<>]= \?/g)).toHaveLength(2)
    expect(await rows.where({ at }).count()).toMatchObject({ total: 1 })
    const names = await openNames('\u{1F600}', '\uFF5E', 'z')
    const name = command.and(command.gte('\uFF5E'), command.gte('\u{1F600}'))
    expect((await names.where({ name }).get()).data.map((row) => row['name'])).toEqual(['\u{1F600}'])
  })

  it.each([
    [30, 30, 4],
    [40, 40, 2],
    [5000, 1, 4],
    [1, 5000, 4],
  ])('lists of %i and %i values are looked up by %i columns of an index', async (first, second, columns) => {
    const rows = await openRows([
      ['status', '1'],
      ['at', '1'],
    ])
    const list = (length: number) => command.in(Array.from({ length }, (_, at) => 1000 + at))
    const { plans } = await explain(() => rows.where({ status: list(first), at: list(second) }).get())
    for (const plan of plans) expect(plan.match(/INDEX rows\.i0 \(([^)]*)\)/)?.[1]?.match(/=\?/g)).toHaveLength(columns)
  })
})
