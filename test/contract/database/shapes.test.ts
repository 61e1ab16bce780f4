import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { HostDatabase } from '../../../host/database'
import { openDatabase } from '../../../host/database'

const FEW = 400
const MANY = 40_000
const RUNS = 9
/** A walk over the table costs a hundred times as much among so many rows. */
const MAX_RATIO = 12

const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-shapes-'))
const sizes = new Map<number, HostDatabase>()

const INDEXES = [['at'], ['mobile'], ['scene', 'at'], ['born'], ['price'], ['flag'], ['deep.at']].map((names) => ({
  IndexName: names.join('_'),
  MgoKeySchema: { MgoIndexKeys: names.map((Name) => ({ Name, Direction: '1' })) },
}))

const row = (i: number, rows: number) => ({
  _id: `row-${i}`,
  at: i,
  mobile: `1${i}`,
  scene: `scene-${i % 4}`,
  born: new Date(i),
  price: i + 0.5,
  flag: i === 7 ? true : i % 2 === 0 ? 'no' : i,
  ...(i !== 9 && { deep: { at: rows - i } }),
})

beforeAll(async () => {
  for (const rows of [FEW, MANY]) {
    const database = openDatabase({ file: join(folder, `${rows}.db`) })
    sizes.set(rows, database)
    await database.ensureIndexes('things', INDEXES)
    const things = database.api.collection('things')
    for (let i = 0; i < rows; i += 400) await things.add(Array.from({ length: 400 }, (_, j) => row(i + j, rows)))
  }
}, 60_000)

afterAll(() => {
  for (const database of sizes.values()) database.close()
  rmSync(folder, { recursive: true, force: true })
})

type Api = HostDatabase['api']
type Ask = (api: Api) => Promise<unknown>

const things = (api: Api) => api.collection('things')
const found = (query: { get(): Promise<{ data: unknown[] }> }) => query.get().then(({ data }) => data.length)
const ids = Array.from({ length: 100 }, (_, i) => `row-${i}`)

/** Each finds the same number of rows in both, so that only a walk makes a difference. */
const SHAPES: [string, number, Ask][] = [
  ['a list of _ids', 100, (api) => found(things(api).where({ _id: api.command.in(ids) }))],
  [
    'a list of _ids and a range, as a sweep asks',
    50,
    async ({ command: _, ...api }) => {
      const asked = things(api as Api).where({ at: _.lt(50), _id: _.in(ids) })
      return (await asked.count()).total
    },
  ],
  [
    'a choice of three hundred _ids',
    100,
    (api) => found(things(api).where(api.command.or(Array.from({ length: 300 }, (_, i) => ({ _id: `row-${i}` }))))),
  ],
  [
    'a choice of _ids beside another condition',
    1,
    (api) => found(things(api).where(api.command.and(api.command.or(ids.map((_id) => ({ _id }))), { at: 7 }))),
  ],
  [
    'the first of a range of _ids',
    1,
    (api) =>
      found(
        things(api)
          .where({ _id: api.command.gt('row-39') })
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
    (api) => found(things(api).where({ mobile: api.command.in(Array.from({ length: 100 }, (_, i) => `1${i}`)) })),
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
          api.command.or(Array.from({ length: 200 }, (_, i) => ({ at: i, scene: `scene-${i < 100 ? i % 4 : 9}` }))),
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

describe('among a hundred times as many rows it costs about the same to ask for', () => {
  it.each(SHAPES)('%s', async (_, rows, ask) => {
    const times = new Map([...sizes.keys()].map((size) => [size, [] as number[]]))
    for (let run = 0; run < RUNS; run++) {
      for (const [size, { api }] of sizes) {
        const start = performance.now()
        expect(await ask(api)).toBe(rows)
        times.get(size)?.push(performance.now() - start)
      }
    }
    const fastest = (size: number) => Math.min(...(times.get(size) ?? []))
    expect(fastest(MANY) / Math.max(fastest(FEW), 0.05)).toBeLessThan(MAX_RATIO)
  })
})
