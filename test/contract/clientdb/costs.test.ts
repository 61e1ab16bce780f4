import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readOperation } from '../../../host/clientdb/operation'
import { openEmbedded, toChain, type Embedded, type Step } from './embedded'

let embedded: Embedded

// On one driver: all of it is counted before the database is asked, or in memory after it has answered.
beforeAll(async () => {
  embedded = await openEmbedded('SQLite', 'costs')
})
afterAll(() => embedded.close())

const OPEN = { read: true, count: true }
const TOO_MUCH = 'uni-cloud-too-many-rows'
const schema = (properties: object) => ({ bsonType: 'object', permission: OPEN, properties })

async function open(properties: object, rows: object[]) {
  const { send, multiSend } = await embedded.open(schema(properties), rows)
  return { ask: (...steps: Step[]) => send(undefined, ...steps), multiSend }
}

const repeat = (name: string, count: number) => Array.from({ length: count }, () => name).join()
const count = (length: number) => Array.from({ length }, (_, at) => at)
const where = (path: string, tests: number) =>
  count(tests)
    .map((at) => `${path} == ${at + 100}`)
    .join(' || ')

describe('a text of a query', () => {
  it('names at most a hundred fields, those in braces and those that it names twice among them', async () => {
    const { ask } = await open({ a: {}, b: {} }, [{ a: { x: 1 }, b: { x: 2 } }])
    const field = (each: number) => `a{${repeat('x', each)}},b{${repeat('x', each)}}`
    expect((await ask(['field', field(50)], ['get'])).data).toMatchObject([{ a: { x: 1 }, b: { x: 2 } }])
    const answer = await ask(['field', field(51)], ['get'])
    expect([answer.code, answer.message]).toEqual(['SYNTAX_ERROR', 'field() takes at most 100 fields'])
  })

  it.each<[string, Step[]]>([
    ['collection', []],
    ['doc', []],
    ['field', []],
    ['groupBy', []],
    ['groupField', [['groupBy', 'a']]],
    ['orderBy', []],
    ['foreignKey', []],
    ['parentKey', []],
  ])('has at most 10000 characters, of which none can be worth a second: %s', async (method, before) => {
    const { ask } = await open({ a: {} }, [{ a: 1 }])
    const text = `a${' '.repeat(9999)}b`
    const answer = await ask(...before, [method, text], ['get'])
    expect([answer.code, answer.message]).toEqual([
      'SYNTAX_ERROR',
      `"${method}"() takes a text of at most 10000 characters`,
    ])
  })

  it('has as many blanks as it likes around names', async () => {
    const { ask } = await open({ a: {}, as: {} }, [{ a: 'one', as: 'two' }])
    const blanks = ' \n\t'.repeat(500)
    const field = `a${blanks}as${blanks}b,as as as,concat(a,'  as  ', as)${blanks}as${blanks}c`
    expect((await ask(['field', field], ['get'])).data).toMatchObject([{ b: 'one', as: 'two', c: 'one  as  two' }])
    const counted = `count${blanks}(${blanks}*${blanks})${blanks}as${blanks}n`
    expect((await ask(['groupBy', 'a'], ['groupField', counted], ['get'])).data).toEqual([{ a: 'one', n: 1 }])
    for (const wrong of ['a as', 'as b', 'a bas c', 'a as b.c as', 'a as b as c', 'a as b.c']) {
      expect([wrong, (await ask(['field', wrong], ['get'])).code]).toEqual([wrong, 'uni-cloud-not-supported'])
    }
  })

  it('is refused where a chain of db.command has more comparisons than a condition', async () => {
    const { ask } = await open({ a: {} }, [{ a: 1 }])
    const call = (method: string, ...params: unknown[]) => ({ $method: method, $param: params })
    const where = (calls: number) => ({ a: { $db: [call('command'), ...count(calls).map(() => call('gt', 0))] } })
    expect((await ask(['where', where(200)], ['get'])).data).toMatchObject([{ a: 1 }])
    const answer = await ask(['where', where(201)], ['get'])
    expect([answer.code, answer.message]).toEqual(['SYNTAX_ERROR', 'where() has more than 200 comparisons'])
  })

  it('joins texts in texts in texts without doing so twice as often with every level', async () => {
    const { ask } = await open({ a: {} }, [{ a: 'x' }, { a: null }])
    const nested = count(18).reduce((inner) => `concat(${inner},a)`, 'a')
    const answer = await ask(['field', `${nested} as b`], ['get'])
    expect(answer.data?.map(({ b }) => b)).toEqual(['x'.repeat(19), null])
    expect(JSON.stringify(readOperation(nested).toExpression('')).length).toBeLessThan(5000)
  })
})

