import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { command } from '../../host/database/command'
import type { Document } from '../../host/database/index'
import { openTemporary } from '../fixtures/database/open'

/** Few values of all types, so that many are equal. Fractions and arrays are compared document by document. */
const value = fc.constantFrom<unknown>(1, 2, 0.5, 1.5, 'x', true, null, new Date(0), [1, 'x'], { b: 1 })
const documents = fc.array(fc.record({ a: fc.constantFrom<unknown>(1, 0.5, 'x', true, [1]), b: value }), {
  minLength: 8,
  maxLength: 24,
})
const compared = fc.constantFrom<unknown>(1, 1.4, 0.5, 'x', new Date(0))
const condition = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('gt', 'lte', 'neq'), compared).map(([name, than]) => command[name](than)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(compared, compared).map(([low, high]) => command.and(command.gte(low), command.lte(high))),
  },
  {
    weight: 1,
    arbitrary: fc.subarray<unknown>([1, 2, 'x', true, new Date(0)], { minLength: 1 }).map((list) => command.in(list)),
  },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(1, 0.5, 'x', true, null) },
)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(undefined), arbitrary)
const direction = fc.constantFrom('asc' as const, 'desc' as const)
const order = fc.tuple(fc.constantFrom('a', 'a', 'b'), direction)
const orders = fc.oneof(
  { weight: 4, arbitrary: order.map((one) => [one]) },
  { weight: 1, arbitrary: fc.uniqueArray(order, { maxLength: 2, selector: ([name]) => name }) },
)

const index = (...keys: [name: string, direction: '1' | '-1'][]) => ({
  IndexName: keys.flat().join('_'),
  MgoKeySchema: { MgoIndexKeys: keys.map(([Name, Direction]) => ({ Name, Direction })) },
})

describe.each([
  ['without an index', []],
  ['with an index of one key', [index(['a', '1'])]],
  ['with an index of two keys', [index(['a', '-1'], ['b', '1'])]],
  ['with an index of the id too', [index(['a', '1'], ['_id', '-1'])]],
])('%s', (_, indexes) => {
  it('pages one after the other are the whole result, each document once', async () => {
    const { api, within, ensureIndexes } = openTemporary()
    const rows = api.collection('rows')
    await rows.add({ _id: 'first' })
    await ensureIndexes('rows', indexes)
    const property = fc.asyncProperty(
      documents,
      maybe(condition),
      condition,
      orders,
      fc.integer({ min: 1, max: 4 }),
      check,
    )
    await fc.assert(property, { numRuns: 100 })

    async function check(given: object[], a: unknown, b: unknown, sorting: [string, 'asc' | 'desc'][], size: number) {
      await rows.where({ _id: command.exists(true) }).remove()
      await rows.add(given)
      const total = (await rows.where({ a, b }).count()).total
      for (const source of [api, within(30)]) {
        const query = sorting.reduce(
          (asked, order) => asked.orderBy(...order),
          source.collection('rows').where({ a, b }),
        )
        const whole = (await query.limit(1000).get()).data
        expect(whole).toHaveLength(total)
        const paged: Document[] = []
        for (let skip = 0; skip < total; skip += size) paged.push(...(await query.skip(skip).limit(size).get()).data)
        expect(paged.map(({ _id }) => _id)).toEqual(whole.map(({ _id }) => _id))
      }
    }
  })
})
