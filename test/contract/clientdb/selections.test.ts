import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { DRIVERS } from '../../fixtures/database/open'
import { MAX_ROWS, openEmbedded, type Embedded, type Step } from './embedded'
import { toToken } from './project'

describe.each(DRIVERS)('on %s', (driver) => {
  let embedded: Embedded

  beforeAll(async () => {
    embedded = await openEmbedded(driver, 'selections')
  })
  afterAll(() => embedded.close())

  const READ = { read: true, count: true }
  const DENIED = 'PERMISSION_ERROR'

  /** A collection that everybody reads, asked by a visitor. */
  async function open(properties: object, rows: object[], permission: object = READ) {
    const { send } = await embedded.open({ bsonType: 'object', permission, properties }, rows)
    return (...steps: Step[]) => send(undefined, ...steps)
  }

  const SCORES = [
    ['1', 'A', 'zhao', 5],
    ['1', 'A', 'qian', 15],
    ['1', 'B', 'li', 15],
    ['1', 'B', 'zhou', 25],
    ['2', 'A', 'wu', 25],
    ['2', 'A', 'zheng', 35],
  ].map(([grade, group, name, score], at) => ({ _id: `s${at}`, grade, class: group, name, score }))
  const SCORE_FIELDS = { grade: {}, class: {}, name: {}, score: { bsonType: 'int' }, pin: { bsonType: 'password' } }

  describe('groups', () => {
    it('are counted, summed and averaged by several fields, sorted by their results, and paged', async () => {
      const ask = await open(SCORE_FIELDS, SCORES)
      const results =
        'count(*) as students, sum(score) as total, avg(score) as mean, max(score) as best, min(score) as last'
      const group: Step[] = [
        ['groupBy', 'grade,class'],
        ['groupField', results],
        ['orderBy', 'total desc'],
      ]
      const rows = [
        { grade: '2', class: 'A', students: 2, total: 60, mean: 30, best: 35, last: 25 },
        { grade: '1', class: 'B', students: 2, total: 40, mean: 20, best: 25, last: 15 },
        { grade: '1', class: 'A', students: 2, total: 20, mean: 10, best: 15, last: 5 },
      ]
      expect(await ask(...group, ['get', { getCount: true }])).toMatchObject({ code: 0, count: 3, data: rows })
      expect(await ask(...group, ['skip', 1], ['limit', 1], ['get'])).toMatchObject({ code: 0, data: [rows[1]] })
      expect(await ask(...group, ['get', { getOne: true }])).toMatchObject({ code: 0, data: rows[0] })
      expect(await ask(...group, ['count'])).toMatchObject({ code: 0, total: 3 })
    })

    it('are made of what field() has prepared, as the statistics of uni-admin ask for them', async () => {
      const ask = await open(SCORE_FIELDS, SCORES)
      const answer = await ask(
        ['where', "grade == '1' && score >= 5"],
        ['field', 'undefined as temp_undefined,score as temp_score,score as temp_score, class,'],
        ['groupBy', 'class'],
        ['groupField', 'sum(temp_undefined) as undefined,sum(temp_score) as score,sum(temp_score) as score'],
        ['orderBy', 'class ', 'desc '],
        ['limit', 20],
        ['get', { getCount: true }],
      )
      expect(answer).toMatchObject({ code: 0, count: 2 })
      expect(answer.data).toEqual([
        { class: 'B', score: 40, undefined: 0 },
        { class: 'A', score: 20, undefined: 0 },
      ])
    })

    it('are made by what an operation computes: users by the day', async () => {
      const days = [1611367810000, 1611367810000, 1611281410000].map((register_date) => ({ register_date }))
      const ask = await open({ register_date: { bsonType: 'timestamp' } }, days)
      const answer = await ask(
        ['groupBy', 'dateToString(add(new Date(0),register_date),"%Y-%m-%d","+0800") as date'],
        ['groupField', 'count(*) as users'],
        ['orderBy', 'date'],
        ['get'],
      )
      expect(answer.data).toEqual([
        { date: '2021-01-22', users: 1 },
        { date: '2021-01-23', users: 2 },
      ])
    })

    it('put what lacks a field with null, once', async () => {
      const ask = await open({ kind: {} }, [{ kind: null }, {}, { kind: 'a' }])
      const answer = await ask(['groupBy', 'kind'], ['groupField', 'count() as n'], ['orderBy', 'n desc'], ['get'])
      expect(answer.data).toEqual([
        { kind: null, n: 2 },
        { kind: 'a', n: 1 },
      ])
    })

    it('keep apart what is of another type, and put lists and objects together by what is in them', async () => {
      const day = new Date(0)
      const kinds = [1, '1', true, 'true', day, day.toISOString(), [1], ['1'], { a: 1 }, { a: '1' }, 'null', null]
      const ask = await open(
        { kind: {}, at: {} },
        [...kinds, ...kinds].map((kind, at) => ({ kind, at })),
      )
      const results = 'count(*) as n,addToSet(kind) as kinds,push(at) as places'
      const answer = await ask(['groupBy', 'kind'], ['groupField', results], ['get'])
      expect(answer.data).toEqual(
        kinds.map((kind, at) => ({ kind, n: 2, kinds: [kind], places: [at, at + kinds.length] })),
      )
      const once = await ask(['field', 'kind'], ['distinct'], ['get'])
      expect(once.data).toEqual(kinds.map((kind) => ({ kind })))
    })

    it('are refused past as many documents as a query may look at', async () => {
      const rows = Array.from({ length: MAX_ROWS + 1 }, (_, at) => ({ at }))
      const ask = await open({ at: {} }, rows)
      const code = async (...steps: Step[]) => (await ask(...steps, ['get'])).code
      expect(await code(['groupBy', 'at'], ['groupField', 'count(*) as n'])).toBe('uni-cloud-too-many-rows')
      expect(await code(['field', 'at'], ['distinct'])).toBe('uni-cloud-too-many-rows')
    })

    it('tell how many documents there are only where they may be counted', async () => {
      const ask = await open(SCORE_FIELDS, SCORES, { read: true, count: false })
      for (const counted of ['count(*) as n', 'count() as n', 'sum(1) as n', 'push(1) as n']) {
        expect((await ask(['groupBy', 'grade'], ['groupField', counted], ['get'])).code).toBe(DENIED)
      }
      expect((await ask(['groupBy', 'grade'], ['groupField', 'sum(score) as n'], ['get'])).code).toBe(0)
      expect((await ask(['groupBy', 'grade'], ['get', { getCount: true }])).code).toBe(DENIED)
    })
  })

  it('distinct() answers what field() asks for once each', async () => {
    const ask = await open(SCORE_FIELDS, SCORES)
    const answer = await ask(['field', 'grade,class as team'], ['distinct'], ['orderBy', 'grade desc,team'], ['get'])
    expect(answer.data).toEqual([
      { grade: '2', team: 'A' },
      { grade: '1', team: 'A' },
      { grade: '1', team: 'B' },
    ])
    expect(await ask(['field', 'grade'], ['distinct'], ['count'])).toMatchObject({ total: 2 })
    for (const steps of [[['distinct']], [['field', '_id,grade'], ['distinct']]] as Step[][]) {
      expect((await ask(...steps, ['get'])).code).toBe('SYNTAX_ERROR')
    }
  })

  it('field() computes with operations, and the answer is sorted by their names', async () => {
    const ask = await open({ version: {}, platform: {}, n: {} }, [
      { version: '1.0', platform: 'ios', n: 1 },
      { version: '2.0', platform: 'android', n: 5 },
    ])
    const field = "concat(version, '---', platform) as value, version as text, cond(gt(n, 2), 'much', 'little') as size"
    const answer = await ask(['field', field], ['orderBy', 'value desc'], ['get'])
    expect(answer.data?.map(({ _id, ...row }) => row)).toEqual([
      { value: '2.0---android', text: '2.0', size: 'much' },
      { value: '1.0---ios', text: '1.0', size: 'little' },
    ])
    const named = await ask(['field', 'version as text,n'], ['orderBy', 'text desc'], ['limit', 1], ['get'])
    expect(named.data?.map(({ n }) => n)).toEqual([5])
    const missing = await ask(['field', "concat(version, none, 'x') as value"], ['limit', 1], ['get'])
    expect(missing.data?.[0]).toMatchObject({ value: null })
    const texts = await ask(['field', "concat('$version', '$$ROOT') as value"], ['limit', 1], ['get'])
    expect(texts.data?.[0]).toMatchObject({ value: '$version$$ROOT' })
  })

  it('field() is sorted by a field that it leaves out beside the result of an operation', async () => {
    const rows = [1, 3, 2].map((created) => ({ _id: `r${created}`, x: 'a', y: 'b', created, secret: 9 - created }))
    const ask = await open({ x: {}, y: {}, created: {}, secret: { permission: { read: false } } }, rows)
    const field: Step = ['field', 'concat(x,y) as v']
    const answer = await ask(field, ['orderBy', 'v asc, created desc'], ['get'])
    expect(answer.data).toEqual(['r3', 'r2', 'r1'].map((_id) => ({ _id, v: 'ab' })))
    expect((await ask(field, ['orderBy', 'v asc, secret desc'], ['get'])).code).toBe(DENIED)
  })

  const TREE = [
    { _id: '1', name: 'head', parent_id: '', status: 0, note: 'n1' },
    { _id: '11', name: 'part a', parent_id: '1', status: 0, note: 'n11' },
    { _id: '12', name: 'part b', parent_id: '1', status: 1, note: 'n12' },
    { _id: '111', name: 'team', parent_id: '11', status: 0, note: 'n111' },
    { _id: '2', name: 'other head', status: 0, note: 'n2' },
  ]
  const TREE_FIELDS = {
    name: {},
    status: {},
    parent_id: { bsonType: 'string', parentKey: '_id' },
    note: { permission: { read: false } },
  }
  const leaf = (name: string, value: string) => ({ _id: value, text: name, value, children: [] as object[] })

  describe('a tree', () => {
    it('has the children of each document below it, as menus and pickers ask for it', async () => {
      const ask = await open(TREE_FIELDS, TREE)
      const field: Step = ['field', '_id as value,name as text']
      const head = leaf('head', '1')
      const part = { ...leaf('part a', '11'), children: [leaf('team', '111')] }
      const all = [{ ...head, children: [part, leaf('part b', '12')] }, leaf('other head', '2')]
      const options = { limitLevel: 10, startWith: '' }
      expect((await ask(field, ['orderBy', 'text desc'], ['get', { getTree: options }])).data).toEqual([
        all[1],
        { ...head, children: [leaf('part b', '12'), part] },
      ])
      const paged = await ask(field, ['skip', 0], ['limit', 1], ['get', { getTree: true, getCount: true }])
      expect(paged).toMatchObject({ code: 0, count: 2, data: [all[0]] })
      const start = { limitLevel: 1, startWith: '_id == "1"' }
      expect((await ask(['where', 'status == 0'], field, ['get', { getTree: start }])).data).toEqual([
        { ...head, children: [leaf('part a', '11')] },
      ])
      expect((await ask(['where', 'status == 1'], field, ['get', { getTree: start }])).data).toEqual([])
    })

    it('is answered as the path to a document as well', async () => {
      const ask = await open(TREE_FIELDS, TREE)
      const path = await ask(
        ['field', 'name,parent_id as parent_value'],
        ['get', { getTreePath: { startWith: "name == 'team'" } }],
      )
      const team = { _id: '111', name: 'team', parent_value: '11' }
      const part = { _id: '11', name: 'part a', parent_value: '1', children: [team] }
      expect(path.data).toEqual([{ _id: '1', name: 'head', parent_value: '', children: [part] }])
      const short = await ask(['field', 'name'], ['get', { getTreePath: { limitLevel: 1, startWith: '_id == "111"' } }])
      expect(short.data).toEqual([{ _id: '11', name: 'part a', children: [{ _id: '111', name: 'team' }] }])
      expect((await ask(['get', { getTreePath: {} }])).code).toBe('SYNTAX_ERROR')
    })

    it('is cut off at its last level where documents are their own parents', async () => {
      const ask = await open(TREE_FIELDS, [
        { _id: 'a', parent_id: 'b' },
        { _id: 'b', parent_id: 'a' },
      ])
      const options = { limitLevel: 2, startWith: '_id == "a"' }
      const last = { _id: 'a', parent_id: 'b', children: [] }
      const middle = { _id: 'b', parent_id: 'a', children: [last] }
      expect((await ask(['get', { getTree: options }])).data).toEqual([{ ...last, children: [middle] }])
      const path = await ask(['field', '_id'], ['get', { getTreePath: options }])
      expect(path.data).toEqual([{ _id: 'a', children: [{ _id: 'b', children: [{ _id: 'a' }] }] }])
    })

    it('with the same key again and again is refused before it grows', async () => {
      const rows = Array.from({ length: 30 }, (_, at) => ({ key: at % 15, up: (at % 15) + 1 }))
      const ask = await open({ key: {}, up: { parentKey: 'key' } }, rows)
      const answer = await ask(['get', { getTree: { limitLevel: 15, startWith: 'up == 15' } }])
      expect(answer.code).toBe('uni-cloud-too-many-rows')
    })

    it('follows the parentKey that the page chooses among several', async () => {
      const fields = { up: { parentKey: '_id' }, over: { parentKey: '_id' } }
      const ask = await open(fields, [{ _id: 'a' }, { _id: 'b', up: 'a' }, { _id: 'c', over: 'b' }])
      const roots = async (...steps: Step[]) => (await ask(...steps)).data?.map(({ _id }) => _id)
      expect(await roots(['parentKey', 'up'], ['get', { getTree: true }])).toEqual(['a', 'c'])
      expect(await roots(['get', { getTree: { parentKey: 'over' } }])).toEqual(['a', 'b'])
      expect((await ask(['get', { getTree: true }])).code).toBe('SYNTAX_ERROR')
      expect((await ask(['parentKey', 'none'], ['get', { getTree: true }])).code).toBe('SYNTAX_ERROR')
    })

    it('shows no document, no field and no place in it that must not be seen', async () => {
      const ask = await open(TREE_FIELDS, TREE, { read: 'doc.status == 0' })
      const seen = await ask(['where', 'status == 0'], ['get', { getTree: true }])
      expect(await ask(['get', { getTree: true }])).toEqual(seen)
      expect(await ask(['get', { getTreePath: { startWith: '_id == "12"' } }])).toMatchObject({ code: 0, data: [] })
      expect(JSON.stringify(seen.data)).not.toMatch(/"12"|note|n1/)
      expect(seen.data?.map(({ _id }) => _id)).toEqual(['1', '2'])
      const secret = { ...TREE_FIELDS, parent_id: { parentKey: '_id', permission: { read: false } } }
      const hidden = await open(secret, TREE)
      expect((await hidden(['field', 'name'], ['get', { getTree: true }])).code).toBe(DENIED)
      expect((await hidden(['get', { getTreePath: { startWith: '_id == "111"' } }])).code).toBe(DENIED)
      expect((await ask(['where', 'status == 0'], ['get', { getTree: { startWith: "note == 'n1'" } }])).code).toBe(
        DENIED,
      )
    })
  })

  describe('a password and a forbidden field', () => {
    const fields = { name: {}, pin: { bsonType: 'password' }, note: { permission: { read: 'doc.name == auth.uid' } } }
    const rows = [{ name: 'ada', pin: 'hash', note: 'hidden' }]
    const parts = ['pin', 'note', 'pin.x']

    it.each(
      parts.flatMap((part): [string, Step[]][] => [
        [`groupBy ${part}`, [['groupBy', part]]],
        [`groupBy ${part} as name`, [['groupBy', `${part} as name`]]],
        [
          `sum ${part}`,
          [
            ['groupBy', 'name'],
            ['groupField', `sum(${part}) as name2`],
          ],
        ],
        [
          `max ${part}`,
          [
            ['groupBy', 'name'],
            ['groupField', `max(${part}) as best`],
          ],
        ],
        [
          `push ${part}`,
          [
            ['groupBy', 'name'],
            ['groupField', `push(concat(${part}, 'x')) as best`],
          ],
        ],
        [
          `prepare ${part}`,
          [
            ['field', `name, ${part} as temp`],
            ['groupBy', 'name'],
            ['groupField', 'first(temp) as t'],
          ],
        ],
        [`compute ${part}`, [['field', `concat('', ${part}) as name`]]],
        [`compare ${part}`, [['field', `cond(gt(${part}, 'h'), 1, 0) as name`]]],
        [`be distinct by ${part}`, [['field', part], ['distinct']]],
        [`be distinct by ${part} as name`, [['field', `${part} as name`], ['distinct']]],
        [
          `sort by ${part}`,
          [
            ['field', 'name'],
            ['orderBy', part],
          ],
        ],
        [
          `sort by ${part} as x`,
          [
            ['field', `${part} as x`],
            ['orderBy', 'x'],
          ],
        ],
        [
          `tell ${part} by a where`,
          [
            ['where', `${part} > 'h'`],
            ['groupBy', 'name'],
          ],
        ],
      ]),
    )('cannot be asked for to %s', async (_, steps) => {
      const schema = { bsonType: 'object', permission: READ, properties: fields }
      const { send } = await embedded.open(schema, rows)
      const visitor = await send(undefined, ...steps, ['get'])
      expect(['PERMISSION_ERROR', 'TOKEN_INVALID_ANONYMOUS_USER']).toContain(visitor.code)
      expect(visitor.data).toBeUndefined()
      const isPassword = JSON.stringify(steps).includes('pin')
      const admin = await send(toToken('root', { role: ['admin'] }), ...steps, ['get'])
      expect(admin.code).toBe(isPassword ? DENIED : 0)
      expect(JSON.stringify(admin)).not.toContain('hash')
    })
  })

  describe('what field(), groupBy() and groupField() do not take', () => {
    it.each<[string, Step[], string, string]>([
      ['a variable', [['field', "map(list, 'x', x.pin) as a"]], 'uni-cloud-not-supported', 'map'],
      ['the whole document', [['field', 'objectToArray(name) as a']], 'uni-cloud-not-supported', 'objectToArray'],
      ['a literal', [['field', "literal('$pin') as a"]], 'uni-cloud-not-supported', 'literal'],
      ['a script', [['field', "function('return 1') as a"]], 'SYNTAX_ERROR', 'function'],
      ['a variable of the database', [['field', 'concat($$ROOT, 1) as a']], 'SYNTAX_ERROR', '$$ROOT'],
      ['the prototype', [['field', 'concat(__proto__, name) as a']], 'SYNTAX_ERROR', '__proto__'],
      ['an operation without a name', [['field', 'concat(name, name)']], 'SYNTAX_ERROR', 'as'],
      ['an operation as _id', [['field', 'concat(name, name) as _id']], 'SYNTAX_ERROR', '_id'],
      ['a field as _id', [['groupBy', 'name as _id']], 'SYNTAX_ERROR', '_id'],
      [
        'a field among groups',
        [
          ['groupBy', 'name'],
          ['groupField', 'name as a'],
        ],
        'uni-cloud-not-supported',
        'groupField',
      ],
      ['groupField() alone', [['groupField', 'count(*) as a']], 'SYNTAX_ERROR', 'groupBy()'],
      [
        'one name twice',
        [
          ['groupBy', 'name'],
          ['groupField', 'sum(a) as x, avg(a) as x'],
        ],
        'SYNTAX_ERROR',
        'twice',
      ],
      ['a format as a variable', [['field', "dateToString(name,'$pin') as a"]], 'SYNTAX_ERROR', 'format'],
      ['a time zone as a variable', [['field', "year(name,'$pin') as a"]], 'SYNTAX_ERROR', 'time zone'],
      [
        'endless brackets',
        [['field', `${'concat('.repeat(1000)}name${')'.repeat(1000)} as a`]],
        'SYNTAX_ERROR',
        'expression',
      ],
      [
        'one field again and again',
        [['field', `concat(${'name,'.repeat(100)}name) as a`]],
        'SYNTAX_ERROR',
        '100 fields',
      ],
      [
        'more names than a hundred',
        [['field', Array.from({ length: 101 }, (_, at) => `name as n${at}`).join()]],
        'SYNTAX_ERROR',
        '100 fields',
      ],
      [
        'more results than a hundred',
        [
          ['groupBy', 'list'],
          ['groupField', Array.from({ length: 101 }, (_, at) => `push(name) as n${at}`).join()],
        ],
        'SYNTAX_ERROR',
        '100 fields',
      ],
      [
        'a result in the place of a key',
        [
          ['groupBy', 'name'],
          ['groupField', 'count(*) as name'],
        ],
        'SYNTAX_ERROR',
        'twice',
      ],
      ['a key inside of another', [['groupBy', 'list,list.a']], 'SYNTAX_ERROR', 'twice'],
      [
        'a tree of groups',
        [
          ['groupBy', 'name'],
          ['get', { getTree: true }],
        ],
        'uni-cloud-not-supported',
        'getTree',
      ],
    ])('is refused by its name: %s', async (_, steps, code, words) => {
      const ask = await open({ name: {}, pin: { bsonType: 'password' }, list: {} }, [{ name: 'ada', pin: 'hash' }])
      const answer = await ask(...steps, ...(steps.at(-1)?.[0] === 'get' ? [] : ([['get']] as Step[])))
      expect([answer.code, answer.message]).toEqual([code, expect.stringContaining(words)])
    })

    it('and an operation that does not fit what is stored says so without the value', async () => {
      const ask = await open({ name: {} }, [{ name: 'a stored value' }])
      const answer = await ask(['field', 'year(name) as y'], ['get'])
      expect([answer.code, answer.message]).toEqual(['SYNTAX_ERROR', expect.not.stringContaining('stored value')])
    })
  })
})
