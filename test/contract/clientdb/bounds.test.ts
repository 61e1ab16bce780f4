import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { DRIVERS } from '../../fixtures/database/open'
import { MAX_ROWS, openEmbedded, type Embedded, type Step } from './embedded'
import { toToken } from './project'

describe.each(DRIVERS)('on %s', (driver) => {
  let embedded: Embedded

  beforeAll(async () => {
    embedded = await openEmbedded(driver, 'clientdb-bounds')
  })
  afterAll(() => embedded.close())

  const SCHEMA = {
    bsonType: 'object',
    permission: { read: true, update: true, delete: true, count: true },
    properties: { at: { bsonType: 'int' }, kind: { bsonType: 'string' }, text: { bsonType: 'string' } },
  }
  const key = (...names: string[]) => ({
    IndexName: names.join('-'),
    MgoKeySchema: { MgoIndexKeys: names.map((Name) => ({ Name, Direction: '1' })), MgoIsUnique: false },
  })
  /** `at` and `kind` have indexes, `text` has none; the first five are `rare`. */
  async function openRows(count: number) {
    const rows = Array.from({ length: count }, (_, at) => {
      return { _id: `r${at}`, at, kind: at < 5 ? 'rare' : 'usual', text: `text ${count - at}` }
    })
    const { send, multiSend } = await embedded.open(SCHEMA, rows, undefined, [key('at'), key('kind')])
    return { ask: (...steps: Step[]) => send(undefined, ...steps), multiSend }
  }
  /** Ranges of `at`, each of which leaves nearly all rows. */
  const RANGES = Array.from({ length: 20 }, (_, at) => `at > ${-at}`).join(' || ')
  const patterns = (count: number) => Array.from({ length: count }, (_, at) => `/none ${at}/.test(text)`).join(' || ')
  const TOO_MANY = 'uni-cloud-too-many-rows'

  describe('a page that asks for more than the process can look at', () => {
    let ask: Awaited<ReturnType<typeof openRows>>['ask']

    beforeAll(async () => {
      ;({ ask } = await openRows(MAX_ROWS + 1))
    })

    it.each<[string, Step[]]>([
      ['sorts without an index', [['orderBy', 'text'], ['limit', 1], ['get']]],
      ['compares without an index and finds too few', [['where', "text == 'text 1'"], ['get']]],
      ['searches texts', [['where', '/no such text/.test(text)'], ['get']]],
      ['compares with an index that leaves too many of a sort', [['where', 'at >= 0'], ['orderBy', 'text'], ['get']]],
      [
        'looks for what is not there in the order of an index',
        [['where', "text == 'none'"], ['orderBy', 'at'], ['get']],
      ],
      ['skips to the end', [['skip', MAX_ROWS], ['limit', 10], ['get']]],
      ['names one of two that may be', [['where', "at >= 0 || text == 'a'"], ['get']]],
      ['looks for many values of an index', [['where', 'at in [0,1] || at >= 2'], ['orderBy', 'text'], ['get']]],
      ['counts what many ranges of an index find', [['where', RANGES], ['count']]],
      ['counts without an index', [['where', "text != 'a'"], ['count']]],
      [
        'changes without an index',
        [
          ['where', "text == 'text 1'"],
          ['update', { kind: 'x' }],
        ],
      ],
      ['removes without an index', [['where', "text == 'text 1'"], ['remove']]],
    ])('is refused when it %s', async (_, steps) => {
      const answer = await ask(...steps)
      expect(answer.code).toBe(TOO_MANY)
      expect(answer.message).toContain(`more than ${MAX_ROWS} documents`)
      expect(answer.message).toContain('.index.json')
    })

    it.each<[string, Step[], string[]]>([
      ['reads a page', [['limit', 2], ['get']], ['r0', 'r1']],
      ['sorts by an index', [['orderBy', 'at desc'], ['limit', 2], ['get']], ['r40', 'r39']],
      ['compares by an index', [['where', "kind == 'rare'"], ['orderBy', 'text desc'], ['limit', 1], ['get']], ['r0']],
      ['finds enough soon', [['where', "text != 'a'"], ['orderBy', 'at'], ['limit', 2], ['get']], ['r0', 'r1']],
      ['names documents', [['where', "_id in ['r40','r2']"], ['orderBy', 'text'], ['get']], ['r40', 'r2']],
    ])('is answered when it %s', async (_, steps, ids) => {
      const { code, data } = await ask(...steps)
      expect([code, data?.map((row) => row['_id'])]).toEqual([0, ids])
    })

    it('is told how many documents there are', async () => {
      expect(await ask(['count'])).toMatchObject({ code: 0, total: MAX_ROWS + 1 })
      expect(await ask(['where', "kind == 'rare'"], ['count'])).toMatchObject({ code: 0, total: 5 })
    })

    it('changes by an index, and nothing was changed by what was refused', async () => {
      expect(await ask(['where', "kind == 'x'"], ['count'])).toMatchObject({ code: 0, total: 0 })
      expect(await ask(['where', "kind == 'rare'"], ['update', { text: 'new' }])).toMatchObject({ code: 0, updated: 5 })
    })
  })

  it('a collection that is small enough is sorted, searched and counted without an index', async () => {
    const { ask } = await openRows(MAX_ROWS)
    const { data } = await ask(['where', '/^text/.test(text)'], ['orderBy', 'text'], ['limit', 1], ['get'])
    expect(data?.map((row) => row['_id'])).toEqual([`r${MAX_ROWS - 1}`])
    expect(await ask(['where', "text != 'a'"], ['count'])).toMatchObject({ code: 0, total: MAX_ROWS })
  })

  it('a page may ask for twenty regular expressions at once, and is told so when it asks for more', async () => {
    const { ask } = await openRows(MAX_ROWS)
    expect(await ask(['where', patterns(20)], ['count'])).toMatchObject({ code: 0, total: 0 })
    const asked = Array.from({ length: 21 }, (_, at) => ({ text: new RegExp(`none ${at}`) }))
    const or = {
      $db: [
        { $method: 'command', $param: [] },
        { $method: 'or', $param: asked },
      ],
    }
    for (const where of [patterns(21), or, `!(${patterns(20)}) && /x/.test(kind)`]) {
      const answer = await ask(['where', where], ['count'])
      expect(answer.code).toBe('SYNTAX_ERROR')
      expect(answer.message).toContain('more than 20 regular expressions')
    }
  })

  it('other requests are served between the queries that a page sends together', async () => {
    const { multiSend } = await openRows(MAX_ROWS)
    let turns = 0
    let isDone = false
    const takeTurns = () => {
      turns += 1
      if (!isDone) setImmediate(takeTurns)
    }
    setImmediate(takeTurns)
    const { dataList } = await multiSend(...Array.from({ length: 20 }, (): Step[] => [['limit', 1], ['get']]))
    isDone = true
    expect(dataList.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, () => 0))
    expect(turns).toBeGreaterThanOrEqual(20)
  })

  const LIST = JSON.stringify(Array.from({ length: 200 }, (_, at) => at + 1))
  it.each<[string, (count: number) => string]>([
    ['comparisons', (count) => Array.from({ length: count }, (_, at) => `price > ${at + 1}`).join(' || ')],
    [
      'times twenty listed values',
      (count) => Array.from({ length: count / 10 }, () => `price in ${LIST}`).join(' || '),
    ],
  ])(
    'a page may look at as many documents as with one comparison with twenty %s, and at half of them with forty',
    async (_, toWhere) => {
      const schema = { ...SCHEMA, properties: { price: { bsonType: 'double' } } }
      const open = async (rows: number) => {
        const { send } = await embedded.open(
          schema,
          Array.from({ length: rows }, () => ({ price: 0.5 })),
        )
        return (comparisons: number, ...steps: Step[]) => send(undefined, ['where', toWhere(comparisons)], ...steps)
      }
      const [all, half, more] = [await open(MAX_ROWS), await open(MAX_ROWS / 2), await open(MAX_ROWS / 2 + 1)]
      expect(await all(20, ['count'])).toMatchObject({ code: 0, total: 0 })
      expect(await half(40, ['count'])).toMatchObject({ code: 0, total: 0 })
      for (const step of [['count'], ['get'], ['remove']] as Step[]) {
        const answer = await more(40, step)
        expect(answer.code).toBe(TOO_MANY)
        expect(answer.message).toContain(`more than ${MAX_ROWS / 2} documents`)
        expect(answer.message).toContain('each compared 40 times')
      }
    },
  )

  it('a write that was done is answered as such where the token of its page cannot be renewed', async () => {
    await embedded.seed('uni-id-users', [{ _id: 'ada', role: ['editor'] }])
    await embedded.seed(
      'uni-id-roles',
      Array.from({ length: MAX_ROWS + 1 }, (_, at) => ({ role_id: `role ${at}`, permission: [] })),
    )
    const { send, rows, errors } = await embedded.open(SCHEMA, [{ _id: 'a', at: 1 }])
    const token = toToken('ada', { exp: Math.floor(Date.now() / 1000) + 60 })
    const answer = await send(token, ['doc', 'a'], ['update', { at: 2 }])
    expect(answer).toMatchObject({ code: 0, updated: 1 })
    expect(answer).not.toHaveProperty('token')
    expect((await rows.get()).data).toMatchObject([{ at: 2 }])
    expect(JSON.stringify(errors)).toContain('could not renew a token')
  })
})
