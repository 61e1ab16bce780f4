import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { getRefusal } from '../support/gateway-client'
import { closeAll, craft, invoke, openHost, type OpenedHost } from '../support/host-project'
import { DRIVERS, toDatabaseUrl } from '../../fixtures/database/open'
import { clientDbProject, readCode, openPage, signToken, toToken, type Page } from './project'

describe.each(DRIVERS)('on %s', (driver) => {
  let host: OpenedHost
  let ada: Page
  let bob: Page
  let visitor: Page
  let admin: Page

  const DENIED = 'PERMISSION_ERROR'
  const LOGIN = 'TOKEN_INVALID_ANONYMOUS_USER'
  const SYNTAX = 'SYNTAX_ERROR'
  const UNKNOWN = 'uni-cloud-not-supported'

  beforeAll(async () => {
    host = await openHost({ projectDir: clientDbProject(), databaseUrl: await toDatabaseUrl(driver) })
    await invoke(host, 'seed', 'put', [
      'uni-id-users',
      [
        {
          _id: 'ada',
          username: 'ada',
          nickname: 'Ada',
          mobile: '111',
          email: 'a@a.example',
          password: 'hash-a',
          token: ['t'],
          avatar_file: { url: '/a.png' },
          wx_openid: { app: 'open-a', session: 'session-a' },
        },
        { _id: 'bob', username: 'bob', nickname: 'Bob', mobile: '222', password: 'hash-b', role: ['editor'] },
      ],
    ])
    await invoke(host, 'seed', 'put', [
      'articles',
      [
        { _id: 'open', title: 'Open', status: 1, uid: 'bob', secret_note: 'note-1', created: 2 },
        { _id: 'draft-a', title: 'Draft of Ada', status: 0, uid: 'ada', secret_note: 'note-2', created: 1 },
        { _id: 'draft-b', title: 'Draft of Bob', status: 0, uid: 'bob', secret_note: 'note-3', created: 3 },
      ],
    ])
    await invoke(host, 'seed', 'put', ['hidden', [{ _id: 'h', name: 'hidden' }]])
    await invoke(host, 'seed', 'put', ['no-schema', [{ _id: 'n', name: 'hidden' }]])
    await invoke(host, 'seed', 'put', ['uni-id-roles', [{ role_id: 'editor', permission: ['UPDATE_UNI_ID_USERS'] }]])
    ada = openPage(host.url, toToken('ada'))
    bob = openPage(host.url, toToken('bob'), 'aliyun')
    visitor = openPage(host.url)
    admin = openPage(host.url, toToken('root', { role: ['admin'] }))
  })
  afterAll(closeAll)

  const users = (page: Page) => page.db.collection('uni-id-users')
  const articles = (page: Page) => page.db.collection('articles')
  const ids = (reply: { result: { data: Record<string, unknown>[] } }) => reply.result.data.map((row) => row['_id'])
  const stored = async (collection: string): Promise<Record<string, unknown>[]> => {
    return ((await invoke(host, 'seed', 'all', [collection])).body.data as { data: Record<string, unknown>[] }).data
  }

  describe('uni-id-pages', () => {
    it('reads the user who has signed in, and so shows the user as signed in', async () => {
      const reply = await users(ada)
        .where("'_id' == $cloudEnv_uid")
        .field('mobile,nickname,username,email,avatar_file')
        .get()
      expect(reply.result).toEqual({
        code: 0,
        errCode: 0,
        message: '',
        errMsg: '',
        affectedDocs: 1,
        data: [
          {
            _id: 'ada',
            mobile: '111',
            nickname: 'Ada',
            username: 'ada',
            email: 'a@a.example',
            avatar_file: { url: '/a.png' },
          },
        ],
      })
    })

    it('writes the name and the picture of that user, and of no other', async () => {
      const change = { nickname: ' Lady ', avatar_file: { url: '/b.png', name: 'b.png' } }
      expect((await users(ada).where('_id==$env.uid').update(change)).result['updated']).toBe(1)
      expect(await readCode(users(ada).doc('bob').update(change))).toBe(DENIED)
      expect(await readCode(users(ada).where("username == 'bob'").update(change))).toBe(DENIED)
      const rows = await stored('uni-id-users')
      expect(rows.map(({ nickname }) => nickname)).toEqual(['Lady', 'Bob'])
      expect(rows[0]?.['avatar_file']).toEqual({ url: '/b.png', name: 'b.png' })
    })

    it('is told to sign in without a login, where the login has expired, and where the token is of another secret', async () => {
      const tokens = [
        undefined,
        toToken('ada', { exp: Math.floor(Date.now() / 1000) - 1 }),
        signToken({ uid: 'ada', exp: 9e9 }, 'another secret'),
        signToken({ uid: 'ada', exp: 9e9 }, undefined, { alg: 'none' }),
        `${toToken('ada').split('.').slice(0, 2).join('.')}.`,
        signToken({ uid: 'ada' }),
        'nonsense',
      ]
      const codes = tokens.map((token) =>
        readCode(users(openPage(host.url, token)).where('_id == $cloudEnv_uid').get()),
      )
      expect(await Promise.all(codes)).toEqual([
        LOGIN,
        'TOKEN_INVALID_TOKEN_EXPIRED',
        ...Array.from({ length: 5 }, () => 'TOKEN_INVALID_WRONG_TOKEN'),
      ])
    })
  })

  describe('a query of a page', () => {
    it('finds by text, by object and by db.command what the same condition means', async () => {
      const { command: _ } = visitor.db
      const conditions: unknown[] = [
        "status == 1 && title == 'Open'",
        '1 == status && /^ope/i.test(title)',
        "status in [1] && !(title == 'Closed') && created > 1",
        'status==1&/^ope/i.test(title)',
        "!(title == 'Closed' | created == 0) & status == 1",
        { status: 1, title: 'Open' },
        { status: 1, title: /open/i },
        { status: _['in']!([1]), created: _['gt']!(1) },
        _['and']!({ status: _['eq']!(1) }, { title: _['neq']!('Closed') }),
        { status: 1, title: new visitor.db.RegExp({ regexp: 'OP', options: 'i' }) },
      ]
      for (const condition of conditions) {
        expect([condition, ids(await articles(visitor).where(condition).field('title').get())]).toEqual([
          condition,
          ['open'],
        ])
      }
    })

    it('that names no document finds none, whatever the permission demands', async () => {
      const { command: _ } = visitor.db
      for (const condition of ['"_id" in []', 'title in [] && status == 0', { _id: _['in']!([]) }]) {
        expect(ids(await articles(visitor).where(condition).field('title').get())).toEqual([])
      }
    })

    it('that does not ask for what the permission demands finds what may be seen, and nothing tells of the others', async () => {
      const { command: _ } = visitor.db
      for (const condition of [{ title: /./ }, 'status in [0,1]', { status: _['exists']!() }]) {
        expect(ids(await articles(visitor).where(condition).field('title').get())).toEqual(['open'])
      }
      expect(ids(await articles(ada).orderBy('created desc').get())).toEqual(['open', 'draft-a'])
      expect(ids(await articles(ada).where("uid == 'bob' && status == 0").get())).toEqual([])
      expect((await articles(ada).where('created > 0').count()).result['total']).toBe(2)
      const late = openPage(host.url, toToken('ada', { exp: Math.floor(Date.now() / 1000) - 1 }))
      expect(await readCode(articles(late).get())).toBe('TOKEN_INVALID_TOKEN_EXPIRED')
    })

    it('sorts, pages, renames, counts and takes one', async () => {
      const mine = articles(ada).where('uid == $cloudEnv_uid || status == 1').orderBy('created desc')
      const page = await mine.skip(1).limit(5).get({ getCount: true })
      expect([ids(page), page.result['count']]).toEqual([['draft-a'], 2])
      const one = await articles(ada).where('status == 1').field('title as name, status').get({ getOne: true })
      expect(one.result.data).toEqual({ _id: 'open', name: 'Open', status: 1 })
      expect((await articles(ada).where({ status: 1 }).count()).result['total']).toBe(1)
      expect(await readCode(articles(visitor).where({ status: 1 }).count())).toBe(LOGIN)
    })

    it('answers several queries in their order, each with its own code', async () => {
      const { result } = await ada.db.multiSend(
        articles(ada).where('status == 1').field('title').getTemp(),
        ada.db.collection('hidden').getTemp(),
        users(ada).doc('ada').field('nickname').getTemp(),
      )
      expect(result.dataList.map(({ code, data }) => [code, data?.length])).toEqual([
        [0, 1],
        [DENIED, undefined],
        [0, 1],
      ])
    })

    it('without field() leaves out what the caller may not read, at every depth', async () => {
      const [own] = (await users(ada).doc('ada').get()).result.data
      expect(own).toMatchObject({ mobile: '111', email: 'a@a.example', wx_openid: { app: 'open-a' } })
      expect(Object.keys(own!).sort()).not.toEqual(expect.arrayContaining(['password']))
      const [foreign] = (await users(bob).doc('ada').get()).result.data
      expect(Object.keys(foreign!).sort()).toEqual(['_id', 'avatar_file', 'nickname', 'username', 'wx_openid'])
      expect(foreign!['wx_openid']).toEqual({ app: 'open-a' })
    })
  })

  describe('what the schema forbids', () => {
    it.each([
      ['a collection without a schema', () => visitor.db.collection('no-schema').get(), DENIED],
      ['a collection without a permission', () => ada.db.collection('hidden').get(), DENIED],
      ['one document of another user', () => articles(ada).doc('draft-b').get(), DENIED],
      ['a document that is not there: it looks the same', () => articles(ada).doc('nowhere').get(), DENIED],
      ['a forbidden field by its name', () => users(ada).doc('ada').field('token').get(), DENIED],
      ['a password, for its owner', () => users(ada).doc('ada').field('password').get(), DENIED],
      ['a password under another name', () => users(ada).doc('ada').field('password as nickname').get(), DENIED],
      ['a password, for an admin', () => users(admin).doc('ada').field('password').get(), DENIED],
      ['a password in a condition', () => users(admin).where("password > 'h'").field('username').get(), DENIED],
      ['a password as an order', () => users(admin).orderBy('password').get(), DENIED],
      ['a parent of a forbidden field', () => users(ada).doc('ada').field('wx_openid').get(), DENIED],
      ['an order by a parent of a forbidden field', () => users(ada).orderBy('wx_openid').get(), DENIED],
      ['something in a forbidden field', () => users(ada).doc('ada').field('token.first').get(), DENIED],
      ['a field that only its owner reads', () => users(bob).doc('ada').field('mobile').get(), DENIED],
      ['that field in a condition', () => users(bob).where("mobile == '111'").field('nickname').get(), DENIED],
      [
        'a forbidden field in a condition with the own id',
        () => articles(ada).where("uid == $cloudEnv_uid && secret_note > 'a'").get(),
        DENIED,
      ],
      [
        'a forbidden field in the condition of a write',
        () => articles(ada).where("uid == $cloudEnv_uid && secret_note > 'a'").update({ title: 'x' }),
        DENIED,
      ],
      [
        'a write of a field that is not for pages',
        () =>
          users(ada)
            .doc('ada')
            .update({ role: ['admin'] }),
        DENIED,
      ],
      ['a write of a password', () => users(admin).doc('ada').update({ password: 'x' }), DENIED],
      ['a new user', () => users(ada).add({ username: 'eve' }), DENIED],
      ['removing another user', () => users(ada).doc('bob').remove(), DENIED],
      ['removing what is not the own', () => articles(ada).where('status == 0').remove(), DENIED],
    ])('is refused: %s', async (_what, send, code) => {
      expect(await readCode(send())).toBe(code)
    })

    it('is untouched after all of these', async () => {
      expect((await stored('uni-id-users')).map(({ password, role }) => [password, role])).toEqual([
        ['hash-a', undefined],
        ['hash-b', ['editor']],
      ])
      expect((await stored('articles')).map(({ title }) => title).sort()).toEqual([
        'Draft of Ada',
        'Draft of Bob',
        'Open',
      ])
    })
  })

  describe('what clientDB does not have', () => {
    const step = (method: string, ...params: unknown[]) => ({ $method: method, $param: params })
    const send = (command: object) => {
      const call = { functionTarget: 'DCloud-clientDB', functionArgs: { command, uniIdToken: toToken('ada') } }
      return craft(host, { body: { params: JSON.stringify(call) } })
    }
    const deep = '('.repeat(4000) + 'status' + ')'.repeat(4000)
    it.each([
      ['an action', () => ada.db.action('log').collection('articles').get(), SYNTAX, 'no action "log"'],
      ['collections that no foreignKey joins', () => ada.db.collection('articles,hidden').get(), SYNTAX, 'foreignKey'],
      ['a collection and itself', () => ada.db.collection('articles,articles').get(), UNKNOWN, 'joined to itself'],
      ['a tree without a parentKey', () => articles(ada).get({ getTree: true }), SYNTAX, 'parentKey'],
      ['an aggregation', () => articles(ada).aggregate().get(), UNKNOWN, 'aggregate'],
      ['a variable in an operation', () => articles(ada).field('filter(a,b,c) as s').get(), UNKNOWN, 'filter'],
      [
        'update operators',
        () =>
          users(ada)
            .doc('ada')
            .update({ gender: ada.db.command['inc']!(1) }),
        UNKNOWN,
        'db.command',
      ],
      [
        'a permission that compares two fields',
        () => ada.db.collection('unsupported').get(),
        SYNTAX,
        'permission.read',
      ],
      [
        'a field with a function that checks it',
        () => ada.db.collection('unsupported').add({ name: 'a' }),
        'VALIDATION_ERROR',
        'validateFunction',
      ],
      ['a call in a condition', () => articles(ada).where("uid.includes('a')").get(), UNKNOWN, 'a call'],
      ['a function in a condition', () => articles(ada).where('(() => status)() == 1').get(), UNKNOWN, 'a call'],
      ['a constant condition', () => articles(ada).where('true').get(), UNKNOWN, 'condition'],
      ['two values compared', () => articles(ada).where('1 == 1').get(), UNKNOWN, 'without a field'],
      [
        'a pattern that can take for ever',
        () => articles(ada).where('/(a+)+$/.test(title)').get(),
        UNKNOWN,
        'quantifiers',
      ],
      [
        'such a pattern in an object',
        () =>
          articles(ada)
            .where({ status: 1, title: /a*a*a*b/ })
            .get(),
        UNKNOWN,
        'quantifiers',
      ],
      ['a reference back', () => articles(ada).where('/a\\1/.test(title)').get(), UNKNOWN, 'escape'],
      ['the prototype', () => articles(ada).where("__proto__.admin == 'a'").get(), SYNTAX, '__proto__'],
      ['the constructor as a field', () => articles(ada).field('constructor').get(), SYNTAX, 'constructor'],
      [
        'the prototype as a new name',
        () => articles(ada).where('status == 1').field('title as __proto__').get(),
        SYNTAX,
        '__proto__',
      ],
      ['_id as a new name', () => articles(ada).where('status == 1').field('title as _id').get(), SYNTAX, '_id'],
      ['a condition nested without end', () => articles(ada).where(deep).get(), SYNTAX, 'expression'],
      ['two expressions', () => articles(ada).where('status == 1; 2').get(), SYNTAX, 'expression'],
      ['a place in a list', () => users(ada).where("role.0 == 'admin'").get(), SYNTAX, 'expression'],
      ['a path through another name', () => articles(ada).where({ '../etc': 1 }).get(), SYNTAX, 'field'],
    ])('is refused by its name: %s', async (_what, send, code, words) => {
      const error = await getRefusal(send())
      expect([error.errCode ?? (error as unknown as { code: string }).code, error.message]).toEqual([
        code,
        expect.stringContaining(words),
      ])
    })

    it.each([
      ['$where', { $where: 'true' }],
      ['$or', { $or: [{ status: 1 }] }],
      ['an operator in a value', { status: 1, title: { $gt: '' } }],
      ['an operator beside a name', { status: { $ne: 5, x: 1 } }],
      ['an object as a value', { status: 1, title: {} }],
      ['a list as a value', { status: 1, title: ['a'] }],
      ['a command that is none', { status: { $db: [{ $method: 'where', $param: ['true'] }] } }],
      [
        'a command that is not offered',
        { status: { $db: [{ $method: 'command' }, { $method: 'expr', $param: [1] }] } },
      ],
      [
        'an operator in a command',
        { status: { $db: [{ $method: 'command' }, { $method: 'eq', $param: [{ $gt: 0 }] }] } },
      ],
    ])('is refused in a crafted condition: %s', async (_what, condition) => {
      const command = { $db: [step('collection', 'articles'), step('where', condition), step('get')] }
      const { status, body } = await send(command)
      const { code } = body.data as { code: string }
      expect([status, [SYNTAX, UNKNOWN].includes(code), code]).toEqual([200, true, code])
    })

    it.each([
      ['no chain', {}],
      ['a chain without an end', { $db: [step('collection', 'articles')] }],
      ['a name of a file', { $db: [step('collection', '../articles'), step('get')] }],
      ['a collection of SQLite', { $db: [step('collection', 'sqlite_schema'), step('get')] }],
      ['where() twice', { $db: [step('collection', 'articles'), step('where', {}), step('where', {}), step('get')] }],
      ['a write after a page', { $db: [step('collection', 'articles'), step('limit', 1), step('remove')] }],
      ['every document removed', { $db: [step('collection', 'articles'), step('where', {}), step('remove')] }],
      ['a text as limit', { $db: [step('collection', 'articles'), step('limit', '1'), step('get')] }],
      [
        'a command as data',
        { $db: [step('collection', 'articles'), step('add', { title: { $db: [step('command')] } })] },
      ],
      ['an operator as data', { $db: [step('collection', 'articles'), step('add', { title: { $set: 1 } })] }],
    ])('is refused as a crafted chain: %s', async (_what, command) => {
      const { body } = await send(command)
      const { code } = body.data as { code: string }
      expect([[SYNTAX, UNKNOWN, DENIED].includes(code), code]).toEqual([true, code])
      expect(await stored('articles')).toHaveLength(3)
    })
  })

  describe('a document that a page writes', () => {
    it('gets what the schema sets, whatever the page sends', async () => {
      const before = Date.now()
      const { result } = await articles(ada).add({ title: 'New', uid: 'bob', created: 1, ip: '9.9.9.9' })
      const row = (await stored('articles')).find(({ _id }) => _id === result['id'])
      expect(row).toMatchObject({ title: 'New', status: 0, uid: 'ada', ip: '127.0.0.1' })
      expect(row?.['created']).toBeGreaterThanOrEqual(before)
      expect(
        (await articles(ada).doc(String(result['id'])).update({ uid: 'bob', title: 'Newer' })).result['updated'],
      ).toBe(1)
      expect((await stored('articles')).find(({ _id }) => _id === result['id'])).toMatchObject({
        title: 'Newer',
        uid: 'ada',
      })
      expect((await articles(ada).doc(String(result['id'])).remove()).result['deleted']).toBe(1)
    })

    it.each([
      ['a text that is too long', { title: 'x'.repeat(21) }, 'Title has at most 20 characters'],
      ['a field that is needed', { status: 1 }, 'Title is needed'],
      ['another type', { title: 5 }, 'Title has to be of type string'],
      ['a number out of bounds', { title: 'a', status: 3 }, 'status does not fulfil maximum'],
      ['a field that the schema does not have', { title: 'a', admin: true }, '"admin" is not a field'],
      ['an id', { title: 'a', _id: 'mine' }, '"_id" is not a field'],
    ])('is refused with the words of the schema: %s', async (_what, document, words) => {
      const error = await getRefusal(articles(ada).add(document))
      expect([error.errCode ?? (error as unknown as { code: string }).code, error.message]).toEqual([
        'VALIDATION_ERROR',
        expect.stringContaining(words),
      ])
    })

    it('needs a login where the schema sets whose it is', async () => {
      expect(await readCode(articles(visitor).add({ title: 'a' }))).toBe(LOGIN)
    })

    it('is refused where its value is taken', async () => {
      const names = visitor.db.collection('names')
      expect((await names.add([{ name: 'one' }, { name: 'two' }])).result['inserted']).toBe(2)
      expect(await readCode(names.add({ name: 'one' }))).toBe('DUPLICATE_KEY')
    })
  })

  describe('roles', () => {
    it('of the token, or where it says none of the user and the role, give permissions', async () => {
      const editor = openPage(host.url, signToken({ uid: 'bob', exp: 9e9 }))
      expect((await users(editor).doc('ada').update({ gender: 1 })).result['updated']).toBe(1)
      const reader = openPage(host.url, toToken('eve', { permission: ['READ_UNI_ID_USERS'] }))
      expect((await users(reader).where("mobile == '111'").field('mobile').get()).result.data).toEqual([
        { _id: 'ada', mobile: '111' },
      ])
    })

    it('admin sees everything but passwords', async () => {
      const { data } = (await users(admin).orderBy('username').get()).result
      expect(data.map((row) => [row['_id'], row['mobile'], row['password']])).toEqual([
        ['ada', '111', undefined],
        ['bob', '222', undefined],
      ])
      expect(ids(await admin.db.collection('hidden').get())).toEqual(['h'])
    })
  })

  it('a schema whose parts are refused is named in the log', async () => {
    const line = await host.log.saying('parts of a schema are refused to pages')
    expect(line['problems']).toEqual([
      expect.stringContaining('permission.read'),
      'name.validateFunction is not supported',
    ])
  })
})
