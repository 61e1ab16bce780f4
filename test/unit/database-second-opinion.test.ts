import { Command as CloudbaseCommand } from '@cloudbase/database/dist/commonjs/command'
import { QuerySerializer } from '@cloudbase/database/dist/commonjs/serializer/query'
import { UpdateSerializer } from '@cloudbase/database/dist/commonjs/serializer/update'
import fc from 'fast-check'
import { Query } from 'mingo'
import { updateOne } from 'mingo/updater'
import { describe, expect, it } from 'vitest'
import { command } from '../../host/database/command'
import type { CommandApi } from '../../host/database/command'
import { documents, query, update } from '../fixtures/database/arbitraries'
import { openTemporary } from '../fixtures/database/open'

/** The same calls on uniCloud's own command object; the generators use only methods that both have. */
const theirs = CloudbaseCommand as unknown as CommandApi

describe('@cloudbase/database, as a second opinion', () => {
  it('means the same by a query', async () => {
    const { api } = openTemporary()
    const things = api.collection('things')
    await fc.assert(
      fc.asyncProperty(documents, query, async (given, build) => {
        await things.where({ _id: command.exists(true) }).remove()
        await things.add(given)
        const stored = (await things.get()).data
        const encoded = QuerySerializer.encode(build(theirs)) as Record<string, unknown>
        const theirQuery = new Query(convert(encoded) as Record<string, unknown>)
        const expected = stored.filter((each) => theirQuery.test(each)).map((each) => each._id)
        const found = (await things.where(build(command)).get()).data.map((each) => each._id)
        expect(found.sort()).toEqual(expected.sort())
      }),
      { numRuns: 500 },
    )
  })

  it('means the same by an update that is allowed', async () => {
    const { api } = openTemporary()
    const things = api.collection('things')
    await fc.assert(
      fc.asyncProperty(documents, update, async ([given = {}], build) => {
        await things.doc('x').set(given)
        const [before = {}] = (await things.doc('x').get()).data
        const refused = await things
          .doc('x')
          .update(build(command))
          .then(
            () => false,
            () => true,
          )
        fc.pre(!refused)
        const encoded = UpdateSerializer.encode(build(theirs)) as Parameters<typeof updateOne>[2]
        // MongoDB keeps duplicates that were there before an addToSet, and pulls exactly equal elements; mingo does not.
        fc.pre(!('$addToSet' in encoded) && !('$pull' in encoded))
        const expected = [structuredClone(before)]
        updateOne(expected, {}, encoded)
        expect(asJson((await things.doc('x').get()).data)).toEqual(asJson(expected))
      }),
      { numRuns: 500 },
    )
  })
})

/** JSON knows no -0. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** Their notation for regular expressions is EJSON's, which mingo does not read. */
function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const { $regularExpression: pattern } = value as { $regularExpression?: { pattern: string; options: string } }
  if (pattern) return new RegExp(pattern.pattern, pattern.options)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, convert(each)]))
}
