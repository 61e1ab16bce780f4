import fc from 'fast-check'
import { Query } from 'mingo'
import { describe, expect, it } from 'vitest'
import { command } from '../../../host/database/command'
import { parseFilter } from '../../../host/database/filter'
import { mongoQuery } from '../../../host/database/match'
import { documents, query } from '../../fixtures/database/arbitraries'
import { DRIVERS, openOn } from '../../fixtures/database/open'

describe.each(DRIVERS)('on %s', (driver) => {
  const paths = fc.constantFrom('a', 'b', 'c', 'a.b', '_id')
  const orders = fc.array(fc.tuple(paths, fc.constantFrom('asc', 'desc')), { minLength: 1, maxLength: 2 })

  const INDEXES = [['a'], ['b', 'a'], ['a.b'], ['c', 'b.c']].map((names) => ({
    IndexName: names.join('_'),
    MgoKeySchema: { MgoIndexKeys: names.map((Name) => ({ Name, Direction: '1' })) },
  }))

  describe.each([
    ['without indexes', []],
    ['with indexes', INDEXES],
  ])('%s', (_title, indexes) => {
    it('a query answers, counts, pages and removes exactly what it matches in memory', async () => {
      const { api, ensureIndexes } = await openOn(driver)
      const things = api.collection('things')
      await things.add({ _id: 'first' })
      await ensureIndexes('things', indexes)

      await fc.assert(
        fc.asyncProperty(documents, query, orders, async (given, build, sorting) => {
          await things.where({ _id: command.exists(true) }).remove()
          await things.add(given)
          const stored = (await things.get()).data
          const asked = build(command)
          const matcher = new Query(mongoQuery(parseFilter(asked, () => 0)))
          const expected = stored.filter((each) => matcher.test(each))

          const found = (await things.where(asked).get()).data
          // What an index finds comes as the index has it.
          const inOrder = indexes.length > 0 ? stored.filter((one) => found.some(({ _id }) => _id === one._id)) : found
          expect(inOrder).toEqual(expected)
          expect(found).toHaveLength(expected.length)
          expect((await things.where(asked).count()).total).toBe(expected.length)
          const page = (await things.where(asked).orderBy('_id').skip(1).limit(2).get()).data.map((each) => each._id)
          expect(page).toEqual(
            expected
              .map((each) => each._id)
              .sort()
              .slice(1, 3),
          )
          const sorted = sorting.reduce(
            (asking, [name, direction]) => asking.orderBy(name, direction),
            things.where(asked),
          )
          expect((await sorted.skip(1).limit(2).get()).data).toEqual((await sorted.get()).data.slice(1, 3))
          const some = expected.slice(0, 2).map(({ _id }) => ({ _id: _id as string }))
          const ids = some.map(({ _id }) => _id)
          for (const named of [{ _id: command.in(ids) }, command.or([...some, { _id: 'none' }])]) {
            expect((await things.where(command.and(named, asked)).count()).total).toBe(some.length)
          }
          for (const { _id } of stored) {
            const one = await things.where(command.and({ _id }, asked)).get()
            expect(one.data).toEqual(expected.filter((each) => each._id === _id))
          }
          expect((await things.where(asked).remove()).deleted).toBe(expected.length)
          const left = (await things.get()).data
          expect(left).toEqual(stored.filter((each) => !expected.includes(each)))
        }),
        { numRuns: driver === 'SQLite' ? 800 : 40 },
      )
    })
  })
})
