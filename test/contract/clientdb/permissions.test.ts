import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { DRIVERS } from '../../fixtures/database/open'
import { openEmbedded, toChain, type Answer, type Embedded, type Step } from './embedded'
import { toToken } from './project'

type Row = Record<string, unknown> & { _id: string }
interface Who {
  uid: string | null
  role: string[]
}
/** A rule as a schema writes it, the same for where(), and what it means, written as plainly as can be. */
interface Rule {
  text: string
  jql: string
  holds(row: Row, who: Who): boolean
}

const OWNERS = ['ada', 'bob']
const ROWS: Row[] = Array.from({ length: 24 }, (_, at) => ({
  _id: `row-${at}`,
  ...(at % 3 < 2 && { owner: OWNERS[at % 3] }),
  ...(at % 4 > 0 && { level: at % 4 }),
  open: at % 5 === 0,
  note: `note ${at}`,
}))

const leaf: fc.Arbitrary<Rule> = fc.oneof(
  fc.constant<Rule>({
    text: 'doc.owner == auth.uid',
    jql: 'owner == $cloudEnv_uid',
    holds: (row, { uid }) => uid !== null && row['owner'] === uid,
  }),
  fc.integer({ min: 0, max: 4 }).map<Rule>((n) => ({
    text: `doc.level > ${n}`,
    jql: `level > ${n}`,
    holds: (row) => Number(row['level']) > n,
  })),
  fc.integer({ min: 1, max: 3 }).map<Rule>((n) => ({
    text: `doc.level in [${n}, 7]`,
    jql: `level in [${n}, 7]`,
    holds: (row) => row['level'] === n,
  })),
  fc.constant<Rule>({ text: 'true == doc.open', jql: 'open == true', holds: (row) => row['open'] === true }),
)
const constant: fc.Arbitrary<Rule> = fc.oneof(
  fc.constant<Rule>({ text: "'editor' in auth.role", jql: '', holds: (_, { role }) => role.includes('editor') }),
  fc.constant<Rule>({ text: 'auth.uid != null', jql: '', holds: (_, { uid }) => uid !== null }),
  fc.boolean().map<Rule>((value) => ({ text: String(value), jql: '', holds: () => value })),
)

function rules(leaves: fc.Arbitrary<Rule>): fc.Arbitrary<Rule> {
  return fc.letrec<{ rule: Rule }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaves,
      fc.tuple(tie('rule'), tie('rule'), fc.constantFrom('&&', '||')).map<Rule>(([a, b, sign]) => ({
        text: `(${a.text} ${sign} ${b.text})`,
        jql: `(${a.jql} ${sign} ${b.jql})`,
        holds: (row, who) =>
          sign === '&&' ? a.holds(row, who) && b.holds(row, who) : a.holds(row, who) || b.holds(row, who),
      })),
      tie('rule').map<Rule>((a) => ({
        text: `!(${a.text})`,
        jql: `!(${a.jql})`,
        holds: (row, who) => !a.holds(row, who),
      })),
    ),
  })).rule
}

