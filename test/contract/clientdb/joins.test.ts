import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { DRIVERS } from '../../fixtures/database/open'
import { MAX_ROWS, openEmbedded, toChain, type Answer, type Embedded, type Step } from './embedded'
import { toToken } from './project'

describe.each(DRIVERS)('on %s', (driver) => {
  let embedded: Embedded

  const BOOKS = [
    { _id: '1', title: 'Journey', author: 'Wu', stock: 1, cost: 3, open: true },
    { _id: '2', title: 'Water', author: 'Shi', stock: 2, cost: 4, open: true },
    { _id: '3', title: 'Three', author: 'Luo', stock: 3, cost: 5, open: false },
  ]
  const ORDERS = [
    { _id: 'o1', book_id: '1', quantity: 111, uid: 'ada', places: ['x', 'y'] },
    { _id: 'o2', book_id: '2', quantity: 222, uid: 'bob', places: ['y'] },
    { _id: 'o3', book_id: '3', quantity: 333, uid: 'ada', places: ['none'] },
    { _id: 'o4', book_id: '1', quantity: 444, uid: 'bob' },
    { _id: 'o5', quantity: 555, uid: 'bob', places: [] },
  ]
  const PLACES = [
    { _id: 'p1', code: 'x', name: 'North' },
    { _id: 'p2', code: 'y', name: 'South' },
  ]
  const USERS = [
    { _id: 'ada', name: 'Ada', password: 'hash-a', mobile: '111' },
    { _id: 'bob', name: 'Bob', password: 'hash-b', mobile: '222' },
  ]

  const OPEN = { read: true, count: true }
  const BOOK_FIELDS = { title: {}, author: {}, stock: {}, open: {}, cost: { permission: { read: false } } }
  const ORDER_FIELDS = {
    book_id: { foreignKey: 'books._id' },
    quantity: {},
    uid: { foreignKey: 'readers._id' },
    places: { bsonType: 'array', foreignKey: 'places.code' },
  }
  const USER_FIELDS = {
    name: {},
    password: { bsonType: 'password' },
    mobile: { permission: { read: 'doc._id == auth.uid' } },
  }

  interface Rules {
    orders?: object
    books?: object
    readers?: object
    orderFields?: object
    bookFields?: object
  }

  function open({ orders = OPEN, books = OPEN, readers = OPEN, orderFields = {}, bookFields = {} }: Rules = {}) {
    const schema = (permission: object, properties: object) => ({ bsonType: 'object', permission, properties })
    const { send } = embedded.openTogether({
      orders: schema(orders, { ...ORDER_FIELDS, ...orderFields }),
      books: schema(books, { ...BOOK_FIELDS, ...bookFields }),
      readers: schema(readers, USER_FIELDS),
      places: schema(OPEN, { code: {}, name: {} }),
    })
    return {
      visitor: (...steps: Step[]) => send(undefined, ...steps),
      ada: (...steps: Step[]) => send(toToken('ada'), ...steps),
      admin: (...steps: Step[]) => send(toToken('root', { role: ['admin'] }), ...steps),
    }
  }

  const temp = (collection: string, ...steps: Step[]) => toChain(['collection', collection], ...steps, ['getTemp'])
  const both: Step = ['collection', 'orders,books']
  const DENIED = 'PERMISSION_ERROR'
  const readRows = ({ data }: Answer) => data ?? []

  beforeAll(async () => {
    embedded = await openEmbedded(driver, 'joins')
    await embedded.seed('books', BOOKS)
    await embedded.seed('orders', ORDERS)
    await embedded.seed('places', PLACES)
    await embedded.seed('readers', USERS)
  })
  afterAll(() => embedded.close())

  describe('two collections that a foreignKey joins', () => {
    it('are answered as one: the field that refers has the documents that it refers to', async () => {
      const { visitor } = open()
      const answer = await visitor(both, ['where', '_id in ["o1","o5"]'], ['get', { getCount: true }])
      const journey = { _id: '1', title: 'Journey', author: 'Wu', stock: 1, open: true }
      expect(answer).toMatchObject({ code: 0, count: 2 })
      expect(answer.data).toEqual([
        { ...ORDERS[0], book_id: [journey] },
        { ...ORDERS[4], book_id: [] },
      ])
    })

    it('by a field that has a list join all that are in it, as the roles of a user', async () => {
      const { visitor } = open()
      const steps: Step[] = [
        ['field', 'quantity,places{name}'],
        ['orderBy', 'quantity desc'],
        ['skip', 1],
        ['limit', 4],
      ]
      const answer = await visitor(['collection', 'orders,places'], ...steps, ['get'])
      const [north, south] = [
        { _id: 'p1', name: 'North' },
        { _id: 'p2', name: 'South' },
      ]
      expect(readRows(answer).map(({ _id, places }) => [_id, places])).toEqual([
        ['o4', []],
        ['o3', []],
        ['o2', [south]],
        ['o1', [north, south]],
      ])
    })

    it('are answered with the fields that the page names, and under its names', async () => {
      const { visitor } = open()
      const ask = async (field: string) => {
        const steps: Step[] = [
          ['where', "book_id.title == 'Journey'"],
          ['field', field],
          ['orderBy', 'total desc'],
          ['limit', 1],
        ]
        return (await visitor(both, ...steps, ['get'])).data
      }
      const row = { _id: 'o4', total: 444 }
      expect(await ask('book_id{title,author},quantity as total')).toEqual([
        { ...row, book_id: [{ _id: '1', title: 'Journey', author: 'Wu' }] },
      ])
      expect(await ask('book_id{title as name},quantity as total')).toEqual([
        { ...row, book_id: [{ _id: '1', name: 'Journey' }] },
      ])
      expect(await ask('book_id.title,quantity as total')).toEqual([
        { ...row, book_id: [{ _id: '1', title: 'Journey' }] },
      ])
      expect(await ask('book_id.title as name,quantity as total')).toEqual([{ ...row, name: ['Journey'] }])
    })

    it('join what getTemp() has left of each', async () => {
      const { visitor } = open()
      const orders = temp(
        'orders',
        ['where', 'quantity > 200'],
        ['field', 'book_id,quantity as n'],
        ['orderBy', 'quantity desc'],
        ['limit', 3],
      )
      const books = temp('books', ['where', 'stock < 3'], ['field', '_id,title as name'])
      const answer = await visitor(['collection', orders, books], ['get', { getCount: true }])
      expect(answer).toMatchObject({ code: 0, count: 3 })
      expect(answer.data).toEqual([
        { _id: 'o5', n: 555, book_id: [] },
        { _id: 'o4', n: 444, book_id: [{ _id: '1', name: 'Journey' }] },
        { _id: 'o3', n: 333, book_id: [] },
      ])
      const found = await visitor(['collection', orders, books], ['where', "book_id.name == 'Journey'"], ['count'])
      expect(found).toMatchObject({ code: 0, total: 1 })
    })

    it('by several keys are joined by those that field() leaves, as the author of an article without who commented last', async () => {
      const { visitor } = open({ orderFields: { payer: { foreignKey: 'readers._id' } } })
      const readers = temp('readers', ['field', '_id,name'])
      const ask = (left: string) =>
        visitor(['collection', temp('orders', ['where', "_id == 'o1'"], ['field', left]), readers], ['get'])
      const answer = await ask('quantity,uid')
      expect(answer.data).toEqual([{ _id: 'o1', quantity: 111, uid: [{ _id: 'ada', name: 'Ada' }] }])
      expect(await ask('quantity')).toMatchObject({ code: 'SYNTAX_ERROR' })
      const orders = temp('orders', ['where', 'quantity < 200'], ['field', 'quantity,uid'])
      const found = await visitor(['collection', temp('readers', ['field', 'name']), orders], ['get'])
      expect(readRows(found).map(({ _id }) => _id)).toEqual([
        { _value: 'ada', orders: [{ _id: 'o1', quantity: 111, uid: 'ada' }] },
        { _value: 'bob', orders: [] },
      ])
    })

    it('are answered from the other side with lists beside the value that they refer to', async () => {
      const { visitor } = open()
      const answer = await visitor(
        [
          'collection',
          temp('books', ['where', "_id == '1'"], ['field', 'title']),
          temp('orders', ['field', 'book_id,quantity']),
        ],
        ['get'],
      )
      const list = [
        { _id: 'o1', book_id: '1', quantity: 111 },
        { _id: 'o4', book_id: '1', quantity: 444 },
      ]
      expect(answer.data).toEqual([{ _id: { _value: '1', orders: list }, title: 'Journey' }])
      const books: Step = ['collection', 'books,orders']
      const where: Step = ['where', "_id._value == '2' && _id.orders.quantity > 200"]
      const named = await visitor(books, where, ['field', 'title,_id.orders.quantity as sold'], ['get'])
      expect(readRows(named).map(({ title, sold }) => [title, sold])).toEqual([['Water', [222]]])
    })

    it('are grouped as the statistics of uni-admin are: sums for each joined page', async () => {
      const { visitor } = open()
      const answer = await visitor(
        ['collection', temp('orders', ['where', 'quantity < 555']), temp('books')],
        ['field', 'quantity as temp_quantity,uid, book_id'],
        ['groupBy', 'book_id'],
        ['groupField', 'sum(temp_quantity) as quantity'],
        ['orderBy', 'quantity', 'desc'],
        ['limit', 2],
        ['get', { getCount: true }],
      )
      expect(answer).toMatchObject({ code: 0, count: 3 })
      expect(
        readRows(answer).map(({ book_id, quantity }) => [(book_id as { title: string }[])[0]?.title, quantity]),
      ).toEqual([
        ['Journey', 555],
        ['Three', 333],
      ])
    })

    it('are joined by the foreignKey that the page chooses, and by none that is not there', async () => {
      const { visitor } = open({ orderFields: { buyer: { foreignKey: 'readers._id' } } })
      const users: Step = ['collection', 'orders,readers']
      const answer = await visitor(users, ['foreignKey', 'orders.buyer'], ['where', '_id == "o1"'], ['get'])
      expect(answer.data).toEqual([{ ...ORDERS[0], buyer: [] }])
      const chosen = await visitor(
        users,
        ['where', '_id == "o1"'],
        ['foreignKey', 'orders.uid'],
        ['field', 'uid.name'],
        ['get'],
      )
      expect(chosen.data).toEqual([{ _id: 'o1', uid: [{ _id: 'ada', name: 'Ada' }] }])
      expect((await visitor(users, ['foreignKey', 'orders.book_id'], ['get'])).code).toBe('SYNTAX_ERROR')
      expect((await visitor(['collection', 'places,readers'], ['get'])).code).toBe('SYNTAX_ERROR')
      const without = temp('orders', ['field', 'quantity'])
      expect((await visitor(['collection', without, 'books'], ['get'])).code).toBe('SYNTAX_ERROR')
    })
  })

  describe('a collection that is joined', () => {
    it('has to be permitted as if it were asked for alone', async () => {
      const mine = { read: 'doc.uid == auth.uid' }
      const stocked = { read: 'doc.open == true' }
      const { ada, visitor } = open({ orders: mine, books: stocked })
      const books = temp('books', ['where', 'open == true'])
      const orders = temp('orders', ['where', 'uid == $cloudEnv_uid'])
      const answer = await ada(['collection', orders, books], ['get'])
      expect(readRows(answer).map(({ _id, book_id }) => [_id, (book_id as unknown[]).length])).toEqual([
        ['o1', 1],
        ['o3', 0],
      ])
      const loose: Step[][] = [
        [both],
        [['collection', orders, 'books']],
        [['collection', 'orders', books]],
        [
          ['collection', orders, 'books'],
          ['where', 'book_id.open == true'],
        ],
        [
          ['collection', 'books,orders'],
          ['where', 'open == true'],
        ],
        [
          ['collection', orders, 'books'],
          ['field', 'quantity'],
        ],
        [
          ['collection', orders, 'books'],
          ['groupBy', 'uid'],
          ['groupField', 'count(*) as n'],
        ],
      ]
      for (const steps of loose) {
        const found = await ada(...steps, ['get', { getCount: true }])
        expect([steps, found.code, found.count]).toEqual([steps, 0, expect.any(Number)])
        expect(JSON.stringify(found)).not.toMatch(/"o2"|"o4"|"o5"|Three|bob/)
      }
      expect(await ada(both, ['count'])).toMatchObject({ code: 0, total: 2 })
      expect((await visitor(['collection', orders, books], ['get'])).code).toBe('TOKEN_INVALID_ANONYMOUS_USER')
      expect((await ada(['collection', orders, 'no-schema'], ['get'])).code).toBe(DENIED)
      const pushed = await ada(['collection', 'orders', books], ['where', 'uid == $cloudEnv_uid'], ['get'])
      expect(readRows(pushed).map(({ _id }) => _id)).toEqual(['o1', 'o3'])
    })

    it('has only those fields that may be seen, to all callers and under all names', async () => {
      const { ada, visitor, admin } = open()
      const users: Step = ['collection', 'orders,readers']
      const all = JSON.stringify([
        await ada(users, ['get']),
        await visitor(both, ['get']),
        await visitor(users, ['get']),
        await admin(users, ['get']),
      ])
      expect(all).not.toMatch(/password|hash|cost/)
      expect(JSON.stringify(await visitor(users, ['get']))).not.toContain('mobile')
      const paths = ['uid.password', 'uid.mobile', 'uid.password.x']
      for (const path of paths) {
        const attacks: Step[][] = [
          [['field', path]],
          [['field', `${path} as quantity`]],
          [['field', `uid{${path.slice(4)} as name}`]],
          [['field', `concat(${path}, '') as quantity`]],
          [['where', `${path} > 'h'`]],
          [['where', `quantity > 1 || ${path} == 'h'`]],
          [['orderBy', path]],
          [['groupBy', path]],
          [['groupBy', `${path} as quantity`]],
          [
            ['groupBy', 'quantity'],
            ['groupField', `push(${path}) as quantity2`],
          ],
          [['field', `${path} as x`], ['distinct']],
        ]
        for (const steps of attacks) {
          const answer = await visitor(users, ...steps, ['get'])
          expect([steps, answer.data]).toEqual([steps, undefined])
          expect([DENIED, 'TOKEN_INVALID_ANONYMOUS_USER']).toContain(answer.code)
        }
      }
      for (const steps of [
        [['where', "_id.orders.x == 1 && _id.readers.password == 'h'"]],
        [['orderBy', '_id.password']],
      ] as Step[][]) {
        expect(JSON.stringify(await admin(['collection', 'readers,orders'], ...steps, ['get']))).not.toMatch(/hash/)
      }
      const hidden = temp('readers', ['field', '_id,password as name'])
      expect((await admin(['collection', 'orders', hidden], ['get'])).code).toBe(DENIED)
    })

    it('is not joined by a field that must not be seen, from either side', async () => {
      const secret = { permission: { read: false } }
      const main = open({ orderFields: { book_id: { foreignKey: 'books._id', ...secret } } })
      expect((await main.visitor(both, ['field', 'quantity'], ['get'])).code).toBe(DENIED)
      expect((await main.visitor(['collection', 'books,orders'], ['get'])).code).toBe(DENIED)
      const other = open({ bookFields: { _id: secret } })
      for (const name of ['orders,books', 'books,orders']) {
        expect((await other.visitor(['collection', name], ['get'])).code).toBe(DENIED)
      }
      const named = temp('books', ['field', 'title'])
      expect((await other.visitor(['collection', 'orders', named], ['get'])).code).toBe(DENIED)
    })
  })

  it('a join is refused past as many documents as may be looked at, and pages of a large collection are not', async () => {
    await embedded.seed(
      'events',
      Array.from({ length: MAX_ROWS + 5 }, (_, at) => ({ _id: `e${at}`, book: String(1 + (at % 3)) })),
    )
    const schema = (properties: object) => ({ bsonType: 'object', permission: OPEN, properties })
    const { send } = embedded.openTogether({
      events: schema({ book: { foreignKey: 'books._id' } }),
      books: schema(BOOK_FIELDS),
    })
    const ask = (...steps: Step[]) => send(undefined, ['collection', 'events,books'], ...steps)
    const page = await ask(['skip', 2], ['limit', 3], ['get', { getCount: true }])
    expect(page).toMatchObject({ code: 0, count: MAX_ROWS + 5 })
    expect(readRows(page).map(({ _id }) => _id)).toEqual(['e2', 'e3', 'e4'])
    for (const steps of [
      [['where', "book.title == 'Three'"]],
      [['groupBy', 'book']],
      [['orderBy', 'book.title']],
    ] as Step[][]) {
      expect((await ask(...steps, ['get'])).code).toBe('uni-cloud-too-many-rows')
    }
    expect((await send(undefined, ['collection', 'books,events'], ['get'])).code).toBe('uni-cloud-too-many-rows')
  })

  it('a join is refused before its answer is many times as long as what is stored', async () => {
    const ids = Array.from({ length: 35 }, (_, at) => `big${at}`)
    await embedded.seed(
      'pictures',
      ids.map((_id) => ({ _id, data: 'x'.repeat(30_000) })),
    )
    await embedded.seed(
      'albums',
      Array.from({ length: 35 }, () => ({ pictures: ids })),
    )
    const schema = (properties: object) => ({ bsonType: 'object', permission: OPEN, properties })
    const { send } = embedded.openTogether({
      albums: schema({ pictures: { foreignKey: 'pictures._id' } }),
      pictures: schema({ data: {} }),
    })
    const ask = (limit: number) => send(undefined, ['collection', 'albums,pictures'], ['limit', limit], ['get'])
    expect((await ask(1)).code).toBe(0)
    expect((await ask(35)).code).toBe('uni-cloud-too-many-rows')
  })

  describe('what a join does not have', () => {
    it.each<[string, Step[], string, string]>([
      ['a collection and itself', [['collection', 'orders,orders']], 'uni-cloud-not-supported', 'itself'],
      ['more collections than ten', [['collection', 'a,b,c,d,e,f,g,h,i,j,k']], 'SYNTAX_ERROR', 'at most 10'],
      ['a tree', [both, ['get', { getTree: true }]], 'uni-cloud-not-supported', 'getTree'],
      ['a change', [both, ['where', 'quantity == 1'], ['update', { quantity: 2 }]], 'SYNTAX_ERROR', 'one collection'],
      [
        'groups before getTemp()',
        [['collection', toChain(['collection', 'orders'], ['groupBy', 'uid'], ['getTemp']), 'books']],
        'uni-cloud-not-supported',
        'groupBy',
      ],
      [
        'get() in the place of getTemp()',
        [['collection', toChain(['collection', 'orders'], ['get']), 'books']],
        'uni-cloud-not-supported',
        'get',
      ],
      [
        'getTemp() of a getTemp()',
        [['collection', toChain(['collection', temp('orders'), 'books'], ['getTemp']), 'readers']],
        'uni-cloud-not-supported',
        'several',
      ],
      [
        'a page of what is joined',
        [['collection', 'orders', temp('books', ['limit', 1])]],
        'uni-cloud-not-supported',
        'limit()',
      ],
      ['a file', [['collection', '../orders,books']], 'SYNTAX_ERROR', 'collection'],
    ])('is refused by its name: %s', async (_, steps, code, words) => {
      const last = steps.at(-1)?.[0]
      const answer = await open().admin(...steps, ...(last === 'get' || last === 'update' ? [] : ([['get']] as Step[])))
      expect([answer.code, answer.message]).toEqual([code, expect.stringContaining(words)])
    })

    it('a change of what getTemp() has narrowed', async () => {
      const answer = await open().admin(
        ['collection', temp('orders')],
        ['where', 'quantity == 1'],
        ['update', { quantity: 2 }],
      )
      expect([answer.code, answer.message]).toEqual(['SYNTAX_ERROR', expect.stringContaining('name of a collection')])
    })
  })
})
