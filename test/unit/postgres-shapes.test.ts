import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { command } from '../../host/database/command'
import type { Page } from '../../host/database/driver'
import type { Condition } from '../../host/database/filter'
import { parseFilter } from '../../host/database/filter'
import { parseIndex } from '../../host/database/indexes'
import { parseOrder } from '../../host/database/order'
import { Parameters } from '../../host/database/postgres/parameters'
import { Shapes } from '../../host/database/postgres/shapes'
import { fillFind, fillSource, type Searched, toFind, toSource } from '../../host/database/postgres/source'
import { query } from '../fixtures/database/arbitraries'

const INDEXES = [[], ['a'], ['b', 'a'], ['a.b']].map((names) =>
  names.map((name) => toIndex([name])).concat(names.length > 1 ? toIndex(names) : []),
)

function toIndex(names: string[]) {
  return parseIndex({
    IndexName: names.join('_'),
    MgoKeySchema: { MgoIndexKeys: names.map((Name) => ({ Name, Direction: '1' })) },
  })
}

const parse = (asked: unknown) => parseFilter(asked, () => 0)

/** Few fields and few kinds of values, so that many are alike; among them all that SQL is written differently for. */
const single = fc.oneof(
  fc.constantFrom<unknown>('', 'x', "y'", 'a\0', '\ud800', '😀'.repeat(150), 'z'.repeat(700)),
  fc.constantFrom<unknown>(0, -0, 1, -1, 0.5, -1.5, 2 ** 53, 1e300, 5e-324),
  fc.constantFrom<unknown>(null, true, false, new Date(0), new Date(8.64e15), [], ['x'], { c: 1 }, /x/),
)
const comparison = fc.oneof(
  fc
    .tuple(fc.constantFrom('eq', 'neq', 'gt', 'gte', 'lt', 'lte'), single)
    .map(([name, value]) => (value instanceof RegExp ? value : command[name](value))),
  fc.tuple(fc.constantFrom('in', 'nin'), fc.array(single, { maxLength: 2 })).map(([name, list]) => command[name](list)),
  fc.boolean().map((exists) => command.exists(exists)),
)
const fields = fc
  .tuple(fc.constantFrom('_id', 'a', 'b', 'a.b', 'a.0'), comparison)
  .map(([name, one]) => parse({ [name]: one }))
const condition: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: fc.array(fields, { maxLength: 3 }).map((of): Condition => ({ kind: 'and', of })) },
  { weight: 1, arbitrary: fields },
  { weight: 1, arbitrary: fc.array(fields, { maxLength: 2 }).map((of): Condition => ({ kind: 'or', of })) },
  { weight: 1, arbitrary: query.map((build) => parse(build(command))) },
)

/** Of the same fields, so that they differ in operators and values alone, and others. */
const conditions: fc.Arbitrary<Condition[]> = fc.oneof(
  fc.array(fc.constantFrom('_id', 'a', 'b', 'a.b'), { minLength: 1, maxLength: 2 }).chain((names) => {
    const alike = fc.tuple(...names.map((name) => comparison.map((one) => parse({ [name]: one }))))
    return fc.array(
      alike.map((of): Condition => ({ kind: 'and', of })),
      { minLength: 2, maxLength: 8 },
    )
  }),
  fc.array(condition, { minLength: 1, maxLength: 4 }),
)

const order = fc.tuple(fc.constantFrom('_id', 'a', 'b'), fc.constantFrom('asc', 'desc'))
const page: fc.Arbitrary<Page> = fc.record({
  orders: fc.array(
    order.map(([name, direction]) => parseOrder(name, direction)),
    { maxLength: 2 },
  ),
  skip: fc.constantFrom(0, 2),
  limit: fc.constantFrom(1, 20, Infinity),
})
const searched: fc.Arbitrary<Searched> = fc.record({
  sqlName: fc.constantFrom('"s"."one"', '"s"."two"'),
  maxRows: fc.constantFrom(Infinity, 100),
  indexes: fc.constantFrom(...INDEXES),
})

describe('SQL that is kept by the shape of its condition', () => {
  it('is, with its values, what would be written for the condition itself', () => {
    fc.assert(
      fc.property(
        conditions,
        fc.array(fc.tuple(page, fc.boolean()), { minLength: 1, maxLength: 3 }),
        fc.array(searched, { minLength: 1, maxLength: 2 }),
        (asked, pages, places) => {
          const shapes = new Shapes()
          const cross = asked.flatMap((one) => pages.map(([its, isWalk]) => ({ one, its, isWalk })))
          for (const { one, its, isWalk } of [...cross, ...cross]) {
            for (const place of places) {
              const { parameters, ...found } = toFind(place, one, its, isWalk)
              expect(fillFind(shapes, place, one, its, isWalk)).toEqual({ ...found, values: parameters.values })
              const { parameters: own, ...source } = toSource(place, one)
              expect(fillSource(shapes, place, one)).toEqual({ ...source, values: own.values })
            }
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  const circumstances = { indexes: INDEXES[1]!, name: 'a name' }
  /** Answers how often SQL was written, and every value that it was written for. */
  function countWrites(shapes: Shapes, asked: readonly object[], given = circumstances) {
    const written: unknown[] = []
    const filled = asked.map((one) =>
      shapes.write(given, parse(one), (condition) => {
        const parameters = new Parameters()
        written.push(JSON.stringify(condition))
        const { sql } = toSource({ sqlName: 't', maxRows: Infinity, indexes: given.indexes }, condition)
        return { sql, parameters }
      }),
    )
    return { written, filled }
  }

  it('is written once for the values of a kind, and holds none of them', () => {
    const { written } = countWrites(new Shapes(), [
      { a: 'my secret' },
      { a: 'another' },
      { a: 7 },
      { a: 8 },
      { a: 7.5 },
    ])
    expect(written).toHaveLength(3)
    expect(written.join()).not.toContain('secret')
  })

  it('is written anew when the collection has other indexes', () => {
    const shapes = new Shapes()
    expect(countWrites(shapes, [{ a: 1 }]).written).toHaveLength(1)
    expect(countWrites(shapes, [{ a: 1 }], { ...circumstances, indexes: INDEXES[2]! }).written).toHaveLength(1)
  })

  it('is forgotten where there are too many shapes', () => {
    const shapes = new Shapes()
    const asked = Array.from({ length: 301 }, (_, at) => ({ [`a${at}`]: 1 }))
    expect(countWrites(shapes, asked).written).toHaveLength(301)
    expect(countWrites(shapes, [{ a0: 1 }]).written).toHaveLength(1)
  })

  it.each([
    ['of many tests', Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`a${at}`, 1]))],
    ['of long SQL', { [Array.from({ length: 40 }, () => 'long').join('.')]: 1 }],
  ])('is not kept for a condition %s', (_title, asked) => {
    const shapes = new Shapes()
    expect(countWrites(shapes, [asked]).written).toHaveLength(1)
    expect(countWrites(shapes, [asked]).written).toHaveLength(1)
  })

  it('is written for the condition itself where a value came into it from elsewhere', () => {
    const shapes = new Shapes()
    const values = ['one', 'two'].map((value) => {
      return shapes.write(circumstances, parse({ a: value }), (condition) => {
        const parameters = new Parameters()
        return { sql: parameters.bind(JSON.stringify(condition)), parameters }
      }).values
    })
    expect(values.join()).toContain('"one"')
    expect(values.join()).toContain('"two"')
  })
})