const anyRule = rules(fc.oneof({ weight: 3, arbitrary: leaf }, constant))
const fieldRule = rules(leaf)
/** Values of every kind, and none at all. */
const LEVELS = [undefined, null, 0, 1, 2, 2.5, '2', '12', '', true, [1, 2], [], ['2', null], [3], { a: 2 }]
const WIDE: Row[] = LEVELS.map((level, at) => ({
  _id: `wide-${at}`,
  ...(level !== undefined && { level }),
  ...(at % 3 > 0 && { owner: OWNERS[at % 2] }),
  note: `note-${String(at).padStart(2, '0')}`,
}))
const valuesAt = ({ level }: Row): unknown[] => (Array.isArray(level) ? [...(level as unknown[]), level] : [level])
const wideValue = fc.constantFrom<string | number | boolean | null>(null, 0, 1, 2, 3, '2', '', true, 2.5)
const isEqual = (one: unknown, other: unknown) => (one ?? null) === other
const wideLeaf: fc.Arbitrary<Rule> = fc.oneof(
  fc.tuple(wideValue, fc.constantFrom('==', '!=')).map<Rule>(([value, sign]) => ({
    text: `doc.level ${sign} ${JSON.stringify(value)}`,
    jql: `level ${sign} ${JSON.stringify(value)}`,
    holds: (row) => valuesAt(row).some((one) => isEqual(one, value)) === (sign === '=='),
  })),
  fc
    .tuple(fc.constantFrom<string | number>(0, 1, 2, '1', '2'), fc.constantFrom('>', '<='))
    .map<Rule>(([value, sign]) => ({
      text: `doc.level ${sign} ${JSON.stringify(value)}`,
      jql: `level ${sign} ${JSON.stringify(value)}`,
      holds: (row) =>
        valuesAt(row).some((one) => {
          if (typeof one !== typeof value) return false
          return sign === '>' ? (one as string) > (value as string) : (one as string) <= (value as string)
        }),
    })),
  fc.array(wideValue, { maxLength: 3 }).map<Rule>((values) => ({
    text: `doc.level in ${JSON.stringify(values)}`,
    jql: `level in ${JSON.stringify(values)}`,
    holds: (row) => valuesAt(row).some((one) => values.some((value) => isEqual(one, value))),
  })),
  fc.constant<Rule>({
    text: '/2/.test(doc.level)',
    jql: '/2/.test(level)',
    holds: (row) => valuesAt(row).some((one) => typeof one === 'string' && one.includes('2')),
  }),
  fc.constant<Rule>({
    text: 'doc.owner == auth.uid',
    jql: 'owner == $cloudEnv_uid',
    holds: (row, { uid }) => row['owner'] === uid,
  }),
)
const wideRule = rules(fc.oneof({ weight: 5, arbitrary: wideLeaf }, constant))
const anybody = fc.constantFrom<Who>(
  { uid: null, role: [] },
  { uid: 'ada', role: [] },
  { uid: 'bob', role: ['editor'] },
)
const wheres = fc.option(
  fc.oneof(
    fieldRule.map(({ jql }) => jql),
    fc.constantFrom<unknown>(
      { _id: 'row-1' },
      { _id: 'row-2' },
      { _id: 'row-15' },
      { owner: 'bob' },
      { note: /1/ },
      { level: 2, open: true },
    ),
  ),
  { nil: '' as unknown },
)

