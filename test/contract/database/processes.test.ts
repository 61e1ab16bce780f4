import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Collection, HostDatabase } from '../../../host/database/index'
import { DRIVERS, postgresUrl, temporaryDirectory } from '../../fixtures/database/open'
import { openPlace } from '../../fixtures/database/place'
import { buildWorker, startWorker } from '../../fixtures/database/processes'

describe.each(DRIVERS)('on %s', (driver) => {
  let place: string
  let database: HostDatabase
  let things: Collection

  beforeEach(async () => {
    place = driver === 'SQLite' ? join(temporaryDirectory(), 'unicloud.db') : await postgresUrl()
    database = await openPlace(place)
    things = database.api.collection('things')
  })
  afterEach(() => database.close())

  /** Four processes that are all up before any of them begins; answers what each said. */
  async function fourProcesses(task: string): Promise<string[][]> {
    const script = buildWorker(temporaryDirectory())
    const workers = await Promise.all(['p0', 'p1', 'p2', 'p3'].map((name) => startWorker(script, task, place, name)))
    for (const worker of workers) worker.start()
    await Promise.all(workers.map((worker) => worker.ended))
    return workers.map((worker) => worker.lines)
  }

  describe('fifty callers who claim one row', () => {
    it('have one winner in one process', async () => {
      await things.add({ _id: 'row', state: 0 })
      const claims = Array.from({ length: 50 }, () => things.where({ _id: 'row', state: 0 }).update({ state: 1 }))
      const won = (await Promise.all(claims)).filter(({ updated }) => updated === 1)
      expect(won).toHaveLength(1)
    })

    it('have one winner when the claim goes by another field, or returns the row', async () => {
      const { inc } = database.api.command
      await things.add({ _id: 'row', ticket: 'abc', state: 0 })
      const query = { ticket: 'abc', state: 0 }
      const claims = Array.from({ length: 50 }, (_, at) =>
        at % 2 ? things.where(query).update({ state: inc(1) }) : things.where(query).updateAndReturn({ state: 1 }),
      )
      expect((await Promise.all(claims)).filter(({ updated }) => updated === 1)).toHaveLength(1)
      expect((await things.doc('row').get()).data[0]?.state).toBe(1)
    })
  })

  describe('four processes', () => {
    it('win each row exactly once', async () => {
      await things.add(Array.from({ length: 50 }, (_, at) => ({ _id: `row${at}`, state: 0 })))
      const won = await fourProcesses('claim')
      expect(won.flat().sort()).toEqual(Array.from({ length: 50 }, (_, at) => `row${at}`).sort())
      for (const { _id, winner } of (await things.get()).data) {
        expect(won[Number(String(winner).slice(1))]).toContain(_id)
      }
    })

    it('together never take more than there is', async () => {
      await things.add({ _id: 'seats', taken: 0 })
      const taken = (await fourProcesses('seats')).map(([count]) => Number(count))
      expect(taken.reduce((sum, count) => sum + count, 0)).toBe(100)
      expect((await things.doc('seats').get()).data).toEqual([{ _id: 'seats', taken: 100 }])
    })

    it('create a collection and each of its rows once', async () => {
      const created = (await fourProcesses('create')).map(([count]) => Number(count))
      expect(created.reduce((sum, count) => sum + count, 0)).toBe(50)
      expect((await things.count()).total).toBe(50)
    })

    it('set the same rows without ever colliding', async () => {
      const created = (await fourProcesses('set')).map(([count]) => Number(count))
      expect(created.reduce((sum, count) => sum + count, 0)).toBe(200)
      expect((await things.count()).total).toBe(200)
    })
  })

  describe('kill -9 in the middle of writing', () => {
    it('loses nothing that was acknowledged, round after round', async () => {
      const script = buildWorker(temporaryDirectory())
      await things.add({ _id: 'counter', n: 0 })
      const acknowledged: string[] = []
      for (let round = 0; round < 5; round++) {
        const worker = await startWorker(script, 'write', place, `round${round}`)
        worker.start()
        await worker.said(40 + round * 37)
        worker.kill()
        await worker.ended
        acknowledged.push(...worker.lines)

        const survivor = await openPlace(place)
        const rows = survivor.api.collection('things')
        for (const id of acknowledged) {
          expect((await rows.doc(id).field({ done: true }).get()).data).toEqual([{ _id: id, done: true }])
        }
        const [counter] = (await rows.doc('counter').get()).data
        // The last write may have been carried out without its acknowledgement having got out.
        expect(Number(counter?.n) - acknowledged.length).toBeGreaterThanOrEqual(0)
        expect(Number(counter?.n) - acknowledged.length).toBeLessThanOrEqual(round + 1)
        await survivor.close()
      }
      expect(acknowledged.length).toBeGreaterThan(500)
    })
  })
})
