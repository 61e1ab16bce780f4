import vm from 'node:vm'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MAX_DOCUMENTS, MAX_JOINED } from '../../../host/database/aggregate'
import { DRIVERS, openOn } from '../../fixtures/database/open'

describe.each(DRIVERS)('on %s', (driver) => {
  const DAY_MS = 86_400_000
  const USERS = [
    { _id: 'ada', role: ['admin', 'editor'], city: 'London', age: 36, born: new Date(0) },
    { _id: 'bob', role: ['editor'], city: 'Paris', age: 41, born: new Date(DAY_MS) },
    { _id: 'eve', role: [], city: 'London', age: 17 },
  ]
  const ROLES = [
    { _id: 'r1', role_id: 'admin', permission: ['a', 'b'] },
    { _id: 'r2', role_id: 'editor', permission: ['b'] },
  ]

  async function open() {
    const { api } = await openOn(driver)
    await api.collection('users').add(USERS)
    await api.collection('roles').add(ROLES)
    const users = () => api.collection('users').aggregate()
    return { api, users, _: api.command, $: api.command.aggregate }
  }

  describe('aggregate()', () => {
    it('matches, groups, sorts, skips and limits as MongoDB does', async () => {
      const { users, _, $ } = await open()
      const byCity = users()
        .match({ age: _.gte(17) })
        .group({ _id: '$city', people: $.sum(1), oldest: $.max('$age'), names: $.push('$_id') })
        .sort({ people: -1, _id: 1 })
      expect(await byCity.end()).toEqual({
        affectedDocs: 2,
        data: [
          { _id: 'London', people: 2, oldest: 36, names: ['ada', 'eve'] },
          { _id: 'Paris', people: 1, oldest: 41, names: ['bob'] },
        ],
      })
      expect((await users().sort({ age: -1 }).skip(1).limit(1).project({ age: 1 }).end()).data).toEqual([
        { _id: 'ada', age: 36 },
      ])
      expect((await users().sort({ age: 1 }).limit(2).project({ _id: 0, age: 1 }).end()).data).toEqual([
        { age: 17 },
        { age: 36 },
      ])
    })

    it('projects by expressions, adds fields, unwinds and makes roots', async () => {
      const { users, $ } = await open()
      const first = users().match({ _id: 'ada' })
      const days = { day: $.dateToString({ date: '$born', format: '%Y-%m-%d', timezone: '+08:00' }), _id: 0 }
      expect((await first.project({ ...days, adult: $.gte(['$age', 18]) }).end()).data).toEqual([
        { day: '1970-01-01', adult: true },
      ])
      const words = users()
        .match({ city: 'London' })
        .unwind({ path: '$role', preserveNullAndEmptyArrays: true })
        .addFields({ 'seen.by': $.concat(['$_id', '!']) })
        .project({ role: 1, seen: 1 })
      expect((await words.end()).data).toEqual([
        { _id: 'ada', role: 'admin', seen: { by: 'ada!' } },
        { _id: 'ada', role: 'editor', seen: { by: 'ada!' } },
        { _id: 'eve', seen: { by: 'eve!' } },
      ])
      const roots = users()
        .match({ _id: 'bob' })
        .replaceRoot({ newRoot: $.mergeObjects([{ n: 1 }, { age: '$age' }]) })
      expect((await roots.end()).data).toEqual([{ n: 1, age: 41 }])
    })

    it('counts, and answers nothing where there is nothing to count', async () => {
      const { users } = await open()
      expect((await users().match({ city: 'London' }).count('total').end()).data).toEqual([{ total: 2 }])
      expect((await users().match({ city: 'Rome' }).count('total').end()).data).toEqual([])
    })

    it('joins by fields, through arrays and null as well, and each document has its own', async () => {
      const { api, users, $ } = await open()
      const joined = users()
        .lookup({ from: 'roles', localField: 'role', foreignField: 'role_id', as: 'roles' })
        .unwind('$roles')
        .addFields({ 'roles.of': '$_id' })
        .project({ _id: 0, roles: 1 })
      expect((await joined.end()).data).toEqual([
        { roles: { ...ROLES[0], of: 'ada' } },
        { roles: { ...ROLES[1], of: 'ada' } },
        { roles: { ...ROLES[1], of: 'bob' } },
      ])
      await api.collection('notes').add([{ _id: 'n', owner: 'bob' }, { _id: 'm' }])
      const owned = api
        .collection('notes')
        .aggregate()
        .lookup({ from: 'users', localField: 'owner', foreignField: 'nick', as: 'byNick' })
        .sort({ _id: -1 })
        .addFields({ found: $.size('$byNick') })
        .project({ found: 1 })
      expect((await owned.end()).data).toEqual([
        { _id: 'n', found: 0 },
        { _id: 'm', found: 3 },
      ])
    })

    it('joins nothing for a value without a match, and by _id only what is an _id', async () => {
      const { api, users } = await open()
      await api
        .collection('posts')
        .add([
          { _id: '1', by: ['ada', 'gone'], at: new Date(5) },
          { _id: '2', by: ['gone'] },
          { _id: '3' },
          { _id: '4', by: 'bob', at: new Date(5) },
        ])
      const posts = () => api.collection('posts').aggregate().sort({ _id: 1 })
      const written = posts()
        .lookup({ from: 'users', localField: 'by', foreignField: '_id', as: 'r' })
        .project({ 'r._id': 1 })
      expect((await written.end()).data).toEqual([
        { _id: '1', r: [{ _id: 'ada' }] },
        { _id: '2', r: [] },
        { _id: '3', r: [] },
        { _id: '4', r: [{ _id: 'bob' }] },
      ])
      const sameDay = posts()
        .match({ _id: '4' })
        .lookup({ from: 'posts', localField: 'at', foreignField: 'at', as: 'r' })
      expect((await sameDay.end()).data[0]).toMatchObject({ r: [{ _id: '1' }, { _id: '4' }] })
      const reversed = users()
        .sort({ _id: 1 })
        .lookup({ from: 'posts', localField: '_id', foreignField: 'by', as: 'of.posts' })
      expect((await reversed.project({ 'of.posts._id': 1 }).end()).data).toEqual([
        { _id: 'ada', of: { posts: [{ _id: '1' }] } },
        { _id: 'bob', of: { posts: [{ _id: '4' }] } },
        { _id: 'eve', of: { posts: [] } },
      ])
    })

    it('joins along paths through arrays', async () => {
      const { api } = await open()
      await api.collection('orders').add({ _id: 'o', items: [{ refs: ['a', 'b'] }, { refs: ['c'] }], pair: ['x', 'b'] })
      await api.collection('things').add(['a', 'c', 'x'].map((_id) => ({ _id })))
      const found = async (localField: string) => {
        const joined = api
          .collection('orders')
          .aggregate()
          .lookup({ from: 'things', localField, foreignField: '_id', as: 'r' })
        return (await joined.end()).data[0]!['r']
      }
      expect(await found('items.refs')).toEqual([{ _id: 'a' }, { _id: 'c' }])
      expect(await found('items.0.refs')).toEqual([{ _id: 'a' }])
      expect(await found('pair.0')).toEqual([{ _id: 'x' }])
      expect(await found('pair.7')).toEqual([])
      const many = Array.from({ length: 9000 }, (_value, n) => `t${n}`)
      await api.collection('things').add(many.map((_id) => ({ _id })))
      await api.collection('orders').doc('o').update({ pair: many })
      expect(await found('pair')).toHaveLength(9000)
    })

    it('joins inside a pipeline what the stages before made, and counts nothing as nothing', async () => {
      const { users, $ } = await open()
      const held = $.pipeline()
        .addFields({ asked: '$role_id' })
        .lookup({ from: 'users', localField: 'asked', foreignField: 'role', as: 'by' })
      const joined = users()
        .match({ _id: 'eve' })
        .lookup({ from: 'roles', let: {}, pipeline: held.sort({ _id: 1 }).project({ 'by._id': 1 }).done(), as: 'all' })
      expect((await joined.project({ all: 1 }).end()).data).toEqual([
        {
          _id: 'eve',
          all: [
            { _id: 'r1', by: [{ _id: 'ada' }] },
            { _id: 'r2', by: [{ _id: 'ada' }, { _id: 'bob' }] },
          ],
        },
      ])
      const none = $.pipeline().match({ role_id: 'none' }).count('n').done()
      const counted = users()
        .match({ _id: 'eve' })
        .lookup({ from: 'roles', let: {}, pipeline: none, as: 'n' })
        .project({ n: 1 })
      expect((await counted.end()).data).toEqual([{ _id: 'eve', n: [] }])
    })

    it('groups what lacks a field with null', async () => {
      const { api, users, $ } = await open()
      await api.collection('users').add({ _id: 'zoe', born: null })
      const grouped = users()
        .match({ _id: api.command.in(['eve', 'zoe', 'bob']) })
        .group({ _id: '$born', n: $.sum(1) })
      expect((await grouped.sort({ n: 1 }).end()).data).toEqual([
        { _id: new Date(DAY_MS), n: 1 },
        { _id: null, n: 2 },
      ])
    })

    it('collects only what documents have', async () => {
      const { users, $ } = await open()
      const collected = users()
        .sort({ _id: 1 })
        .group({ _id: null, born: $.push('$born'), days: $.addToSet('$born') })
      expect((await collected.end()).data).toEqual([
        { _id: null, born: [new Date(0), new Date(DAY_MS)], days: [new Date(0), new Date(DAY_MS)] },
      ])
    })

    it('groups by what lists, dates and several fields hold, each kept apart from what only looks like it', async () => {
      const { api, $ } = await open()
      const kinds = [[1], ['1'], { a: 1 }, { a: '1' }, new Date(0), new Date(0).toISOString(), null, 'null']
      const things = api.collection('kinds')
      await things.add([...kinds, ...kinds].map((kind, at) => ({ kind, at })))
      const grouped = await things
        .aggregate()
        .sort({ at: 1 })
        .group({ _id: '$kind', at: $.push('$at'), set: $.addToSet('$kind') })
        .end()
      expect(grouped.data).toEqual(kinds.map((kind, at) => ({ _id: kind, at: [at, at + kinds.length], set: [kind] })))
      const several = await things
        .aggregate()
        .group({ _id: { kind: '$kind', none: '$none' }, n: $.sum(1), last: $.max('$at') })
        .sort({ last: 1 })
        .end()
      expect(several.data).toEqual(kinds.map((kind, at) => ({ _id: { kind }, n: 2, last: at + kinds.length })))
      const all = things
        .aggregate()
        .sort({ at: 1 })
        .group({ _id: null, kinds: $.addToSet('$kind') })
      expect((await all.end()).data).toEqual([{ _id: null, kinds }])
    })

    it('joins by a pipeline with variables, narrowed by what leads it', async () => {
      const { users, _, $ } = await open()
      const pipeline = $.pipeline()
        .match({ permission: 'b' })
        .match(_.expr($.in(['$role_id', '$$held'])))
        .project({ _id: 0, role_id: 1 })
        .done()
      const joined = users()
        .match({ age: _.gt(17) })
        .lookup({ from: 'roles', let: { held: '$role' }, pipeline, as: 'may' })
      expect((await joined.project({ may: 1 }).end()).data).toEqual([
        { _id: 'ada', may: [{ role_id: 'admin' }, { role_id: 'editor' }] },
        { _id: 'bob', may: [{ role_id: 'editor' }] },
      ])
    })

    it('adds each stage to the same object, as code that drops the answer expects', async () => {
      const { users } = await open()
      const all = users()
      all.match({ city: 'Paris' })
      all.project({ city: 1 })
      expect((await all.end()).data).toEqual([{ _id: 'bob', city: 'Paris' }])
    })

    it('takes operands from a realm of their own', async () => {
      const { users, $ } = await open()
      const give = vm.runInNewContext(
        'sum => ({ _id: "$city", n: sum({ $cond: [{ $gt: ["$born", new Date(5)] }, 1, 0] }) })',
      ) as (sum: (operand: unknown) => unknown) => object
      expect((await users().group(give($.sum)).sort({ _id: 1 }).end()).data).toEqual([
        { _id: 'London', n: 0 },
        { _id: 'Paris', n: 1 },
      ])
    })

    it('means the same whether SQL or mingo narrows', async () => {
      const { api } = await openOn(driver)
      const things = api.collection('things')
      const value = fc.oneof(
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom('a', 'b', null),
        fc.array(fc.nat(2), { maxLength: 2 }),
      )
      const rows = fc.array(fc.record({ a: value, b: fc.nat(5) }, { requiredKeys: ['b'] }), {
        minLength: 1,
        maxLength: 12,
      })
      await fc.assert(
        fc.asyncProperty(rows, fc.nat(3), fc.integer({ min: 1, max: 5 }), async (given, a, limit) => {
          await things.where({ _id: api.command.exists(true) }).remove()
          await things.add(given.map((row, n) => ({ ...row, _id: `${n}` })))
          const condition = { a: api.command.gte(a) }
          const inSql = things.aggregate().match(condition).sort({ b: 1, _id: 1 }).limit(limit)
          const inMemory = things
            .aggregate()
            .addFields({ seen: true })
            .match(condition)
            .sort({ b: 1, _id: 1 })
            .limit(limit)
          const seen = (await inMemory.end()).data.map(({ seen: _seen, ...row }) => row)
          expect(seen).toEqual((await inSql.end()).data)
        }),
        { numRuns: driver === 'SQLite' ? 200 : 40 },
      )
    })
  })

  describe('an aggregation that is refused', () => {
    it('names the stage or operator that there is not', async () => {
      const { users, $ } = await open()
      const tried = (run: () => unknown) => {
        try {
          return run()
        } catch (error) {
          const { errCode, message } = error as { errCode: string; message: string }
          return [errCode, message]
        }
      }
      const refused = (what: string) => ['database-unsupported', `the database of this host does not offer ${what}`]
      expect(tried(() => (users() as unknown as { geoNear(): unknown }).geoNear())).toEqual(
        refused('aggregate().geoNear'),
      )
      expect(tried(() => users().project({ a: { $toInt: '$b' } }))).toEqual(
        refused('the operator "$toInt" of project()'),
      )
      // A number that comes from outside would be a list of that length.
      expect(tried(() => ($ as unknown as { range(of: unknown): unknown }).range([0, 1e9]))).toEqual(
        refused('command.aggregate.range'),
      )
      expect(tried(() => users().project({ a: { $range: [0, 1e9] } }))).toEqual(
        refused('the operator "$range" of project()'),
      )
      expect(tried(() => ($ as unknown as { function(): unknown }).function())).toEqual(
        refused('command.aggregate.function'),
      )
    })

    it.each<[string, (from: Awaited<ReturnType<typeof open>>) => unknown, RegExp]>([
      ['a group without _id', ({ users }) => users().group({ n: 1 }), /group\(\) takes _id/],
      ['an order that is none', ({ users }) => users().sort({ age: 'up' }), /sort\(\) for "age" takes 1 or -1/],
      ['a limit that is none', ({ users }) => users().limit(0), /limit\(\) takes an integer of at least 1/],
      [
        'a collection that is none',
        ({ users }) => users().lookup({ from: 'a;b', localField: 'a', foreignField: 'b', as: 'c' }),
        /a collection name/,
      ],
      [
        'a pipeline of raw stages',
        ({ users }) => users().lookup({ from: 'roles', let: {}, pipeline: [{ $match: {} }], as: 'c' }),
        /takes as pipeline/,
      ],
      ['a path without its sign', ({ users }) => users().unwind('role'), /takes a field with "\$"/],
      ['an operator from outside in match()', ({ users }) => users().match({ age: { $gt: 1 } }), /not a field name/],
      [
        'a command where an expression belongs',
        ({ users, _ }) => users().project({ a: _.gt(1) }),
        /holds a db.command/,
      ],
      ['a function', ({ users }) => users().project({ a: () => 1 }), /holds a function/],
      [
        'the name of a prototype',
        ({ users }) => users().project(JSON.parse('{"__proto__":{"a":1}}')),
        /names __proto__/,
      ],
    ])('%s', async (_, build, message) => {
      const opened = await open()
      expect(() => build(opened)).toThrow(message)
    })

    it('runs no script, wherever it comes from', async () => {
      const { users } = await open()
      for (const operand of [
        { $function: { body: 'function () { return process }', args: [], lang: 'js' } },
        { $accumulator: { init: 'function () { return 1 }', accumulate: 'function (a) { return a }', lang: 'js' } },
        { $push: { $function: { body: 'function () { return process }', args: [], lang: 'js' } } },
      ]) {
        expect(() => users().group({ _id: null, n: operand })).toThrow(
          /does not offer the operator "\$(function|accumulator)"/,
        )
      }
    })

    it('holds no more documents than may be, whatever a stage makes of them', async () => {
      const { api } = await openOn(driver)
      const things = api.collection('things')
      const many = Array.from({ length: MAX_DOCUMENTS }, (_, n) => ({ _id: `${n}`, n: n % 2, list: [0, 1] }))
      await things.add(many)
      expect((await things.aggregate().group({ _id: '$n' }).sort({ _id: 1 }).end()).data).toEqual([
        { _id: 0 },
        { _id: 1 },
      ])
      const pairs = things
        .aggregate()
        .limit(2)
        .lookup({ from: 'things', localField: 'n', foreignField: 'n', as: 'same' })
      expect((await pairs.project({ _id: 1 }).end()).data).toHaveLength(2)
      const refused = { errCode: 'database-too-many-rows' }
      await expect(things.aggregate().unwind('$list').end()).rejects.toMatchObject(refused)
      const wide = things
        .aggregate()
        .limit(11)
        .lookup({ from: 'things', localField: 'n', foreignField: 'n', as: 'same' })
      await expect(wide.end()).rejects.toMatchObject(refused)
      const pipeline = api.command.aggregate
        .pipeline()
        .match(api.command.expr({ $eq: ['$n', '$$n'] }))
        .done()
      const joined = (limit: number) =>
        things
          .aggregate()
          .limit(limit)
          .lookup({ from: 'things', let: { n: '$n' }, pipeline, as: 'same' })
          .count('n')
          .end()
      expect((await joined(2)).data).toEqual([{ n: 2 }])
      await expect(joined(MAX_JOINED / MAX_DOCUMENTS + 1)).rejects.toMatchObject(refused)
      const nested = api.command.aggregate.pipeline().lookup({ from: 'things', let: {}, pipeline, as: 'deep' }).done()
      await expect(
        things
          .aggregate()
          .limit(5)
          .lookup({ from: 'things', let: { n: '$n' }, pipeline: nested, as: 'a' })
          .end(),
      ).rejects.toMatchObject(refused)
      const whole = api.command.aggregate.pipeline().done()
      const shared = things.aggregate().limit(6).lookup({ from: 'things', let: {}, pipeline: whole, as: 'all' })
      await expect(shared.project({ _id: 1 }).end()).rejects.toMatchObject(refused)
      await things.add({ _id: 'more', n: 3 })
      await expect(things.aggregate().addFields({ m: 1 }).end()).rejects.toMatchObject(refused)
      await expect(things.aggregate().sort({ n: 1 }).group({ _id: '$n' }).end()).rejects.toMatchObject(refused)
      expect((await things.aggregate().match({ n: 3 }).project({ n: 1 }).end()).data).toEqual([{ _id: 'more', n: 3 }])
      // Counting, and pages, are done by SQL.
      expect((await things.aggregate().count('n').end()).data).toEqual([{ n: MAX_DOCUMENTS + 1 }])
      const page = things.aggregate().sort({ n: -1, _id: 1 }).skip(1).limit(2).project({ n: 1 })
      expect((await page.end()).data).toEqual([
        { _id: '1', n: 1 },
        { _id: '1001', n: 1 },
      ])
    })
  })

  it('every operator of command.aggregate is one that is carried out', async () => {
    const { users, $ } = await open()
    for (const [name, operator] of Object.entries($) as [string, (operand: unknown) => object][]) {
      if (name === 'pipeline') continue
      const where = ['push', 'addToSet'].includes(name)
        ? users().group({ _id: null, x: operator('$age') })
        : users().project({ x: operator('$age') })
      const message = await where.end().then(
        () => '',
        (error: Error) => error.message,
      )
      expect(message, name).not.toMatch(/not registered|unregistered/)
    }
  })
})
