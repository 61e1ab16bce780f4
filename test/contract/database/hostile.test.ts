import { beforeEach, describe, expect, it } from 'vitest'
import type { Collection, Database } from '../../../host/database/index'
import { DRIVERS, openOn } from '../../fixtures/database/open'

describe.each(DRIVERS)('on %s', (driver) => {
  let db: Database
  let codes: Collection

  beforeEach(async () => {
    db = (await openOn(driver)).api
    codes = db.collection('codes')
    await codes.add([
      { _id: 'one', code: 'x7k2', state: 0 },
      { _id: 'two', code: 'q9', state: 0 },
    ])
  })

  const OPERATOR_LOOKALIKES = [
    { $ne: 'x' },
    { $gt: '' },
    { $exists: true },
    { $in: ['x7k2'] },
    { $regex: '.*' },
    { operator: 'neq', operands: ['x'] },
    { spec: { kind: 'comparison', operator: '$ne', operand: 'x' } },
    { _internalType: 'query', operator: 'neq', operands: ['x'], fieldName: 'code' },
    JSON.parse('{"__proto__": {"spec": {"kind": "comparison", "operator": "$ne", "operand": "x"}}}') as object,
    ['x7k2', { $ne: 1 }],
  ]

  describe('an object that came from outside', () => {
    it.each(OPERATOR_LOOKALIKES.map((value) => [JSON.stringify(value), value]))(
      '%s is never an operator',
      async (_text, value) => {
        const asValue = () => codes.where({ _id: 'one', code: value }).update({ state: 1 })
        const asOperand = () => codes.where({ _id: 'one', code: db.command.eq(value) }).update({ state: 1 })
        for (const attempt of [asValue, asOperand]) {
          // Either the call is refused or nothing matches, but a document is never reached.
          const updated = await Promise.resolve()
            .then(attempt)
            .then(
              (reply) => reply.updated,
              () => 0,
            )
          expect(updated).toBe(0)
        }
        expect((await codes.where({ state: 0 }).count()).total).toBe(2)
      },
    )

    it('is refused as an operator with a sentence that says how operators are written', () => {
      expect(() => codes.where({ code: { $ne: 'x' } })).toThrow(/operators are written with db\.command/)
      expect(() => codes.where({ $or: [{}] })).toThrow(/operators are written with db\.command/)
    })

    it('cannot become part of a stored document when its keys are ambiguous', async () => {
      const ambiguous = [
        '{"$set": 1}',
        '{"a.b": 1}',
        '{"__proto__": 1}',
        '{"constructor": 1}',
        '{"": 1}',
        '{"a\\u0000": 1}',
      ]
      for (const text of ambiguous) {
        const value: unknown = JSON.parse(text)
        await expect(codes.add({ value })).rejects.toThrow(/cannot be a stored key/)
        await expect(codes.doc('one').update({ value: db.command.set(value) })).rejects.toThrow(
          /cannot be a stored key/,
        )
      }
    })
  })

  describe('a missing value', () => {
    it('beside an operator is an error in a query and never matches everything', async () => {
      const { eq, in: isIn, neq, gt, or } = db.command
      for (const query of [{ code: eq(undefined) }, { code: neq(undefined) }]) {
        expect(() => codes.where(query)).toThrow(/undefined/)
      }
      expect(() => codes.where({ code: isIn([undefined]) })).toThrow(/undefined/)
      expect(() => codes.where({ code: gt(undefined) })).toThrow(/undefined/)
      expect(() => codes.where({ code: isIn(undefined) })).toThrow(/array/)
      expect(() => or()).toThrow(/at least one/)
      for (const query of [undefined, null, 'code', 5, [], [{ code: 'x' }], new Date()])
        expect(() => codes.where(query)).toThrow(/where\(\) takes/)
    })

    it('stops updates and removals that name no condition', async () => {
      for (const query of [codes, codes.where({}), codes.where({}).where({})]) {
        await expect(query.remove()).rejects.toThrow(/needs where\(\) with a condition/)
        await expect(query.update({ state: 1 })).rejects.toThrow(/needs where\(\) with a condition/)
      }
      await expect(codes.where({ state: 0 }).limit(1).remove()).rejects.toThrow(/limit/)
      expect((await codes.where({ state: 0 }).count()).total).toBe(2)
      for (const id of [undefined, null, '', 5, {}, 'a\0b', '\ud800'])
        expect(() => codes.doc(id as string)).toThrow(/the id given to doc/)
    })
  })

  describe('names', () => {
    const hostile = [
      "a'b",
      'a"b',
      'a`b',
      'a b',
      'a;b',
      'a\\b',
      'a\0b',
      '$a',
      '',
      '.',
      'a.',
      '.a',
      'a..b',
      '__proto__',
      'a.__proto__',
      'constructor.name',
      'a[0]',
      'x'.repeat(65),
      `a') OR 1=1 --`,
    ]

    it.each(hostile)('%j is not a field name anywhere', async (name) => {
      const refusal = /is not a field name/
      expect(() => codes.where({ [name]: 1 })).toThrow(refusal)
      expect(() => codes.orderBy(name)).toThrow(refusal)
      expect(() => codes.field({ [name]: true })).toThrow(refusal)
      expect(() => codes.field([name])).toThrow(refusal)
      await expect(codes.doc('one').update({ [name]: 1 })).rejects.toThrow(refusal)
      await expect(codes.doc('one').update({ code: db.command.rename(name) })).rejects.toThrow(refusal)
      await expect(codes.add({ [name]: 1 })).rejects.toThrow(/field name|cannot be a stored/)
    })

    it.each([
      '',
      'a b',
      'a"; DROP TABLE codes; --',
      'sqlite_schema',
      'SQLITE_x',
      'libsql_x',
      'a.b',
      'x'.repeat(65),
      5,
      null,
      '__pro to__',
    ])('%j is not a collection', (name) => {
      expect(() => db.collection(name as string)).toThrow(/a collection name is/)
    })

    it('of collections that SQL could take for something else are collections like any other', async () => {
      for (const name of ['select', 'table', 'a-b', '1', 't', 'c', '__proto__', 'constructor']) {
        await db.collection(name).add({ _id: 'x', name })
        expect((await db.collection(name).where({ name }).get()).data).toEqual([{ _id: 'x', name }])
      }
      await expect(db.collection('Codes').add({})).rejects.toThrow(/only in case/)
      expect((await db.collection('Codes').count()).total).toBe(0)
    })

    it('may be Chinese, and stored keys below the top may be anything unambiguous', async () => {
      await codes.doc('one').update({ 姓名: '张三', map: db.command.set({ 'user@example': { 'a b': 1 } }) })
      expect((await codes.where({ 姓名: '张三' }).field({ map: true }).get()).data).toEqual([
        { _id: 'one', map: { 'user@example': { 'a b': 1 } } },
      ])
    })
  })

  describe('values', () => {
    it.each(["' OR '1'='1", '"; DROP TABLE codes; --', '%', '*', '\\', '☃\u{1f600}', '?1', '\u2028'])(
      '%j is stored and found as it is',
      async (text) => {
        await codes.doc(text).set({ text })
        expect((await codes.where({ text }).get()).data).toEqual([{ _id: text, text }])
        expect((await codes.where({ text: db.command.in([text]) }).count()).total).toBe(1)
        expect((await codes.doc(text).update({ text: `${text}!` })).updated).toBe(1)
        expect((await codes.where({ _id: text, text: `${text}!` }).remove()).deleted).toBe(1)
        expect((await codes.count()).total).toBe(2)
      },
    )

    it('that JSON cannot hold are refused by name and type, without the value', async () => {
      const cyclic: Record<string, unknown> = {}
      cyclic.self = cyclic
      const refused = [
        NaN,
        Infinity,
        -Infinity,
        5n,
        () => 1,
        Symbol('s'),
        new Map(),
        Buffer.from('secret'),
        /re/,
        new Date(NaN),
        cyclic,
        'a\0b',
        db.command.inc(1),
      ]
      for (const value of refused) {
        const error: unknown = await codes.add({ field: [value] }).catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ errCode: 'database-invalid-argument' })
        expect(String(error)).not.toContain('secret')
      }
      await expect(codes.add({ big: 'x'.repeat(17 * 1024 * 1024) })).rejects.toThrow(/16 MB/)
      await expect(codes.add({ _id: 5 })).rejects.toThrow(/_id/)
      expect((await codes.count()).total).toBe(2)
    })

    it('cannot grow a document beyond 16 MB by updates either', async () => {
      const half = 'x'.repeat(9 * 1024 * 1024)
      await codes.doc('big').set({ half })
      await expect(codes.doc('big').update({ other: half })).rejects.toThrow(/16 MB/)
      await codes.doc('full').set({ text: 'x'.repeat(16 * 1024 * 1024 - 100) })
      await expect(codes.doc('full').update({ more: 'y'.repeat(100) })).rejects.toThrow(/16 MB/)
    })

    it('with NUL or half a character in a query match nothing, not their beginning', async () => {
      for (const code of ['x7k2\0', 'x7k2\0y', '\ud800']) {
        expect((await codes.where({ code }).count()).total).toBe(0)
        expect((await codes.where({ _id: 'one', code }).update({ state: 1 })).updated).toBe(0)
      }
      expect((await codes.where({ _id: 'one\0' }).count()).total).toBe(0)
    })

    it('of the _id never change', async () => {
      await expect(codes.doc('one').update({ _id: 'three' })).rejects.toThrow(/_id cannot be changed/)
      await expect(codes.doc('one').update({ code: db.command.rename('_id') })).rejects.toThrow(/_id cannot be changed/)
      await expect(codes.doc('one').set({ _id: 'three' })).rejects.toThrow(/without _id/)
      await expect(codes.doc('one').update({ a: 1, 'a.b': 2 })).rejects.toThrow(/twice/)
    })
  })
})