describe('a request whose stages each make their texts longer', () => {
  const long = [{ _id: 'one', content: 'x'.repeat(100_000) }]
  const tenfold = (name: string, as: string) => `concat(${repeat(name, 10)}) as ${as}`

  it('is refused by what all of them make', async () => {
    await embedded.seed('contents', long)
    const { send } = embedded.openTogether({ contents: schema({ content: {} }) })
    const first = toChain(['collection', 'contents'], ['field', tenfold('content', 'b')], ['getTemp'])
    const stages: Step[] = [
      ['collection', first],
      ['field', tenfold('b', 'c')],
    ]
    expect((await send(undefined, ['collection', first], ['get'])).code).toBe(0)
    expect((await send(undefined, ...stages, ['groupBy', tenfold('c', 'd')], ['get'])).code).toBe(TOO_MUCH)
    const pushed: Step[] = [
      ['groupBy', '_id'],
      ['groupField', `push(concat(${repeat('c', 10)})) as d`],
    ]
    expect((await send(undefined, ...stages, ...pushed, ['get'])).code).toBe(TOO_MUCH)
  })

  it('is refused by one stage that names a long text under many names', async () => {
    const { ask } = await open({ content: {} }, [{ content: 'x'.repeat(400_000) }])
    const names = (length: number) => count(length).map((at) => `content as n${at}`)
    expect((await ask(['field', names(20).join()], ['get'])).code).toBe(0)
    expect((await ask(['field', names(100).join()], ['get'])).code).toBe(TOO_MUCH)
    expect((await ask(['groupBy', names(100).join()], ['get'])).code).toBe(TOO_MUCH)
  })

  it('has one allowance with all others that are sent together', async () => {
    const { multiSend } = await open({ content: {} }, [{ content: 'x'.repeat(300_000) }])
    const query: Step[] = [['field', tenfold('content', 'b')], ['get']]
    const { dataList } = await multiSend(...count(20).map(() => query))
    expect([dataList.at(0)?.code, dataList.at(-1)?.code]).toEqual([0, TOO_MUCH])
  })
})

describe('documents that are found by lists', () => {
  const keys = count(100).map((at) => `k${at}`)
  const fields = { tags: { bsonType: 'array', foreignKey: 'tagged.tags' } }

  it('are refused by how often they are found, before that is done', async () => {
    await embedded.seed(
      'tagged',
      count(40).map(() => ({ tags: keys })),
    )
    await embedded.seed(
      'many',
      count(40).map(() => ({ tags: keys })),
    )
    await embedded.seed(
      'same',
      count(40).map(() => ({ tags: keys.map(() => 'k1') })),
    )
    const { send } = embedded.openTogether({ many: schema(fields), same: schema(fields), tagged: schema({ tags: {} }) })
    expect((await send(undefined, ['collection', 'many,tagged'], ['get'])).code).toBe(TOO_MUCH)
    const field: Step = ['field', 'tags._id as t']
    const same = await send(undefined, ['collection', 'same,tagged'], field, ['limit', 2], ['get'])
    expect(same.data?.map(({ t }) => new Set(t as string[]).size)).toEqual([40, 40])
    expect((await send(undefined, ['collection', 'same,tagged'], field, ['get'])).code).toBe(0)
  })

  it('stand once below a parent that they name twice', async () => {
    const rows = [
      { _id: 'a', key: [1, 2] },
      { _id: 'b', up: [1, 1, 2] },
    ]
    const { ask } = await open({ key: {}, up: { parentKey: 'key' } }, rows)
    const answer = await ask(['field', '_id'], ['get', { getTree: true }])
    expect(answer.data).toEqual([{ _id: 'a', children: [{ _id: 'b', children: [] }] }])
  })
})

describe('a tree in which a long document stands again and again', () => {
  const content = 'x'.repeat(1_000_000)
  const many = count(35).map((at) => `d${at}`)

  it.each<[string, object[], object]>([
    [
      'above each of its leaves',
      [{ _id: 'top', content, up: '' }, ...many.map((_id) => ({ _id, up: 'top' }))],
      { getTreePath: { startWith: "up == 'top'" } },
    ],
    [
      'below each of its parents',
      [{ _id: 'low', content, up: many }, ...many.map((_id) => ({ _id, up: '' }))],
      { getTree: true },
    ],
  ])('is refused before it grows: %s', async (_, rows, options) => {
    const { ask } = await open({ content: {}, up: { parentKey: '_id' } }, rows)
    expect((await ask(['limit', 5], ['get', options])).code).toBe(0)
    expect((await ask(['get', options])).code).toBe(TOO_MUCH)
    expect((await ask(['field', 'up'], ['get', options])).code).toBe(0)
  })
})

describe('a condition on what is read as a whole', () => {
  const numbers = count(60)
  const rows = count(39).map((at) => ({ _id: `c${at}`, numbers, up: '' }))
  it('is refused by how many values it compares, in a tree', async () => {
    const { ask } = await open({ numbers: {}, up: { parentKey: '_id' } }, rows)
    const code = async (tests: number) => {
      return (await ask(['get', { getTree: { startWith: where('numbers', tests) } }])).code
    }
    expect([await code(20), await code(200)]).toEqual([0, TOO_MUCH])
  })

  it('is refused by how many values it compares, in joined documents', async () => {
    await embedded.seed('counts', rows)
    await embedded.seed(
      'lists',
      count(40).map(() => ({ all: rows.map(({ _id }) => _id) })),
    )
    const { send } = embedded.openTogether({
      lists: schema({ all: { foreignKey: 'counts._id' } }),
      counts: schema({ numbers: {} }),
    })
    const code = async (tests: number) => {
      return (await send(undefined, ['collection', 'lists,counts'], ['where', where('all._id', tests)], ['get'])).code
    }
    expect([await code(20), await code(200)]).toEqual([0, TOO_MUCH])
  })
})