describe.each(DRIVERS)('on %s', (driver) => {
  let embedded: Embedded

  beforeAll(async () => {
    embedded = await openEmbedded(driver, 'permissions')
  })
  afterAll(() => embedded.close())

  /** The rows with one schema, for callers by what their token says. */
  async function open(permission: object, note: object = {}) {
    const properties = { owner: {}, level: {}, open: {}, note: { bsonType: 'string', permission: note } }
    const { send, rows } = await embedded.open({ bsonType: 'object', permission, properties }, ROWS)
    return {
      rows,
      send: async ({ uid, role }: Who, ...steps: Step[]) => {
        const answer = await send(uid === null ? undefined : toToken(uid, { role }), ...steps)
        return answer as Answer & { data?: Row[] }
      },
    }
  }

  describe('whatever a schema permits, and whatever a page asks', () => {
    it('no document and no field that it forbids ever leaves, and none is changed or removed', async () => {
      const kept = fc.record({ read: anyRule, update: anyRule, remove: anyRule, note: anyRule })
      await fc.assert(
        fc.asyncProperty(kept, anybody, wheres, fc.boolean(), async (given, who, where, isNamed) => {
          const permission = { read: given.read.text, update: given.update.text, delete: given.remove.text }
          const { send, rows } = await open(permission, { read: given.note.text })
          const field: Step[] = isNamed ? [['field', 'owner,note as words']] : []
          const answer = await send(who, ['where', where], ...field, ['limit', 1000], ['get'])
          for (const found of answer.data ?? []) {
            const row = ROWS.find(({ _id }) => _id === found._id)!
            expect(given.read.holds(row, who)).toBe(true)
            if ('note' in found || 'words' in found) expect(given.note.holds(row, who)).toBe(true)
          }
          await send(who, ['where', where], ['update', { level: 99 }])
          const after = (await rows.limit(1000).get()).data as Row[]
          for (const row of after.filter(({ level }) => level === 99)) {
            expect(
              given.update.holds(
                ROWS.find(({ _id }) => _id === row._id)!,
                who,
              ),
            ).toBe(true)
          }
          await send(who, ['where', where], ['remove'])
          const left = new Set((await rows.limit(1000).get()).data.map(({ _id }) => _id))
          for (const row of after.filter(({ _id }) => !left.has(_id))) expect(given.remove.holds(row, who)).toBe(true)
        }),
        { numRuns: 120 },
      )
    })

    it('a list that has a permitted value and a forbidden one is forbidden, whatever the form of the query says', async () => {
      const { send, rows } = await open({ read: true }, { read: 'doc.level != 1' })
      await rows.add({ _id: 'list', level: [1, 2], note: 'forbidden' })
      const who = { uid: null, role: [] }
      const all = (await send(who, ['where', 'level == 2'], ['field', 'level'], ['get'])).data ?? []
      expect(all.map(({ _id }) => _id)).toContain('list')
      const noted = (await send(who, ['where', 'level == 2'], ['get'])).data ?? []
      expect(noted.map(({ note }) => note)).toEqual(ROWS.filter(({ level }) => level === 2).map(({ note }) => note))
    })

    it('an id that a page names is answered where its rule lets it be seen, and refused elsewhere', async () => {
      const properties = { _id: { permission: { read: 'doc.open == true' } }, owner: {}, open: {} }
      const { send } = await embedded.open({ bsonType: 'object', permission: { read: true }, properties }, ROWS)
      const first = ['doc', 'row-0'] satisfies Step
      const seen = { _id: 'row-0', owner: 'ada' }
      for (const fields of ['_id,owner', { _id: true, owner: true }]) {
        expect(await send(undefined, first, ['field', fields], ['get'])).toMatchObject({ code: 0, data: [seen] })
      }
      const renamed = await send(undefined, first, ['field', '_id as id,owner as name'], ['get'])
      expect(renamed.data).toEqual([{ _id: 'row-0', id: 'row-0', name: 'ada' }])
      const unnamed = await send(undefined, ['where', 'owner == "ada"'], ['field', 'owner'], ['limit', 1], ['get'])
      expect(unnamed.data).toEqual([{ owner: 'ada' }])
      const refused = await send(undefined, ['doc', 'row-1'], ['field', '_id,owner'], ['get'])
      expect([refused.code, refused.data]).toEqual(['PERMISSION_ERROR', undefined])
    })

    it('a document without an owner belongs to no anonymous caller, and is not for all the others either', async () => {
      const visitor = { uid: null, role: [] }
      for (const read of [
        'doc.owner == auth.uid',
        '!(doc.owner == auth.uid)',
        'doc.owner != auth.uid',
        'auth.uid in doc.owner',
      ]) {
        const { send } = await open({ read })
        const answers = [
          await send(visitor, ['doc', 'row-2'], ['get']),
          await send(visitor, ['where', 'owner == null'], ['get']),
        ]
        expect([read, ...answers.map(({ code }) => code)]).toEqual([
          read,
          'TOKEN_INVALID_ANONYMOUS_USER',
          'TOKEN_INVALID_ANONYMOUS_USER',
        ])
      }
    })

    it('a list that only reads like the permitted one finds nothing more', async () => {
      const visitor = { uid: null, role: [] }
      for (const [permitted, asked] of [
        ["doc.owner in ['ada,bob']", "owner in ['ada','bob']"],
        ["doc.level in ['1','2']", 'level in [1,2]'],
      ] as const) {
        const { send } = await open({ read: permitted })
        expect(await send(visitor, ['where', asked], ['get'])).toMatchObject({ code: 0, data: [] })
        expect((await send(visitor, ['where', permitted.slice('doc.'.length)], ['get'])).code).toBe(0)
      }
    })

    it('a page that asks for exactly what is permitted gets exactly that', async () => {
      await fc.assert(
        fc.asyncProperty(fieldRule, async (rule) => {
          const who = { uid: 'ada', role: [] }
          const { send } = await open({ read: rule.text })
          const { code, data } = await send(who, ['where', rule.jql], ['limit', 1000], ['get'])
          const permitted = ROWS.filter((row) => rule.holds(row, who)).map(({ _id }) => _id)
          expect([code, data?.map(({ _id }) => _id)]).toEqual([0, permitted])
        }),
        { numRuns: 60 },
      )
    })

    it('a page that leaves the condition out gets exactly what may be seen of what it asks for', async () => {
      await embedded.seed('wide', WIDE)
      let answered = 0
      await fc.assert(
        fc.asyncProperty(wideRule, fc.option(wideLeaf), fc.boolean(), async (rule, where, isEditor) => {
          const who = { uid: 'ada', role: isEditor ? ['editor'] : [] }
          const permission = { read: rule.text, count: true }
          const { send, errors } = embedded.openTogether({
            wide: { permission, properties: { note: { permission: { read: rule.text } } } },
          })
          const first: Step[] = [['collection', 'wide'], ...((where ? [['where', where.jql]] : []) as Step[])]
          const token = toToken(who.uid, { role: who.role })
          const seen = WIDE.filter((row) => rule.holds(row, who) && (where?.holds(row, who) ?? true))
          const found = await send(token, ...first, ['limit', 1000], ['get', { getCount: true }])
          expect(errors).toEqual([])
          if (found.code !== 0) {
            expect([found.code, seen]).toEqual(['PERMISSION_ERROR', []])
            return
          }
          answered += 1
          expect([found.data, found.count]).toEqual([seen, seen.length])
          expect((await send(token, ...first, ['count'])).total).toBe(seen.length)
          const page = await send(token, ...first, ['orderBy', 'note', 'desc'], ['skip', 1], ['limit', 2], ['get'])
          expect(page.data).toEqual(seen.toReversed().slice(1, 3))
          const grouped = await send(
            token,
            ...first,
            ['groupBy', 'owner'],
            ['groupField', 'push(note) as notes'],
            ['get'],
          )
          const notes = grouped.data?.flatMap(({ notes: some }) => some as unknown[]).sort()
          expect(notes).toEqual(seen.map(({ note }) => note))
        }),
        { numRuns: 150 },
      )
      expect(answered).toBeGreaterThan(75)
    })

    it('a page that names documents gets them where it may see all of them, and else an error that tells nothing', async () => {
      await fc.assert(
        fc.asyncProperty(
          anyRule,
          anybody,
          fc.subarray(ROWS, { minLength: 1, maxLength: 4 }),
          async (rule, who, asked) => {
            const { send } = await open({ read: rule.text })
            const names = asked.map(({ _id }) => _id)
            const answer = await send(who, ['where', `_id in ${JSON.stringify(names)}`], ['get'])
            const missing = await send(who, ['where', `_id in ${JSON.stringify([...names, 'nowhere'])}`], ['get'])
            if (answer.code === 0) {
              expect(answer.data?.map(({ _id }) => _id).sort()).toEqual([...names].sort())
              expect(asked.every((row) => rule.holds(row, who))).toBe(true)
            } else {
              expect([answer.code, answer.data]).toEqual([missing.code, undefined])
              expect(['PERMISSION_ERROR', 'TOKEN_INVALID_ANONYMOUS_USER']).toContain(answer.code)
            }
          },
        ),
        { numRuns: 60 },
      )
    })
  })

  type Side = 'main' | 'linked'

  /** Two collections, whose every row and field can be told from the answer, even from sums. */
  const TWO: Record<Side, (Row & { weight: number })[]> = { main: toRows('main'), linked: toRows('linked') }

  function toRows(name: Side) {
    return ROWS.map((row, at) => ({
      ...row,
      _id: `${name}-${at}`,
      tag: `tag-${name}-${at}-`,
      note: `note-${name}-${at}-`,
      weight: 2 ** at,
      ...(at > 0 && { up: `${name}-${Math.floor(at / 3)}` }),
      ...(name === 'main' &&
        at % 6 > 0 && { ref: at % 5 === 1 ? ['linked-3', 'linked-4'] : `linked-${(at * 7) % 24}` }),
    }))
  }

  const SHAPES: Step[][] = [
    [],
    [['field', 'tag,note,ref.note,ref.tag']],
    [['field', 'ref{note as tag,tag as other},note as words']],
    [['field', 'ref.note as notes,ref as all,tag']],
    [['field', "concat(note, '!') as tag,ref.tag as note"]],
    [
      ['groupBy', 'owner'],
      ['groupField', 'push(tag) as tags,push(ref) as refs,sum(weight) as sum'],
    ],
    [
      ['groupBy', 'owner,note as name'],
      ['groupField', 'max(ref.note) as best,first(note) as one,sum(weight) as sum'],
    ],
    [
      ['groupBy', 'ref'],
      ['groupField', 'sum(weight) as sum,max(tag) as best'],
    ],
    [
      ['field', 'weight as w,owner,ref'],
      ['groupBy', 'ref.tag as tag'],
      ['groupField', 'sum(w) as sum'],
    ],
    [['field', 'tag,ref.note as words'], ['distinct']],
    [['field', 'note'], ['distinct']],
    [['field', '_id.main.note as notes,_id.main.tag as tags,tag,note']],
    [
      ['groupBy', 'owner'],
      ['groupField', 'push(_id) as all,push(_id.main.note) as notes,sum(weight) as sum'],
    ],
  ]
  const WHERES = [
    '_id.main.level > 1',
    "_id.main.note != ''",

    'ref.level > 1',
    "ref.note != ''",
    "note > 'note-main-1'",
    'ref.open == true || level > 1',
    '_id in ["main-1","main-2"]',
  ]
  const ORDERS: Step[][] = [[], [['orderBy', 'note desc']], [['orderBy', 'ref.note,tag']], [['orderBy', 'tag']]]

  /** Groups, and rows that are there once, are sorted by what is in them. */
  function toOrder(shape: readonly Step[], sort: Step[]): Step[] {
    const isGrouped = shape.some(([name]) => name === 'groupBy')
    if (sort.length === 0 || (!isGrouped && !shape.some(([name]) => name === 'distinct'))) return sort
    return [['orderBy', isGrouped ? 'sum desc' : String(shape[0]?.[1]).split(/[ ,]/).at(-1)]]
  }

  const TREES: object[] = [
    { getTree: true },
    { getTree: { startWith: 'level > 0', limitLevel: 2 } },
    { getTreePath: { startWith: "tag != ''" } },
    { getTreePath: { startWith: '_id == "main-8"', limitLevel: 1 } },
  ]

  it('whatever is joined, grouped or answered as a tree, nothing leaves that the rule of its own collection forbids', async () => {
    await embedded.seed('main', TWO.main)
    await embedded.seed('linked', TWO.linked)
    const mostly = fc.nat(7).map((n) => n > 0)
    const side = fc.record({ read: fieldRule, note: anyRule, isAsked: mostly, isNarrowed: fc.boolean() })
    const given = fc.record({
      main: side,
      linked: side,
      order: fc.constantFrom<[Side, ...Side[]]>(['main'], ['main', 'linked'], ['main', 'linked'], ['linked', 'main']),
      shape: fc.constantFrom(...SHAPES),
      where: fc.option(fc.constantFrom(...WHERES), { nil: undefined }),
      sort: fc.constantFrom(...ORDERS),
      tree: fc.option(fc.constantFrom(...TREES), { nil: undefined }),
      who: anybody,
    })
    let answered = 0
    await fc.assert(
      fc.asyncProperty(given, async ({ order, shape, where, sort, tree, who, ...rules }) => {
        const toSchema = (name: Side) => ({
          bsonType: 'object',
          permission: { read: rules[name].read.text, count: true },
          properties: {
            ref: { foreignKey: 'linked._id' },
            up: { parentKey: '_id' },
            note: { permission: { read: rules[name].note.text } },
          },
        })
        const { send, errors } = embedded.openTogether({ main: toSchema('main'), linked: toSchema('linked') })
        const isTree = tree !== undefined && order.length === 1
        const asked = order.map((name) => {
          const { read, isAsked, isNarrowed } = rules[name]
          const steps: Step[] = isAsked ? [['where', read.jql]] : []
          const isPlain = isTree || (!isAsked && !isNarrowed)
          return isPlain ? name : toChain(['collection', name], ...steps, ['getTemp'])
        })
        const condition = isTree && rules.main.isAsked ? rules.main.read.jql : where
        const steps: Step[] = [
          ['collection', ...asked],
          ...((condition === undefined ? [] : [['where', condition]]) as Step[]),
          ...(isTree ? shape.filter(([name]) => name === 'field') : shape),
          ...(isTree ? sort : toOrder(shape, sort)),
          ['limit', 1000],
          ['get', ...(isTree ? [tree] : [])],
        ]
        const { code, data } = await send(who.uid === null ? undefined : toToken(who.uid, { role: who.role }), ...steps)
        expect(errors).toEqual([])
        if (code !== 0) {
          expect(data).toBeUndefined()
          return
        }
        answered += 1
        for (const [, kind, name, at] of JSON.stringify(data).matchAll(/(tag|note)-(main|linked)-(\d+)-/g)) {
          const { read, note } = rules[name as Side]
          const row = TWO[name as Side][Number(at)]!
          expect([kind, name, at, read.holds(row, who)]).toEqual([kind, name, at, true])
          if (kind === 'note') expect([kind, name, at, note.holds(row, who)]).toEqual([kind, name, at, true])
        }
        const [first] = order
        for (const { sum } of data ?? []) {
          const summed = TWO[first].filter(({ weight }) => (Number(sum ?? 0) & weight) !== 0)
          expect(summed.filter((row) => !rules[first].read.holds(row, who))).toEqual([])
        }
      }),
      { numRuns: 300 },
    )
    expect(answered).toBeGreaterThan(30)
  })
})
