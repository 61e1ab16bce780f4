import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { DRIVERS } from '../../fixtures/database/open'
import { openEmbedded, type Embedded, type Step } from './embedded'

const deep = (levels: number, inner: unknown) => Array.from({ length: levels }).reduce((one) => [one], inner)
const call = (method: unknown, ...params: unknown[]) => ({ $method: method, $param: params })
/** Objects that cannot become texts or numbers, and others where the form has no place for them. */
const VALUES: [string, unknown][] = [
  ['an object without a text', { toString: 1, valueOf: 1 }],
  ['an object with a null text', { toString: null, valueOf: null }],
  ['an object that claims a length', { length: 1e9, 0: 'a' }],
  ['an object with a prototype of its own', JSON.parse('{"__proto__":{"a":1},"constructor":1}')],
  ['a list of such objects', [{ toString: 1, valueOf: 1 }]],
  ['lists in lists', deep(1000, 'a')],
  ['a number', 1e308],
  ['true', true],
  ['null', null],
  ['nothing', ''],
  ['a text that is not one field', 'a b c, (('],
]
const MARKS = ['$env', '$date', '$newDb', '$regexp', '$db', '$cmd']
const given = [
  ...VALUES,
  ...VALUES.flatMap(([name, value]) =>
    MARKS.map((mark): [string, unknown] => [`${mark} of ${name}`, { [mark]: value }]),
  ),
  ...VALUES.flatMap(([name, value]): [string, unknown][] => [
    [`a regular expression of ${name}`, { $regexp: { source: value, flags: value } }],
    [`a call named by ${name}`, { $newDb: [call(value, value)] }],
    [`new db.RegExp() of ${name}`, { $newDb: [call('RegExp', { regexp: value, options: value })] }],
    [`db.serverDate() of ${name}`, { $newDb: [call('serverDate', { offset: value })] }],
    [`db.command of ${name}`, { $db: [call('command'), call('gt', value), call('and', value)] }],
    [`db.command called ${name}`, { $db: [call('command'), call(value, value)] }],
  ]),
]
const ANSWERS: unknown[] = [
  0,
  'SYNTAX_ERROR',
  'VALIDATION_ERROR',
  'TOKEN_INVALID_ANONYMOUS_USER',
  'uni-cloud-not-supported',
]

describe.each(DRIVERS)('on %s', (driver) => {
  let embedded: Embedded
  let opened: Awaited<ReturnType<typeof embedded.open>>

  beforeAll(async () => {
    embedded = await openEmbedded(driver, 'hostile')
    const schema = {
      bsonType: 'object',
      permission: { read: true, create: true, update: true, delete: true, count: true },
      properties: { title: {}, up: { parentKey: '_id' }, link: { foreignKey: 'rows-0._id' } },
    }
    opened = await embedded.open(schema, [{ _id: 'a', title: 'one', up: '' }])
  })
  afterAll(() => embedded.close())

  it.each<[string, (value: unknown) => Step[]]>([
    ['doc()', (value) => [['doc', value], ['get']]],
    ['where()', (value) => [['where', value], ['get']]],
    ['where() of a field', (value) => [['where', { title: value }], ['get']]],
    ['where() inside of a field', (value) => [['where', { title: { in: { it: value } } }], ['get']]],
    ['field()', (value) => [['field', value], ['get']]],
    ['field() of an object', (value) => [['field', { title: value }], ['get']]],
    ['groupBy()', (value) => [['groupBy', value], ['get']]],
    ['groupField()', (value) => [['groupBy', 'title'], ['groupField', value], ['get']]],
    ['orderBy()', (value) => [['orderBy', value], ['get']]],
    ['the direction of orderBy()', (value) => [['orderBy', 'title', value], ['get']]],
    ['skip()', (value) => [['skip', value], ['get']]],
    ['limit()', (value) => [['limit', value], ['get']]],
    ['foreignKey()', (value) => [['foreignKey', value], ['get']]],
    [
      'parentKey()',
      (value) => [
        ['parentKey', value],
        ['get', { getTree: true }],
      ],
    ],
    ['get()', (value) => [['get', value]]],
    ['getTree', (value) => [['get', { getTree: value }]]],
    [
      'where a tree begins',
      (value) => [['get', { getTree: { startWith: value, limitLevel: value, parentKey: value } }]],
    ],
    ['where a path ends', (value) => [['get', { getTreePath: { startWith: value } }]]],
    ['count()', (value) => [['count', value]]],
    ['the name of a method', (value) => [[value as string], ['get']]],
    ['add()', (value) => [['add', value]]],
    ['add() of a field', (value) => [['add', { title: value }]]],
    [
      'update()',
      (value) => [
        ['doc', 'a'],
        ['update', value],
      ],
    ],
    [
      'update() of a field',
      (value) => [
        ['doc', 'a'],
        ['update', { title: value }],
      ],
    ],
  ])('what cannot be understood is refused and never fails: %s', async (_, toSteps) => {
    const codes = new Map<string, unknown>()
    for (const [name, value] of given) codes.set(name, (await opened.send(undefined, ...toSteps(value))).code)
    expect([...codes].filter(([, code]) => !ANSWERS.includes(code))).toEqual([])
    expect(opened.errors.splice(0)).toEqual([])
  })
})
