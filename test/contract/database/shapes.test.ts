import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { HostDatabase } from '../../../host/database'
import { command } from '../../../host/database/command'
import { explain, type Explained } from '../../fixtures/database/explain'
import { DRIVERS, openForAll } from '../../fixtures/database/open'

const ROWS = 4000
/** As many as the longest list names, and some that are no matches. A walk looks at all of them. */
const MAX_LOOKED_AT = 400

const INDEXES = [['at'], ['mobile'], ['scene', 'at'], ['born'], ['price'], ['flag'], ['deep.at']].map((names) => ({
  IndexName: names.join('_'),
  MgoKeySchema: { MgoIndexKeys: names.map((Name) => ({ Name, Direction: '1' })) },
}))

const row = (i: number) => ({
  _id: `row-${i}`,
  at: i,
  mobile: `1${i}`,
  scene: `scene-${i % 4}`,
  born: new Date(i),
  price: i + 0.5,
  flag: i === 7 ? true : i % 2 === 0 ? 'no' : i,
  ...(i !== 9 && { deep: { at: ROWS - i } }),
})

type Api = HostDatabase['api']
type Ask = (api: Api) => Promise<unknown>

const things = (api: Api) => api.collection('things')
const found = (query: { get(): Promise<{ data: unknown[] }> }) => query.get().then(({ data }) => data.length)
const ids = Array.from({ length: 100 }, (_, i) => `row-${ROWS - 1 - i}`)

/** What is asked for, and how many rows are found. */
const SHAPES: [string, number, Ask][] = [
  ['a list of _ids', 100, (api) => found(things(api).where({ _id: api.command.in(ids) }))],
  [
    'a list of _ids and a range, as a sweep asks',
    50,
    async ({ command: _, ...api }) => {
      const asked = things(api as Api).where({ at: _.gte(ROWS - 50), _id: _.in(ids) })
      return (await asked.count()).total
    },
  ],
  [
    'a choice of three hundred _ids',
    100,
    (api) =>
      found(things(api).where(api.command.or(Array.from({ length: 300 }, (_, i) => ({ _id: `row-${ROWS - 1 - i}` }))))),
  ],
  [
    'a choice of _ids beside another condition',
    1,
    (api) => found(things(api).where(api.command.and(api.command.or(ids.map((_id) => ({ _id }))), { at: ROWS - 7 }))),
  ],
  [
    'the first of a range of _ids',
    1,
    (api) =>
      found(
        things(api)
          .where({ _id: api.command.gt('row-998') })
          .limit(1),
      ),
  ],
  [
    'pages along _id',
    1,
    (api) =>
      found(
        things(api)
          .where({ _id: api.command.gt('row-1'), price: 11.5 })
          .orderBy('_id')
          .limit(1),
      ),
  ],
  [
    'a list on an indexed field',
    100,
    (api) =>
      found(things(api).where({ mobile: api.command.in(Array.from({ length: 100 }, (_, i) => `1${ROWS - 1 - i}`)) })),
  ],
  [
    'a list of values of different types',
    3,
    (api) => found(things(api).where({ flag: api.command.in([true, 1, 3, null, 0.5]) })),
  ],
  [
    'a choice of conditions',
    2,
    (api) => found(things(api).where(api.command.or({ at: 1, scene: 'scene-1' }, { mobile: '12' }))),
  ],
  [
    'a choice of two hundred conditions',
    100,
    (api) =>
      found(
        things(api).where(
          api.command.or(
            Array.from({ length: 200 }, (_, i) => ({
              at: ROWS - 1 - i,
              scene: `scene-${i < 100 ? (ROWS - 1 - i) % 4 : 9}`,
            })),
          ),
        ),
      ),
  ],
  ['a fraction', 1, (api) => found(things(api).where({ price: 3.5 }))],
  ['a boolean', 1, (api) => found(things(api).where({ flag: true }))],
  ['what is not there', 1, (api) => found(things(api).where({ 'deep.at': null }))],
  ['a date', 1, (api) => found(things(api).where({ born: new Date(5) }))],
  ['dates up to a moment', 10, (api) => found(things(api).where({ born: api.command.lt(new Date(10)) }))],
  ['the first in order', 10, (api) => found(things(api).orderBy('at').limit(10))],
  ['the last in order', 10, (api) => found(things(api).orderBy('born', 'desc').limit(10))],
  [
    'the last of a range',
    10,
    (api) =>
      found(
        things(api)
          .where({ at: api.command.gt(20) })
          .orderBy('at', 'desc')
          .limit(10),
      ),
  ],
  [
    'the last of one value',
    10,
    (api) => found(things(api).where({ scene: 'scene-1' }).orderBy('at', 'desc').limit(10)),
  ],
  [
    'the first of a range of dates, by another condition too',
    10,
    (api) =>
      found(
        things(api)
          .where({ born: api.command.gt(new Date(20)), colour: null })
          .orderBy('born')
          .limit(10),
      ),
  ],
  [
    'removing by a list of _ids and a range',
    0,
    async ({ command: _, ...api }) =>
      (
        await things(api as Api)
          .where({ at: _.lt(-1), _id: _.in(ids) })
          .remove()
      ).deleted,
  ],
  [
    'changing by a list of _ids',
    0,
    async ({ command: _, ...api }) =>
      (
        await things(api as Api)
          .where({ at: _.lt(-1), _id: _.in(ids) })
          .update({ seen: 1 })
      ).updated,
  ],
]

