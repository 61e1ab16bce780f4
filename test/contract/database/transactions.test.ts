import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { DRIVERS, openOn } from '../../fixtures/database/open'

const code = (errCode: string) => expect.objectContaining({ errCode }) as unknown

describe.each(DRIVERS)('a transaction on %s', (driver) => {
  it('answers one document or null, sees its own writes and shows them to others at commit', async () => {
    const written: string[] = []
    const { api: db } = await openOn(driver, { onWrite: (name) => written.push(name), randomId: () => 'made' })
    const start = await db.startTransaction()
    const a = start.collection('accounts').doc('a')
    expect(await a.get()).toEqual({ data: null })
    expect(await a.update({ n: 1 })).toEqual({ updated: 0, affectedDocs: 0 })
    expect(await a.set({ n: 1, at: new Date(5) })).toEqual({ updated: 0, affectedDocs: 1, upsertedId: 'a' })
    await Promise.all([a.update({ n: db.command.inc(1) }), a.update({ n: db.command.inc(1) })])
    expect(await a.get()).toEqual({ data: { _id: 'a', n: 3, at: new Date(5) } })
    expect(await start.collection('log').add({ n: 1 })).toEqual({ id: 'made', inserted: 1 })
    await expect(start.collection('log').add({ _id: 'made' })).rejects.toEqual(code('database-duplicate-key'))
    expect([written, (await db.collection('accounts').count()).total]).toEqual([[], 0])
    await start.commit()
    expect(written).toEqual(['accounts', 'log'])
    expect((await db.collection('accounts').get()).data).toEqual([{ _id: 'a', n: 3, at: new Date(5) }])
    await db.runTransaction((t) => t.collection('accounts').doc('a').remove())
    expect((await db.collection('accounts').count()).total).toBe(0)
  })

  it('keeps the sum of concurrent transfers, and counts every one of them', async () => {
    const { api: db } = await openOn(driver)
    const account = fc.integer({ min: 0, max: 2 })
    const transfers = fc.array(fc.record({ from: account, to: account, n: fc.integer({ min: 1, max: 9 }) }), {
      minLength: 2,
      maxLength: 6,
    })
    const check = async (moves: { from: number; to: number; n: number }[]) => {
      const accounts = db.collection('accounts')
      const expected = [100, 100, 100]
      for (const [id, n] of expected.entries()) await accounts.doc(`${id}`).set({ n })
      for (const { from, to, n } of moves) {
        expected[from]! -= n
        expected[to]! += n
      }
      const move = ({ from, to, n }: (typeof moves)[number]) =>
        db.runTransaction(async (t) => {
          const read = async (id: number) => (await t.collection('accounts').doc(`${id}`).get()).data!['n'] as number
          await t
            .collection('accounts')
            .doc(`${from}`)
            .set({ n: (await read(from)) - n })
          await t
            .collection('accounts')
            .doc(`${to}`)
            .set({ n: (await read(to)) + n })
        }, 100)
      await Promise.all(moves.map(move))
      expect((await accounts.orderBy('_id').get()).data.map(({ n }) => n)).toEqual(expected)
    }
    await fc.assert(fc.asyncProperty(transfers, check), { numRuns: 8 })
  })

  it('does not commit by what another one has changed, even where it only read it', async () => {
    const { api: db } = await openOn(driver)
    for (const id of ['a', 'b']) await db.collection('doctors').add({ _id: id, isOnCall: true })
    const [one, two] = [await db.startTransaction(), await db.startTransaction()]
    for (const t of [one, two]) for (const id of ['a', 'b']) await t.collection('doctors').doc(id).get()
    await one.collection('doctors').doc('a').update({ isOnCall: false })
    await two.collection('doctors').doc('b').update({ isOnCall: false })
    const outcomes = await Promise.allSettled([one.commit(), two.commit()])
    const reasons = outcomes.filter((each) => each.status === 'rejected').map(({ reason }) => reason as unknown)
    expect(reasons).toEqual([code('database-conflict')])
    expect((await db.collection('doctors').where({ isOnCall: true }).count()).total).toBe(1)
  })

  it('runs again after a conflict, exactly as often as was asked', async () => {
    const { api: db } = await openOn(driver)
    let runs = 0
    const lose = async (t: Parameters<Parameters<typeof db.runTransaction>[0]>[0]) => {
      await t.collection('accounts').doc('a').set({ mine: true })
      await db.collection('accounts').doc('a').set({ n: ++runs })
    }
    await expect(db.runTransaction(lose)).rejects.toEqual(code('database-conflict'))
    expect(runs).toBe(3)
    await expect(db.runTransaction(lose, 1)).rejects.toEqual(code('database-conflict'))
    expect(runs).toBe(4)
    expect(await db.runTransaction(async (t) => (++runs < 6 ? (runs--, await lose(t)) : 'won'), 5)).toBe('won')
    expect(runs).toBe(6)
    expect((await db.collection('accounts').doc('a').get()).data).toEqual([{ _id: 'a', n: 5 }])
    await expect(db.runTransaction(lose, 0)).rejects.toEqual(code('database-invalid-argument'))
    expect(runs).toBe(6)
  })

  it('leaves nothing of what was rolled back, and rejects with the value or the error', async () => {
    const { api: db } = await openOn(driver)
    const failed = new Error('of the callback')
    let runs = 0
    const run = (end: (rollback: (value: unknown) => Promise<void>) => unknown) =>
      db.runTransaction(async (t) => {
        runs++
        await t.collection('accounts').add({ n: 1 })
        return end((value) => t.rollback(value))
      })
    await expect(run((rollback) => rollback(-100))).rejects.toBe(-100)
    await expect(run(() => Promise.reject(failed))).rejects.toBe(failed)
    await expect(run((rollback) => rollback(-1).then(() => Promise.reject(failed)))).rejects.toBe(-1)
    expect([runs, (await db.collection('accounts').count()).total]).toEqual([3, 0])
  })

  it('is rolled back whole by a unique index, and may move a value from one document to another', async () => {
    const { api: db, ensureIndexes } = await openOn(driver)
    const unique = { MgoIsUnique: true, MgoIndexKeys: [{ Name: 'name', Direction: '1' }] }
    await ensureIndexes('users', [{ IndexName: 'name', MgoKeySchema: unique }])
    await db.collection('users').add({ _id: 'a', name: 'x' })
    const t = await db.startTransaction()
    await t.collection('log').doc('l').set({ n: 1 })
    await t.collection('users').doc('b').set({ name: 'x' })
    await expect(t.commit()).rejects.toEqual(code('database-duplicate-key'))
    await t.rollback()
    expect([(await db.collection('log').count()).total, (await db.collection('users').count()).total]).toEqual([0, 1])
    await db.runTransaction(async (again) => {
      await again.collection('users').doc('b').set({ name: 'x' })
      await again.collection('users').doc('a').remove()
    })
    expect((await db.collection('users').get()).data).toEqual([{ _id: 'b', name: 'x' }])
  })

  it('frees a value of a unique index for another document, however often the one that held it is written after', async () => {
    const { api: db, ensureIndexes } = await openOn(driver)
    const unique = { MgoIsUnique: true, MgoIndexKeys: [{ Name: 'name', Direction: '1' }] }
    await ensureIndexes('users', [{ IndexName: 'name', MgoKeySchema: unique }])
    const users = db.collection('users')
    const all = async () => (await users.orderBy('_id').get()).data
    await users.add({ _id: 'a', name: 'x' })
    await db.runTransaction(async (t) => {
      const [a, b] = [t.collection('users').doc('a'), t.collection('users').doc('b')]
      await a.update({ name: 'z' })
      await b.set({ name: 'x' })
      await a.update({ n: 1 })
    })
    expect(await all()).toEqual([
      { _id: 'a', name: 'z', n: 1 },
      { _id: 'b', name: 'x' },
    ])
    await db.runTransaction(async (t) => {
      const [a, b] = [t.collection('users').doc('a'), t.collection('users').doc('b')]
      await a.remove()
      await b.set({ name: 'z' })
      await a.set({ name: 'x' })
    })
    expect(await all()).toEqual([
      { _id: 'a', name: 'x' },
      { _id: 'b', name: 'z' },
    ])
    // A new one that makes way for another, and one that comes and goes.
    await db.runTransaction(async (t) => {
      const [c, d, e] = [t.collection('users').doc('c'), t.collection('users').doc('d'), t.collection('users').doc('e')]
      await c.set({ name: 'w' })
      await e.set({ name: 'v' })
      await c.update({ name: 'u' })
      await d.set({ name: 'w' })
      await e.remove()
      await c.update({ name: 'v' })
    })
    expect((await all()).slice(2)).toEqual([
      { _id: 'c', name: 'v' },
      { _id: 'd', name: 'w' },
    ])
  })

  it('says what is wrong when it is used after its end, for too long, for too much or by where()', async () => {
    let nowMs = 0
    const { api: db } = await openOn(driver, { now: () => nowMs })
    const t = await db.startTransaction()
    const some = t.collection('some')
    const member = (name: string, target: object = some) => (target as Record<string, () => void>)[name]!
    expect(() => member('where')()).toThrow(/does not offer transaction\.collection\(\)\.where/)
    expect(() => member('get')()).toThrow(code('database-unsupported') as Error)
    await db.runTransaction((given) => {
      expect(() => member('commit', given)()).toThrow(/does not offer transaction\.commit/)
    })
    await expect(some.add([{ n: 1 }])).rejects.toEqual(code('database-invalid-argument'))
    await expect(some.doc('a').set({ _id: 'b' })).rejects.toEqual(code('database-invalid-argument'))
    await some.doc('a').set({ n: 1 })
    await t.commit()
    const ended = code('database-transaction-ended')
    const uses = [() => some.doc('a').get(), () => some.add({}), () => t.commit(), () => t.rollback()]
    for (const use of uses) await expect(use()).rejects.toEqual(ended)

    const old = await db.startTransaction()
    nowMs = 10_000
    await old.collection('some').doc('b').set({ n: 1 })
    nowMs = 10_001
    await expect(old.commit()).rejects.toEqual(ended)
    await old.rollback()

    const large = await db.startTransaction()
    for (let id = 0; id < 500; id++) await large.collection('some').doc(`d${id}`).get()
    await expect(large.collection('some').doc('more').get()).rejects.toEqual(code('database-invalid-argument'))
    await large.rollback()

    const long = await db.startTransaction()
    const turn = (n: number) =>
      long
        .collection('some')
        .doc(n % 2 === 0 ? 'c' : 'd')
        .set({ n })
    for (let n = 0; n < 2000; n++) await turn(n)
    await turn(1999)
    await expect(turn(2000)).rejects.toEqual(code('database-invalid-argument'))
    await long.rollback()
    expect((await db.collection('some').get()).data).toEqual([{ _id: 'a', n: 1 }])
  })
})
