import { beforeEach, describe, expect, it } from 'vitest'
import type { Collection, Database } from '../../../host/database/index'
import { isDuplicateKey } from '../../../host/database/index'
import { DRIVERS, openOn } from '../../fixtures/database/open'

describe.each(DRIVERS)('on %s', (driver) => {
  let db: Database
  let things: Collection

  beforeEach(async () => {
    db = (await openOn(driver)).api
    things = db.collection('things')
  })

  describe('a collection that was never written', () => {
    it('answers as an empty one, and updates and removals do not create it', async () => {
      expect(await things.get()).toEqual({ affectedDocs: 0, data: [] })
      expect(await things.count()).toEqual({ total: 0, affectedDocs: 0 })
      expect(await things.where({ a: 1 }).update({ a: 2 })).toEqual({ updated: 0, affectedDocs: 0 })
      expect(await things.where({ a: 1 }).updateAndReturn({ a: 2 })).toEqual({ updated: 0, doc: null })
      expect(await things.where({ a: 1 }).remove()).toEqual({ deleted: 0, affectedDocs: 0 })
      expect(await things.doc('x').get()).toEqual({ affectedDocs: 0, data: [] })
    })
  })

  describe('adding', () => {
    it('answers the id of one document and the ids of several', async () => {
      const one = await things.add({ a: 1 })
      expect(one).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/) })
      const two = await things.add([{ _id: 'mine' }, {}])
      expect(two).toEqual({ ids: ['mine', expect.stringMatching(/^[0-9a-f]{24}$/)], inserted: 2 })
      expect(await things.count()).toMatchObject({ total: 3 })
    })

    it('gives back what was stored, dates included and undefined left out', async () => {
      const given = {
        text: '☃ "quoted" \u0001',
        on: new Date(5),
        deep: { list: [1, null, { at: new Date(6) }] },
        none: undefined,
      }
      await things.doc('x').set(given)
      const [stored] = (await things.doc('x').get()).data
      expect(stored).toEqual({ _id: 'x', text: given.text, on: given.on, deep: given.deep })
      expect(stored).not.toHaveProperty('none')
    })

    it('puts the server’s time where serverDate() stands', async () => {
      const { api } = await openOn(driver, { now: () => 5000 })
      await api.collection('things').add({ _id: 'x', at: api.serverDate(), later: api.serverDate({ offset: 10 }) })
      const { data } = await api.collection('things').get()
      expect(data).toEqual([{ _id: 'x', at: new Date(5000), later: new Date(5010) }])
    })

    it('refuses a second document with the same id, and all of a batch that holds one', async () => {
      await things.add({ _id: 'x', secret: 'first' })
      const error: unknown = await things
        .add([{ _id: 'y' }, { _id: 'x', secret: 'hunter2' }])
        .catch((thrown: unknown) => thrown)
      expect(isDuplicateKey(error)).toBe(true)
      expect(error).toMatchObject({
        errCode: 'database-duplicate-key',
        message: expect.stringMatching(/E11000 duplicate key/),
      })
      expect(String(error)).not.toContain('hunter2')
      expect((await things.get()).data).toEqual([{ _id: 'x', secret: 'first' }])
    })
  })

  describe('set', () => {
    it('creates, then replaces the whole document', async () => {
      expect(await things.doc('x').set({ a: 1, b: 2 })).toEqual({ updated: 0, affectedDocs: 1, upsertedId: 'x' })
      expect(await things.doc('x').set({ c: 3 })).toEqual({ updated: 1, affectedDocs: 1, upsertedId: null })
      expect((await things.get()).data).toEqual([{ _id: 'x', c: 3 }])
    })
  })

  describe('reading', () => {
    beforeEach(async () => {
      await things.add(
        Array.from({ length: 1100 }, (_, at) => ({
          _id: `t${String(at).padStart(4, '0')}`,
          at,
          odd: at % 2 === 1,
          list: [at],
        })),
      )
    })

    it('comes in the order of insertion where no other is asked for, indexes or not, page by page', async () => {
      const { api, ensureIndexes, within } = await openOn(driver)
      await api.collection('rows').add([
        { _id: 'c', n: 3, s: 'x' },
        { _id: 'a', n: 1, s: 'z' },
        { _id: 'b', n: 2, s: 'y' },
      ])
      const key = { MgoIndexKeys: [{ Name: 's', Direction: '1' }] }
      for (const indexes of [[], [{ IndexName: 's', MgoKeySchema: key }]]) {
        await ensureIndexes('rows', indexes)
        for (const from of [api, within(1000)]) {
          const rows = from.collection('rows')
          const ids = (found: { data: { _id?: unknown }[] }) => found.data.map(({ _id }) => _id)
          expect(ids(await rows.get())).toEqual(['c', 'a', 'b'])
          expect(ids(await rows.limit(2).get())).toEqual(['c', 'a'])
          expect(ids(await rows.skip(1).limit(2).get())).toEqual(['a', 'b'])
          expect(ids(await rows.where({ n: api.command.gt(0) }).get())).toEqual(['c', 'a', 'b'])
          expect(ids(await rows.where({ _id: api.command.in(['c', 'a', 'b']) }).get())).toEqual(['c', 'a', 'b'])
          expect(ids(await rows.aggregate().match({}).end())).toEqual(['c', 'a', 'b'])
        }
      }
      const first = await api
        .collection('rows')
        .where({ n: api.command.gt(0) })
        .updateAndReturn({ n: 4 })
      expect(first.doc).toMatchObject({ _id: 'c' })
    })

    it('looks at so much text at most for callers that are not trusted, counted once for each pattern', async () => {
      const { api, within } = await openOn(driver)
      // A hundredth of what a statement may look at, in each of twenty documents.
      await api.collection('texts').add(Array.from({ length: 20 }, () => ({ text: 'x'.repeat(1_000_000) })))
      const search = (patterns: number) => {
        const tests = Array.from({ length: patterns }, (_, i) => ({ text: new RegExp(`y${i}`) }))
        return (from: Pick<Database, 'collection'>) => from.collection('texts').where(api.command.or(tests)).get()
      }
      expect((await search(4)(within(1000))).data).toEqual([])
      expect((await search(8)(api)).data).toEqual([])
      await expect(search(8)(within(1000))).rejects.toMatchObject({ errCode: 'database-too-many-rows' })
      const all = within(1000).collection('texts')
      expect((await all.get()).data).toHaveLength(20)
      await api.collection('texts').add(Array.from({ length: 90 }, () => ({ text: 'x'.repeat(1_000_000) })))
      await expect(all.aggregate().match({}).end()).rejects.toMatchObject({ errCode: 'database-too-many-rows' })
    })

    it('gives 100 documents unless told, and never more than 1000', async () => {
      expect((await things.get()).affectedDocs).toBe(100)
      expect((await things.limit(5000).get()).data).toHaveLength(1000)
      expect((await things.limit(3).get()).data.map((each) => each.at)).toEqual([0, 1, 2])
    })

    it('skips and limits after matching, whether SQL or memory decides', async () => {
      const _ = db.command
      const sql = await things.where({ odd: true }).skip(10).limit(2).get()
      expect(sql.data.map((each) => each.at)).toEqual([21, 23])
      const arrays = await things
        .where({ list: _.gte(1000) })
        .skip(50)
        .limit(2)
        .get()
      expect(arrays.data.map((each) => each.at)).toEqual([1050, 1051])
      const pattern = await things.where({ _id: /9$/ }).orderBy('at', 'desc').skip(1).limit(2).get()
      expect(pattern.data.map((each) => each.at)).toEqual([1089, 1079])
    })

    it('counts every match', async () => {
      expect(await things.count()).toMatchObject({ total: 1100 })
      expect(await things.where({ odd: true }).count()).toMatchObject({ total: 550 })
      expect(await things.where({ list: db.command.lt(7) }).count()).toMatchObject({ total: 7 })
    })

    it('gives the fields that were asked for', async () => {
      await things.doc('x').set({ a: 1, b: { c: 2, d: 3 }, list: [{ e: 1, f: 2 }, 5] })
      const shape = async (fields: unknown) => (await things.doc('x').field(fields).get()).data[0]
      expect(await shape({ a: true })).toEqual({ _id: 'x', a: 1 })
      expect(await shape(['a', 'b.c'])).toEqual({ _id: 'x', a: 1, b: { c: 2 } })
      expect(await shape({ 'list.e': 1, _id: false })).toEqual({ list: [{ e: 1 }] })
      expect(await shape({ b: false, list: 0 })).toEqual({ _id: 'x', a: 1 })
      expect(await shape({ 'b.c': false, list: false })).toEqual({ _id: 'x', a: 1, b: { d: 3 } })
      expect(await shape({ _id: true })).toEqual({ _id: 'x' })
      expect((await things.where({ at: 7 }).field({ at: true }).get()).data).toEqual([{ _id: 't0007', at: 7 }])
      expect(() => things.field({ a: true, b: false })).toThrow(/not both/)
    })
  })

  describe('sorting', () => {
    it('orders types as MongoDB does and keeps the order of insertion among equals', async () => {
      const values = [true, 'b', 3, null, { z: 1 }, new Date(5), 'a', -1.5, false, new Date(4), 10]
      await things.add([...values.map((value, at) => ({ _id: `v${at}`, value })), { _id: 'missing' }])
      const sorted = (await things.orderBy('value', 'asc').get()).data.map((each) => each.value)
      expect(sorted).toEqual([null, undefined, -1.5, 3, 10, 'a', 'b', { z: 1 }, false, true, new Date(4), new Date(5)])
      const reversed = (await things.orderBy('value', 'desc').limit(2).get()).data.map((each) => each.value)
      expect(reversed).toEqual([new Date(5), new Date(4)])
    })

    it('goes by several fields, dotted ones too', async () => {
      await things.add([
        { _id: 'a', n: { x: 1 }, y: 2 },
        { _id: 'b', n: { x: 2 }, y: 1 },
        { _id: 'c', n: { x: 1 }, y: 3 },
      ])
      const { data } = await things.orderBy('n.x', 'asc').orderBy('y', 'desc').get()
      expect(data.map((each) => each._id)).toEqual(['c', 'a', 'b'])
    })
  })
})
