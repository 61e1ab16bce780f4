import { beforeEach, describe, expect, it } from 'vitest'
import type { Collection, Database } from '../../../host/database/index'
import { DRIVERS, openOn } from '../../fixtures/database/open'

describe.each(DRIVERS)('on %s', (driver) => {
  let db: Database
  let people: Collection

  beforeEach(async () => {
    db = (await openOn(driver)).api
    people = db.collection('people')
    await people.add([
      { _id: 'ann', name: 'Ann', age: 30, tags: ['a', 'b'], home: { city: 'Bern', zip: '3000' }, active: true },
      { _id: 'bob', name: 'Bob', age: 25.5, tags: ['b'], home: { city: 'Basel' }, nick: null, born: new Date(1000) },
      {
        _id: 'cid',
        name: 'Cid',
        age: '30',
        tags: [],
        scores: [
          { game: 'go', points: 5 },
          { game: 'chess', points: 9 },
        ],
      },
      { _id: 'dan', name: 'Dan', age: 41, tags: 'a', active: false, born: new Date(2000), matrix: [[1, 2], [3]] },
    ])
  })

  const ids = async (query: object) => (await people.where(query).orderBy('_id').get()).data.map((each) => each._id)

  describe('comparisons', () => {
    it('find equal strings, numbers, booleans and dates', async () => {
      expect(await ids({ name: 'Ann' })).toEqual(['ann'])
      expect(await ids({ age: 25.5 })).toEqual(['bob'])
      expect(await ids({ active: false })).toEqual(['dan'])
      expect(await ids({ born: new Date(1000) })).toEqual(['bob'])
    })

    it('never find a value of another type', async () => {
      const _ = db.command
      expect(await ids({ age: 30 })).toEqual(['ann'])
      expect(await ids({ age: '30' })).toEqual(['cid'])
      expect(await ids({ age: _.gt(20) })).toEqual(['ann', 'bob', 'dan'])
      expect(await ids({ age: _.gt('') })).toEqual(['cid'])
      expect(await ids({ active: 1 })).toEqual([])
      expect(await ids({ active: 0 })).toEqual([])
      expect(await ids({ born: 1000 })).toEqual([])
    })

    it('order numbers, strings and dates', async () => {
      const _ = db.command
      expect(await ids({ age: _.gte(30) })).toEqual(['ann', 'dan'])
      expect(await ids({ age: _.lt(30) })).toEqual(['bob'])
      expect(await ids({ name: _.lte('Bob') })).toEqual(['ann', 'bob'])
      expect(await ids({ born: _.gt(new Date(1000)) })).toEqual(['dan'])
      expect(await ids({ _id: _.gte('c') })).toEqual(['cid', 'dan'])
    })

    it('take a missing field for null, and exists() tells them apart', async () => {
      const _ = db.command
      expect(await ids({ nick: null })).toEqual(['ann', 'bob', 'cid', 'dan'])
      expect(await ids({ nick: _.exists(true) })).toEqual(['bob'])
      expect(await ids({ nick: _.exists(false) })).toEqual(['ann', 'cid', 'dan'])
      expect(await ids({ born: _.neq(null) })).toEqual(['bob', 'dan'])
      expect(await ids({ 'home.zip': null })).toEqual(['bob', 'cid', 'dan'])
    })

    it('look inside arrays, and compare whole arrays and objects as values', async () => {
      const _ = db.command
      expect(await ids({ tags: 'a' })).toEqual(['ann', 'dan'])
      expect(await ids({ tags: _.neq('a') })).toEqual(['bob', 'cid'])
      expect(await ids({ tags: ['a', 'b'] })).toEqual(['ann'])
      expect(await ids({ matrix: [3] })).toEqual(['dan'])
      expect(await ids({ home: _.eq({ city: 'Basel' }) })).toEqual(['bob'])
      expect(await ids({ 'scores.points': _.gt(8) })).toEqual(['cid'])
      expect(await ids({ 'scores.0.game': 'go' })).toEqual(['cid'])
    })

    it('take nested objects for dotted fields', async () => {
      expect(await ids({ home: { city: 'Bern' } })).toEqual(['ann'])
      expect(await ids({ 'home.city': 'Bern' })).toEqual(['ann'])
      expect(await ids({ home: { city: db.command.in(['Bern', 'Basel']) } })).toEqual(['ann', 'bob'])
      expect(await ids({ home: {} })).toEqual([])
    })
  })

  describe('lists, arrays and patterns', () => {
    it('in() and nin() mix types, and nin() finds missing fields', async () => {
      const _ = db.command
      expect(await ids({ age: _.in([30, '30', 25.5]) })).toEqual(['ann', 'bob', 'cid'])
      expect(await ids({ age: _.nin([30, '30']) })).toEqual(['bob', 'dan'])
      expect(await ids({ nick: _.in([null]) })).toEqual(['ann', 'bob', 'cid', 'dan'])
      expect(await ids({ active: _.in([true]) })).toEqual(['ann'])
      expect(await ids({ born: _.in([new Date(2000)]) })).toEqual(['dan'])
      expect(await ids({ tags: _.in(['a']) })).toEqual(['ann', 'dan'])
      expect(await ids({ name: _.in([]) })).toEqual([])
      expect(await ids({ name: _.in([/^a/i, 'Bob']) })).toEqual(['ann', 'bob'])
      expect(await ids({ _id: _.in(['ann', 'bob']) })).toEqual(['ann', 'bob'])
      expect(await ids({ _id: _.nin(['ann', 'bob']) })).toEqual(['cid', 'dan'])
    })

    it('all(), size(), mod() and elemMatch()', async () => {
      const _ = db.command
      expect(await ids({ tags: _.all(['a', 'b']) })).toEqual(['ann'])
      expect(await ids({ tags: _.all([]) })).toEqual([])
      expect(await ids({ tags: _.size(1) })).toEqual(['bob'])
      expect(await ids({ age: _.mod(10, 0) })).toEqual(['ann'])
      expect(await ids({ scores: _.elemMatch({ game: 'go', points: _.lt(6) }) })).toEqual(['cid'])
      expect(await ids({ scores: _.elemMatch({ game: 'go', points: _.gt(6) }) })).toEqual([])
      expect(await ids({ tags: _.elemMatch(_.gt('a').lt('c')) })).toEqual(['ann', 'bob'])
      expect(await ids({ tags: _.elemMatch({ name: 'a' }) })).toEqual([])
    })

    it('regular expressions, written either way', async () => {
      expect(await ids({ name: /^A/ })).toEqual(['ann'])
      expect(await ids({ name: /^a/gi })).toEqual(['ann'])
      expect(await ids({ name: db.RegExp({ regexp: '^[ab]', options: 'i' }) })).toEqual(['ann', 'bob'])
      expect(await ids({ name: Reflect.construct(db.RegExp, [{ regexp: 'n$' }]) as RegExp })).toEqual(['ann', 'dan'])
      expect(await ids({ name: db.command.not(/n/) })).toEqual(['bob', 'cid'])
    })
  })

  describe('logic', () => {
    it('joins conditions of one field, chained or nested', async () => {
      const _ = db.command
      expect(await ids({ age: _.gt(25).and(_.lt(41)) })).toEqual(['ann', 'bob'])
      expect(await ids({ age: _.gt(25).lt(41).neq(30) })).toEqual(['bob'])
      expect(await ids({ name: _.eq('Ann').or(_.eq('Bob')) })).toEqual(['ann', 'bob'])
      expect(await ids({ age: _.or([_.lt(26), _.gt(40)]) })).toEqual(['bob', 'dan'])
      expect(await ids({ age: _.not(_.gt(26)) })).toEqual(['bob', 'cid'])
      expect(await ids({ age: _.nor(_.eq(30), _.eq('30')) })).toEqual(['bob', 'dan'])
      expect(await ids({ nick: _.exists(true).and(_.neq('')) })).toEqual(['bob'])
    })

    it('joins whole queries', async () => {
      const _ = db.command
      const names = async (query: Parameters<Collection['where']>[0]) => ids(query as object)
      expect(await names(_.or({ name: 'Ann' }, { age: 41 }))).toEqual(['ann', 'dan'])
      expect(await names(_.or([{ name: 'Ann' }, { age: 41 }]))).toEqual(['ann', 'dan'])
      expect(await names(_.and([{ active: true }, _.or({ name: 'Ann' }, { age: 41 })]))).toEqual(['ann'])
      expect(await names(_.nor({ name: 'Ann' }, { tags: 'b' }))).toEqual(['cid', 'dan'])
      const narrowed = people.where({ active: _.exists(true) }).where({ age: _.gt(30) })
      expect((await narrowed.get()).data.map((each) => each._id)).toEqual(['dan'])
    })

    it('takes a thousand alternatives', async () => {
      const many = Array.from({ length: 1000 }, (_, at) => ({ name: `another ${at}` }))
      expect(await ids(db.command.or([...many, { name: 'Ann' }]))).toEqual(['ann'])
    })
  })

  describe('an order', () => {
    const ROWS: [string, unknown][] = [
      ['list of later dates', [new Date(5)]],
      ['list of earlier dates', [new Date(1000)]],
      ['object of one', { n: 1 }],
      ['object of ten', { n: 10 }],
      ['object with its short name last', { long: 1, n: 1 }],
      ['object with half a pair', { a: '\ud83d' }],
      ['date', new Date(0)],
      ['true', true],
      ['text', 'text'],
      ['number', 1],
      ['null', null],
    ]
    const key = (names: string[], Direction = '1') => ({
      IndexName: `${names.join('-')}-${Direction}`,
      MgoKeySchema: { MgoIndexKeys: names.map((Name) => ({ Name, Direction })) },
    })

    it.each([
      ['without an index', []],
      ['along an index', [key(['held'])]],
      ['against an index', [key(['held'], '-1')]],
      ['along an index of two fields', [key(['same', 'held'])]],
    ])('has objects and lists by their text, %s', async (_, indexes) => {
      const { api, ensureIndexes } = await openOn(driver)
      await ensureIndexes('things', indexes)
      await api.collection('things').add(ROWS.map(([_id, held]) => ({ _id, held, same: 1 })))
      const things = api.collection('things')
      const rising = ['null', 'number', 'text', 'object with half a pair', 'object with its short name last']
      rising.push('object of ten', 'object of one', 'list of earlier dates', 'list of later dates', 'true', 'date')
      const orders = [
        things.orderBy('held'),
        things.where({ same: 1 }).orderBy('held'),
        things.orderBy('same').orderBy('held'),
      ]
      for (const query of orders) {
        expect((await query.get()).data.map(({ _id }) => _id)).toEqual(rising)
        expect((await query.skip(4).limit(3).get()).data.map(({ _id }) => _id)).toEqual(rising.slice(4, 7))
      }
      const falling = (await things.orderBy('held', 'desc').limit(9).get()).data.map(({ _id }) => _id)
      expect(falling).toEqual(rising.toReversed().slice(0, 9))
    })
  })
})