describe.each(DRIVERS)('on %s an index finds', (driver) => {
  let database: HostDatabase
  let close: () => Promise<void>

  beforeAll(async () => {
    ;({ database, close } = await openForAll(driver))
    await database.ensureIndexes('things', INDEXES)
    const table = things(database.api)
    for (let i = 0; i < ROWS; i += 400) await table.add(Array.from({ length: 400 }, (_, j) => row(i + j)))
  })

  afterAll(() => close())

  it.each(SHAPES)('%s', async (shape, rows, ask) => {
    const statements = await explain(driver, async () => expect(await ask(database.api)).toBe(rows))
    expect(statements.flatMap((one) => findWalks(one))).toEqual([])
    expect(sumLookedAt(statements)).toBeLessThanOrEqual(MAX_LOOKED_AT)
    if (!/^the (first|last)/.test(shape)) return
    for (const { plan } of statements) expect(plan).not.toMatch(/TEMP B-TREE FOR ORDER BY|(?<!Incremental )Sort/)
  })

  it.each<[string, object]>([
    ['one value', { scene: 'scene-1' }],
    ['a range', { at: command.gt(10) }],
    ['a list', { scene: command.in(['scene-1', 'scene-2']) }],
    ['a value, by another condition too', { scene: 'scene-1', colour: null }],
    ['a choice', command.or({ scene: 'scene-1', at: command.gt(5) }, { at: command.gt(20) }, { mobile: '17' })],
    ['a range of _ids', { _id: command.gt('row-1') }],
  ])('no more rows than are asked for: %s', async (_, where) => {
    const page = (skip: number) => things(database.api).where(where).skip(skip).limit(10).get()
    const statements = await explain(driver, () => page(0))
    for (const { plan } of statements) expect(plan).not.toMatch(/TEMP B-TREE FOR ORDER BY|(?<!Incremental )Sort/)
    expect(statements.flatMap((one) => findWalks(one))).toEqual([])
    expect(sumLookedAt(statements)).toBeLessThanOrEqual(12)
    const first = await Promise.all([0, 10, 20].map(page))
    expect(new Set(first.flatMap(({ data }) => data.map(({ _id }) => _id))).size).toBe(30)
  })
})

/** Rows that were looked at one by one: all of a table, or an index to whose end nothing stops. */
function findWalks({ sql, plan }: Explained): string[] {
  return plan.split('; ').filter((step) => {
    if (/^Seq Scan|^SCAN (things|t)$/.test(step)) return true
    return /^SCAN (things|t) USING/.test(step) && !step.includes('$arrays') && !sql.includes(' LIMIT ')
  })
}

/** SQLite does not count them: there the plan has to do. */
function sumLookedAt(statements: readonly Explained[]): number {
  return statements.reduce((sum, { lookedAt = 0 }) => sum + lookedAt, 0)
}