/** A hundred times this one is all but about 40,000 characters of what one request may have. */
const LONG = { _id: 'long', content: 'x'.repeat(319_560), text: 'long', up: 'none' }
const SPEND: Step[] = [
  ['doc', 'long'],
  [
    'field',
    count(100)
      .map((at) => `content as n${at + 100}`)
      .join(),
  ],
  ['get'],
]
/** What a query, or the last of several, is answered that comes after SPEND; `others` are all documents but LONG. */
async function openSpent(rows: object[]) {
  const { multiSend } = await open({ content: {}, list: {}, text: {}, up: { parentKey: '_id' } }, [LONG, ...rows])
  return async (...chains: Step[][]) => {
    const { dataList } = await multiSend(SPEND, ...chains.map((steps): Step[] => [others, ...steps]))
    expect(dataList.slice(0, -1).map(({ code }) => code)).toEqual(chains.map(() => 0))
    return dataList.at(-1)!
  }
}
const others: Step = ['where', "text != 'long'"]

describe('what is sorted in memory', () => {
  const rows = count(5).map((at) => ({ _id: `s${at}`, up: '', list: ['x'.repeat(900), at], text: `t${at}` }))
  const orders = (name: string, times: number): Step => ['orderBy', repeat(name, times)]

  it('is charged for every value that it is sorted by, also where the answer leaves it out', async () => {
    const ask = await openSpent(rows)
    const tree = (order: Step) => ask([['field', 'text'], order, ['get', { getTree: true }]])
    expect((await tree(orders('list desc', 2))).data?.map(({ text }) => text)).toEqual(rows.map(({ text }) => text))
    expect((await tree(orders('text', 10))).code).toBe(0)
    expect((await tree(orders('list', 10))).code).toBe(TOO_MUCH)
    const groups = (order: Step) => ask([['groupBy', '_id'], ['groupField', 'first(list) as l'], order, ['get']])
    expect((await groups(orders('l', 2))).code).toBe(0)
    expect((await groups(orders('l', 10))).code).toBe(TOO_MUCH)
  })

  it('is sorted by ten fields at most, in however many calls they are named', async () => {
    const { ask } = await open({ text: {} }, rows.slice(0, 2))
    const calls = (times: number) => count(times).map(() => orders('text desc', 2))
    expect((await ask(['field', 'text'], ...calls(5), ['get'])).data).toMatchObject([{ text: 't1' }, { text: 't0' }])
    const answer = await ask(...calls(6), ['get'])
    expect([answer.code, answer.message]).toEqual(['SYNTAX_ERROR', 'orderBy() takes at most 10 fields'])
  })
})

describe('a path through a long list', () => {
  const list = count(100).map(() => ({}))
  const rows = count(4).map((at) => ({ _id: `p${at}`, up: '', list, text: `t${at}` }))
  const many = (times: number, toText: (at: number) => string) => count(times).map(toText).join()
  let ask: Awaited<ReturnType<typeof openSpent>>
  beforeAll(async () => {
    ask = await openSpent(rows)
  })

  it.each<[string, (times: number) => Step[]]>([
    ['conditions', (times) => [['get', { getTree: { startWith: where('list.x', times) } }]]],
    ['fields', (times) => [['field', many(times, (at) => `list.x as n${at}`)], ['get']]],
    ['fields inside of it', (times) => [['field', `list{${many(times, (at) => `x${at}`)}}`], ['get']]],
    ['operations', (times) => [['field', many(times, (at) => `size(list.x) as n${at}`)], ['get']]],
    ['groups', (times) => [['groupBy', many(times, (at) => `list.x as n${at}`)], ['get']]],
    [
      'sums of groups',
      (times) => [['groupBy', 'text'], ['groupField', many(times, (at) => `sum(list.x) as s${at}`)], ['get']],
    ],
    [
      'orders',
      (times) => [
        ['field', 'text'],
        ['orderBy', repeat('list.x', Math.min(times, 10))],
        ['get', { getTree: true }],
      ],
    ],
  ])('is charged for the way, where it finds nothing at its end as well: %s', async (_, toSteps) => {
    expect((await ask(toSteps(1))).code).toBe(0)
    expect((await ask(toSteps(50))).code).toBe(TOO_MUCH)
  })
})

it('documents of which field() leaves next to nothing are charged for being read', async () => {
  const ask = await openSpent(count(35).map((at) => ({ _id: `r${at}`, text: 'short' })))
  const ids: Step[] = [['field', '_id'], ['get']]
  expect((await ask(ids, ids)).code).toBe(0)
  expect((await ask(ids, ids, ids, ids)).code).toBe(TOO_MUCH)
})
