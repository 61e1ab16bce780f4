import { beforeEach, describe, expect, it } from 'vitest'
import type { Collection, Database } from '../../../host/database/index'
import { DRIVERS, openOn } from '../../fixtures/database/open'

describe.each(DRIVERS)('on %s', (driver) => {
  let db: Database
  let things: Collection

  beforeEach(async () => {
    db = (await openOn(driver)).api
    things = db.collection('things')
  })

  /** Updates `start` through every way there is, expects the same from each, and answers the document. */
  async function updated(start: object, change: object): Promise<Record<string, unknown>> {
    const ways: ((id: string) => Promise<unknown>)[] = [
      (id) => things.doc(id).update(change),
      (id) => things.where({ _id: id }).update(change),
      (id) => things.where({ mark: id }).update(change),
      (id) => things.doc(id).updateAndReturn(change),
    ]
    const results = []
    for (const [at, update] of ways.entries()) {
      const id = `way${at}`
      await things.doc(id).set({ ...start, mark: id })
      await update(id)
      const { _id, mark, ...rest } = (await things.doc(id).get()).data[0] ?? {}
      expect([_id, mark]).toEqual([id, id])
      results.push(rest)
    }
    const [first = {}, ...others] = results
    for (const other of others) expect(other).toEqual(first)
    return first
  }

  describe('fields', () => {
    it('are set, created and removed, and undefined changes nothing', async () => {
      const _ = db.command
      expect(await updated({ a: 1, b: 2 }, { a: 'x', c: null, b: undefined })).toEqual({ a: 'x', b: 2, c: null })
      expect(await updated({ a: 1, b: 2 }, { a: _.remove() })).toEqual({ b: 2 })
      expect(await updated({}, { on: new Date(5), list: [1, { at: new Date(6) }] })).toEqual({
        on: new Date(5),
        list: [1, { at: new Date(6) }],
      })
    })

    it('merge nested objects, unless set() replaces them', async () => {
      const _ = db.command
      expect(await updated({ a: { b: 1, c: 2 } }, { a: { b: 9 } })).toEqual({ a: { b: 9, c: 2 } })
      expect(await updated({ a: { b: 1, c: 2 } }, { a: _.set({ b: 9 }) })).toEqual({ a: { b: 9 } })
      expect(await updated({ a: { b: 1 } }, { 'a.d.e': 3, 'a.b': _.remove() })).toEqual({ a: { d: { e: 3 } } })
      expect(await updated({ a: { b: 1 } }, { a: {} })).toEqual({ a: { b: 1 } })
      expect(await updated({}, { a: { b: _.inc(2) } })).toEqual({ a: { b: 2 } })
    })

    it('reach into arrays by index', async () => {
      const _ = db.command
      expect(await updated({ list: [{ n: 1 }, { n: 2 }] }, { 'list.1.n': _.inc(5) })).toEqual({
        list: [{ n: 1 }, { n: 7 }],
      })
      expect(await updated({ list: [1] }, { 'list.2': 3 })).toEqual({ list: [1, null, 3] })
      expect(await updated({ list: [1, 2] }, { 'list.0': _.remove() })).toEqual({ list: [null, 2] })
    })

    it('are renamed', async () => {
      expect(await updated({ a: { b: 1 } }, { 'a.b': db.command.rename('c.d') })).toEqual({ a: {}, c: { d: 1 } })
      expect(await updated({ a: 1 }, { nothing: db.command.rename('b') })).toEqual({ a: 1 })
    })
  })

  describe('numbers', () => {
    it('grow, shrink and multiply, whole or not, and start at 0', async () => {
      const _ = db.command
      expect(await updated({ n: 1 }, { n: _.inc(2), m: _.inc(-1), k: _.mul(3) })).toEqual({ n: 3, m: -1, k: 0 })
      expect(await updated({ n: 0.1 }, { n: _.inc(0.2) })).toEqual({ n: 0.1 + 0.2 })
      expect(await updated({ n: 4 }, { n: _.mul(2.5) })).toEqual({ n: 10 })
      expect(await updated({ n: -9_814_250_968_153_661_000 }, { n: _.inc(1) })).toEqual({
        n: -9_814_250_968_153_661_000,
      })
      expect(await updated({ n: 1e21 }, { n: _.inc(1e20) })).toEqual({ n: 1.1e21 })
    })

    it('take the smaller or the larger value, also of dates', async () => {
      const _ = db.command
      expect(
        await updated({ a: 5, b: 5, c: new Date(5) }, { a: _.min(3), b: _.max(3), c: _.max(new Date(9)), d: _.min(1) }),
      ).toEqual({
        a: 3,
        b: 5,
        c: new Date(9),
        d: 1,
      })
    })

    it('are an error on anything that is not a number, and then nothing has changed', async () => {
      await things.doc('x').set({ n: 'text', m: 1 })
      for (const change of [
        { m: db.command.inc(1), n: db.command.inc(1) },
        { m: 2, n: db.command.mul(2) },
      ]) {
        await expect(things.doc('x').update(change)).rejects.toThrow(/inc|mul/)
      }
      expect((await things.get()).data).toEqual([{ _id: 'x', n: 'text', m: 1 }])
      await things.doc('y').set({ n: 1e308 })
      await expect(things.doc('y').update({ n: db.command.mul(10) })).rejects.toThrow(/Infinity/)
    })
  })

  describe('arrays', () => {
    it('take elements at either end, in order, cut to size', async () => {
      const _ = db.command
      expect(await updated({ a: [1] }, { a: _.push(2), b: _.push([3, 4]) })).toEqual({ a: [1, 2], b: [3, 4] })
      expect(await updated({ a: [2] }, { a: _.unshift([0, 1]) })).toEqual({ a: [0, 1, 2] })
      expect(await updated({ a: [5, 1] }, { a: _.push({ each: [3], sort: 1, slice: 2 }) })).toEqual({ a: [1, 3] })
      expect(await updated({ a: [1, 4] }, { a: _.push({ each: [2, 3], position: 1 }) })).toEqual({ a: [1, 2, 3, 4] })
      expect(await updated({ a: [{ n: 2 }] }, { a: _.push({ each: [{ n: 1 }], sort: { n: 1 }, slice: -1 }) })).toEqual({
        a: [{ n: 2 }],
      })
    })

    it('lose elements at either end, by value and by condition', async () => {
      const _ = db.command
      expect(await updated({ a: [1, 2, 3] }, { a: _.pop() })).toEqual({ a: [1, 2] })
      expect(await updated({ a: [1, 2, 3] }, { a: _.shift() })).toEqual({ a: [2, 3] })
      expect(await updated({ a: [1, 2, 1, '1'] }, { a: _.pull(1) })).toEqual({ a: [2, '1'] })
      expect(await updated({ a: [1, 5, 9] }, { a: _.pull(_.gt(4)) })).toEqual({ a: [1] })
      expect(await updated({ a: ['x', 'y', 'z'] }, { a: _.pullAll(['x', 'z']) })).toEqual({ a: ['y'] })
      expect(await updated({ a: ['x', 'y', 'z'] }, { a: _.pull(_.in(['x', 'z'])) })).toEqual({ a: ['y'] })
      expect(await updated({ a: [{ k: 1, v: 2 }, { k: 2 }, 1] }, { a: _.pull({ k: 1 }) })).toEqual({ a: [{ k: 2 }, 1] })
      expect(await updated({}, { a: _.pull(1), b: _.pop() })).toEqual({})
    })

    it('take what they do not hold yet', async () => {
      const _ = db.command
      expect(await updated({ a: [1, { b: 2 }] }, { a: _.addToSet({ b: 2 }), c: _.addToSet(1) })).toEqual({
        a: [1, { b: 2 }],
        c: [1],
      })
      expect(await updated({ a: [1] }, { a: _.addToSet({ $each: [1, 2, 2] }) })).toEqual({ a: [1, 2] })
      expect(await updated({ a: [1] }, { a: _.addToSet([1]) })).toEqual({ a: [1, [1]] })
    })

    it('are an error on anything that is not an array', async () => {
      await things.doc('x').set({ a: 'text' })
      const { push, pop, pull, addToSet } = db.command
      for (const command of [push(1), pop(), pull(1), addToSet(1)]) {
        await expect(things.doc('x').update({ a: command })).rejects.toThrow(/array/)
      }
    })
  })

  describe('what is answered', () => {
    it('counts the documents that are different now', async () => {
      await things.add([
        { _id: 'a', n: 1 },
        { _id: 'b', n: 1 },
        { _id: 'c', n: 2 },
      ])
      expect(await things.where({ n: 1 }).update({ m: 1 })).toEqual({ updated: 2, affectedDocs: 2 })
      expect(await things.where({ n: db.command.exists(true) }).update({ m: 1 })).toMatchObject({ updated: 1 })
      expect(await things.doc('a').update({ m: 1 })).toMatchObject({ updated: 0 })
      expect(await things.doc('a').update({ n: db.command.inc(0) })).toMatchObject({ updated: 0 })
      expect(await things.doc('absent').update({ m: 1 })).toMatchObject({ updated: 0 })
      expect(await things.where({ m: 1 }).remove()).toEqual({ deleted: 3, affectedDocs: 3 })
    })

    it('updateAndReturn changes one document, the first in order, and gives it as it is then', async () => {
      await things.add([
        { _id: 'a', n: 1 },
        { _id: 'b', n: 5 },
      ])
      const highest = things.where({ n: db.command.gt(0) }).orderBy('n', 'desc')
      expect(await highest.updateAndReturn({ n: db.command.inc(1) })).toEqual({ updated: 1, doc: { _id: 'b', n: 6 } })
      expect(await things.doc('a').updateAndReturn({ n: 1 })).toEqual({ updated: 1, doc: { _id: 'a', n: 1 } })
      expect(await things.doc('z').updateAndReturn({ n: 1 })).toEqual({ updated: 0, doc: null })
    })

    it('an object in the way of a field is an error, not a lost value', async () => {
      for (const value of ['text', 5, new Date(5), [1]]) {
        await things.doc('x').set({ a: value })
        await expect(things.doc('x').update({ 'a.b': 1 })).rejects.toThrow(/above it is not an object/)
        expect((await things.doc('x').update({ 'a.b': db.command.remove() })).updated).toBe(0)
        expect((await things.doc('x').get()).data).toEqual([{ _id: 'x', a: value }])
      }
    })
  })
})
