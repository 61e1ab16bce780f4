import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyChange } from '../../../host/database/apply'
import { parseChange } from '../../../host/database/change'
import { command } from '../../../host/database/command'
import type { Document } from '../../../host/database/index'
import { documents, update } from '../../fixtures/database/arbitraries'
import { DRIVERS, openOn } from '../../fixtures/database/open'

describe.each(DRIVERS)('on %s', (driver) => {
  type Outcome = { documents: Document[] } | { refused: string }

  describe('updates', () => {
    it('do the same in one SQL statement, over many rows, and in memory alone', async () => {
      const { api } = await openOn(driver)
      const things = api.collection('things')

      await fc.assert(
        fc.asyncProperty(documents, update, async (given, build) => {
          const rows = given.map((document, at) => ({ ...document, _id: `d${at}` }))
          const fill = async () => {
            await things.where({ _id: command.exists(true) }).remove()
            await things.add(rows)
            return (await things.orderBy('_id').get()).data
          }
          const outcome = async (run: () => Promise<unknown>): Promise<Outcome> => {
            const refused = await run().then(
              () => undefined,
              (error: Error) => error.message,
            )
            return refused === undefined ? { documents: (await things.orderBy('_id').get()).data } : { refused }
          }
          const change = build(command)

          const inMemory = await outcome(async () => {
            const steps = parseChange(change, () => 0)
            const changed = await fill()
            // One after the other: of two that are refused for different reasons the first one's is told.
            for (const document of changed) {
              applyChange(document, steps)
              const { _id, ...fields } = document
              await things.doc(_id as string).set(fields)
            }
          })
          await fill()
          const manyAtOnce = await outcome(() => things.where({ _id: command.exists(true) }).update(change))
          await fill()
          const oneByOne = await outcome(async () => {
            for (const { _id } of rows) await things.where({ _id }).update(change)
          })
          expect(manyAtOnce).toEqual(inMemory)
          expect(oneByOne).toEqual(inMemory)
        }),
        { numRuns: driver === 'SQLite' ? 500 : 25 },
      )
    })

    it('count as updates exactly when the document is different afterwards', async () => {
      const { api } = await openOn(driver)
      const things = api.collection('things')
      await fc.assert(
        fc.asyncProperty(documents, update, async ([given], build) => {
          await things.doc('x').set(given ?? {})
          const [before] = (await things.doc('x').get()).data
          const reply = await things
            .doc('x')
            .update(build(command))
            .catch(() => ({ updated: 0 }))
          const [after] = (await things.doc('x').get()).data
          expect(reply.updated).toBe(JSON.stringify(before) === JSON.stringify(after) ? 0 : 1)
        }),
        { numRuns: driver === 'SQLite' ? 500 : 25 },
      )
    })
  })
})
