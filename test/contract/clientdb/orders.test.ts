import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { DRIVERS } from '../../fixtures/database/open'
import { openEmbedded, toChain, type Answer, type Embedded, type Step } from './embedded'

describe.each(DRIVERS)('on %s', (driver) => {
  let embedded: Embedded
  let ask: (...steps: Step[]) => Promise<Answer>

  const schema = (properties: object) => ({ bsonType: 'object', permission: { read: true }, properties })
  const PEOPLE = [
    { _id: 'a', user: { name: 'cy', age: 1 }, city: 'x', home: 'h1', up: '' },
    { _id: 'b', user: { name: 'ada', age: 2 }, city: 'y', home: 'h2', up: '' },
    { _id: 'c', user: { name: 'bob', age: 3 }, city: 'x', home: 'h1', up: '' },
  ]
  const people = (...steps: Step[]): Step => ['collection', toChain(['collection', 'people'], ...steps, ['getTemp'])]
  const PLAIN: Step = ['collection', 'people']
  const JOINED: Step = ['collection', 'people,homes']
  const sorted = async (...steps: Step[]) => (await ask(...steps)).data?.map(({ _id }) => _id)

  beforeAll(async () => {
    embedded = await openEmbedded(driver, 'orders')
    await embedded.seed('people', PEOPLE)
    await embedded.seed('homes', [
      { _id: 'h1', street: 'Low' },
      { _id: 'h2', street: 'High' },
    ])
    const { send } = embedded.openTogether({
      people: schema({ user: {}, city: {}, up: { parentKey: '_id' }, home: { foreignKey: 'homes._id' } }),
      homes: schema({ street: {} }),
    })
    ask = (...steps) => send(undefined, ...steps)
  })
  afterAll(() => embedded.close())

  describe('an order', () => {
    it.each<[string, Step[]]>([
      ['of a page', [PLAIN, ['field', 'user as u'], ['orderBy', 'u.name'], ['get']]],
      ['of a page by the stored name', [PLAIN, ['field', 'user as u'], ['orderBy', 'user.name'], ['get']]],
      ['before getTemp()', [people(['field', 'user as u'], ['orderBy', 'u.name']), ['get']]],
      ['after getTemp()', [people(['field', 'user as u']), ['orderBy', 'u.name'], ['get']]],
      ['after two field()', [people(['field', 'user as u']), ['field', 'u as v'], ['orderBy', 'v.name'], ['get']]],
      [
        'of a page that getTemp() has cut',
        [people(['limit', 9]), ['field', 'user as u'], ['orderBy', 'u.name'], ['get']],
      ],
      ['of a tree', [PLAIN, ['field', 'user as u'], ['orderBy', 'u.name'], ['get', { getTree: true }]]],
      [
        'beside the result of an operation',
        [PLAIN, ['field', "user as u,concat('', 'same') as c"], ['orderBy', 'c,u.name'], ['get']],
      ],
      ['beside joined documents', [JOINED, ['field', 'user as u,home.street as s'], ['orderBy', 's,u.name'], ['get']]],
    ])('may look into a field that has another name: %s', async (_, steps) => {
      expect(await sorted(...steps)).toEqual(['b', 'c', 'a'])
    })

    it('may look into what is grouped by, and into what is there once', async () => {
      const names = async (...steps: Step[]) => (await ask(PLAIN, ...steps, ['orderBy', 'u.name desc'], ['get'])).data
      const expected = ['cy', 'bob', 'ada'].map((name) => ({ u: { name } }))
      expect(await names(['groupBy', 'user as u'])).toMatchObject(expected)
      expect(await names(['field', 'user as u'], ['distinct'])).toMatchObject(expected)
    })

    it('by a field that groups, or rows of which each is there once, do not have changes nothing', async () => {
      const rows = async (...steps: Step[]) => (await ask(PLAIN, ...steps, ['get'])).data
      expect(await rows(['groupBy', 'city'], ['orderBy', 'user.name', 'desc '])).toEqual([{ city: 'x' }, { city: 'y' }])
      const counted = await rows(['groupBy', 'city as c'], ['groupField', 'count(*) as n'], ['orderBy', 'n,city desc'])
      expect(counted).toEqual([
        { c: 'y', n: 1 },
        { c: 'x', n: 2 },
      ])
      expect(await rows(['field', 'city'], ['distinct'], ['orderBy', 'home desc'])).toEqual([
        { city: 'x' },
        { city: 'y' },
      ])
    })

    it.each<[string, Step[], string]>([
      [
        'a field that field() left out before getTemp()',
        [people(['field', 'city']), ['orderBy', 'user.name'], ['get']],
        'user.name',
      ],
      [
        'the same where getTemp() has cut as well',
        [people(['field', 'city'], ['limit', 9]), ['orderBy', 'user.name'], ['get']],
        'user.name',
      ],
      ['an old name after getTemp()', [people(['field', 'user as u']), ['orderBy', 'user'], ['get']], 'user'],
      [
        'a field that a joined collection leaves out',
        [
          ['collection', toChain(PLAIN, ['getTemp']), toChain(['collection', 'homes'], ['field', '_id'], ['getTemp'])],
          ['orderBy', 'home.street'],
          ['get'],
        ],
        'home.street',
      ],
      [
        'a collection that is not joined from the other side',
        [
          ['collection', toChain(['collection', 'homes'], ['getTemp']), toChain(PLAIN, ['getTemp'])],
          ['orderBy', '_id.nothing'],
          ['get'],
        ],
        '_id.nothing',
      ],
    ])('is refused by name where what is sorted lacks it: %s', async (_, steps, name) => {
      const answer = await ask(...steps)
      expect([answer.code, answer.message]).toEqual([
        'SYNTAX_ERROR',
        `orderBy() names "${name}", which is not among what is sorted`,
      ])
    })

    it('is rising where its direction is null, and refused where it is an object', async () => {
      for (const rest of [[], [null], ['asc'], ['']]) {
        expect(await sorted(PLAIN, ['orderBy', 'user.name', ...rest], ['get'])).toEqual(['b', 'c', 'a'])
      }
      for (const direction of [{}, { toString: 'desc' }, ['desc'], 1, true, 'down']) {
        expect((await ask(PLAIN, ['orderBy', 'city', direction], ['get'])).code).toBe('SYNTAX_ERROR')
      }
    })
  })

  const value = fc.oneof(
    fc.constantFrom<unknown>(null, undefined, true, false, 0, 1, '', 'a', 'B'),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
    fc.string({ unit: fc.constantFrom('a', 'é', '中', '！', '😀', '𠮷') }),
    fc.date({ noInvalidDate: true }),
    fc.record({ n: fc.integer({ min: 0, max: 99 }) }),
  )

  it('rows are in the same order whether the database sorts them or the request has to', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ v: value, w: value }), { minLength: 2, maxLength: 30 }),
        fc.constantFrom('v', 'v desc', 'w,v desc', 'w desc,v', 'v.n desc,w'),
        async (given, order) => {
          const rows = given.map((row, at) => ({
            _id: `r${at}`,
            ...Object.fromEntries(Object.entries(row).filter(([, one]) => one !== undefined)),
          }))
          const { send } = await embedded.open(schema({ v: {}, w: {}, up: { parentKey: '_id' } }), rows)
          const [paged, whole] = [
            await send(undefined, ['orderBy', order], ['limit', 40], ['get']),
            await send(undefined, ['orderBy', order], ['limit', 40], ['get', { getTree: true }]),
          ]
          const ids = ({ data }: Answer) => data?.map(({ _id }) => _id)
          expect(ids(paged)).toHaveLength(rows.length)
          expect(ids(whole)).toEqual(ids(paged))
        },
      ),
      { numRuns: 100, examples: [[['😀', '！'].map((v) => ({ v, w: 1 })), 'v']] },
    )
  })

  it('a list is sorted by its smallest value, and by its largest where the order falls', async () => {
    const lists = { a: [5, 1], b: [3], c: [2, 9], d: [], e: 4, f: null }
    const rows = Object.entries(lists).map(([_id, list]) => ({ _id, list }))
    const { send } = await embedded.open(schema({ list: {}, up: { parentKey: '_id' } }), rows)
    const read = async (order: string) => {
      const { data } = await send(undefined, ['orderBy', order], ['get', { getTree: true }])
      return data?.map(({ _id }) => _id).join('')
    }
    expect([await read('list'), await read('list desc')]).toEqual(['dfacbe', 'caebfd'])
  })
})
