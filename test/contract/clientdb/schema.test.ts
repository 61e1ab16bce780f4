import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { DRIVERS } from '../../fixtures/database/open'
import { openEmbedded, type Answer, type Embedded, type Step } from './embedded'
import { signToken, toToken } from './project'

describe.each(DRIVERS)('on %s', (driver) => {
  let embedded: Embedded

  beforeAll(async () => {
    embedded = await openEmbedded(driver, 'schemas')
  })
  afterAll(() => embedded.close())

  const ALL = { read: true, create: true, update: true, delete: true }
  const EVERYTHING: Step[] = [['get']]

  /** A schema that permits everything but what its fields forbid. */
  const open = (properties: object, rows: object[] = [], more: object = {}) =>
    embedded.open({ bsonType: 'object', permission: ALL, properties, ...more }, rows)

  const readRow = ({ data }: Answer) => data?.[0] ?? {}

  describe('a field is closed', () => {
    it.each([false, true, 'doc.uid == auth.uid', [], 1])(
      'by a permission that is %j and no object',
      async (permission) => {
        const { send, rows } = await open({ pin: { bsonType: 'string', permission }, name: {} }, [
          { pin: '1234', name: 'a' },
        ])
        expect(readRow(await send(undefined, ...EVERYTHING))).toEqual({ _id: expect.any(String) as string, name: 'a' })
        expect((await send(undefined, ['where', { pin: '1234' }], ['get'])).code).toBe('SYNTAX_ERROR')
        expect((await send(undefined, ['where', 'name == "a"'], ['update', { pin: '0' }])).code).toBe('SYNTAX_ERROR')
        expect((await rows.get()).data[0]!['pin']).toBe('1234')
      },
    )

    it.each([
      ['a permission', { bsonType: 'string', permission: { read: false, write: false } }],
      ['the type of a password', { bsonType: 'password' }],
      ['a permission of lists in it', { bsonType: 'array', items: { permission: { read: false, write: false } } }],
      [
        'objects in lists in it',
        { bsonType: 'array', items: { bsonType: 'object', properties: { secret: { permission: { read: false } } } } },
      ],
    ])('by %s of the items of its list', async (_, items) => {
      const { send, rows } = await open({ list: { bsonType: 'array', items } }, [{ list: [[{ secret: 's' }]] }])
      expect(readRow(await send(undefined, ...EVERYTHING))).not.toHaveProperty('list')
      const refused = [
        await send(undefined, ['field', 'list'], ['get']),
        await send(undefined, ['where', { 'list.secret': 's' }], ['get']),
        await send(undefined, ['where', '_id != ""'], ['update', { list: [] }]),
      ]
      for (const { code } of refused) expect(['SYNTAX_ERROR', 'PERMISSION_ERROR']).toContain(code)
      expect((await rows.get()).data[0]!['list']).toEqual([[{ secret: 's' }]])
    })

    it.each([1, null, [], {}])('by a rule of it that is %j', async (rule) => {
      const permission = { read: rule, write: rule }
      const { send, rows } = await open({ pin: { permission }, name: {} }, [{ pin: '1234', name: 'a' }])
      expect(readRow(await send(undefined, ...EVERYTHING))).toEqual({ _id: expect.any(String) as string, name: 'a' })
      expect((await send(undefined, ['where', { pin: '1234' }], ['get'])).code).toBe('SYNTAX_ERROR')
      expect((await send(undefined, ['where', 'name == "a"'], ['update', { pin: '0' }])).code).toBe('SYNTAX_ERROR')
      expect((await rows.get()).data[0]!['pin']).toBe('1234')
    })

    it('by the permission of a list, whatever that of its items says', async () => {
      const permission = { read: false, write: false }
      const items = { bsonType: 'string', permission: { read: true, write: true } }
      const { send, rows } = await open({ list: { bsonType: 'array', permission, items } }, [{ list: ['a'] }])
      expect(readRow(await send(undefined, ...EVERYTHING))).not.toHaveProperty('list')
      expect((await send(undefined, ['where', { list: 'a' }], ['get'])).code).toBe('PERMISSION_ERROR')
      expect((await send(undefined, ['where', '_id != ""'], ['update', { list: [] }])).code).toBe('PERMISSION_ERROR')
      expect((await rows.get()).data[0]!['list']).toEqual(['a'])
    })

    it('also where it is the id, which field() would answer unasked', async () => {
      const { send } = await open({ _id: { permission: { read: false } }, title: {} }, [{ _id: 'one', title: 'a' }])
      expect(readRow(await send(undefined, ['field', 'title'], ['get']))).toEqual({ title: 'a' })
      expect(readRow(await send(undefined, ['field', 'title as name'], ['get']))).toEqual({ name: 'a' })
      expect(readRow(await send(undefined, ...EVERYTHING))).toEqual({ title: 'a' })
      expect((await send(undefined, ['field', '_id'], ['get'])).code).toBe('PERMISSION_ERROR')
    })

    it('to an anonymous caller alone, where its rule is a list with the uid', async () => {
      const note = { permission: { read: 'doc.owner in [auth.uid]' } }
      const other = { permission: { read: '!(doc.owner in [auth.uid])' } }
      const { send } = await open({ owner: {}, note, other }, [{ owner: 'ada', note: 'n', other: 'o' }])
      expect(readRow(await send(undefined, ...EVERYTHING))).toEqual({ _id: expect.any(String) as string, owner: 'ada' })
      const mine = await send(toToken('ada'), ['where', 'owner == "ada"'], ['get'])
      expect(readRow(mine)).toMatchObject({ owner: 'ada', note: 'n' })
      expect(readRow(mine)).not.toHaveProperty('other')
    })
  })

  describe('what is written', () => {
    it('is refused in every field where the schema would set a value inside of another field', async () => {
      const meta = { bsonType: 'object', properties: { owner: { forceDefaultValue: { $env: 'uid' } }, note: {} } }
      const { send, rows } = await open({ meta, title: {} }, [{ title: 'a' }])
      for (const document of [{ meta: { note: 'x' } }, { title: 'b' }]) {
        expect(await send(toToken('ada'), ['add', document])).toMatchObject({
          code: 'VALIDATION_ERROR',
          message: expect.stringContaining('meta.owner.forceDefaultValue') as string,
        })
      }
      expect((await send(toToken('ada'), ['where', 'title == "a"'], ['update', { title: 'b' }])).code).toBe(
        'VALIDATION_ERROR',
      )
      expect((await rows.get()).data).toHaveLength(1)
    })

    const profile = { bsonType: 'object', required: ['name'], properties: { name: { bsonType: 'string' }, age: {} } }
    const people = { bsonType: 'array', items: { ...profile } }
    const tags = { bsonType: 'array', items: { bsonType: 'string', maxLength: 3, enum: ['abc', 'abcd'] } }
    const lists = { bsonType: 'array', items: { bsonType: 'array', items: { bsonType: 'string', maxLength: 3 } } }

    it.each([
      { profile: {} },
      { profile: { age: 3 } },
      { people: [{}] },
      { people: [{ name: 'a' }, { age: 3 }] },
      { tags: ['abcd'] },
      { tags: ['xyz'] },
      { lists: [['abc'], ['abcd']] },
      { lists: [[5]] },
    ])('is refused where a rule inside of it is broken: %j', async (document) => {
      const { send, rows } = await open({ profile, people, tags, lists, title: {} }, [{ title: 'a' }])
      expect((await send(undefined, ['add', document])).code).toBe('VALIDATION_ERROR')
      expect((await rows.get()).data).toHaveLength(1)
    })

    it('keeps what is needed inside of an object, and may leave it as it is', async () => {
      const { send, rows } = await open({ profile, title: {} }, [{ title: 'a', profile: { name: 'ada' } }])
      const update = (change: object) => send(undefined, ['where', 'title == "a"'], ['update', change])
      expect((await update({ profile: { name: null } })).code).toBe('VALIDATION_ERROR')
      expect((await update({ profile: { age: 36 } })).code).toBe(0)
      expect((await rows.get()).data[0]!['profile']).toMatchObject({ name: 'ada', age: 36 })
    })
  })

  describe('what a page asks for', () => {
    const letter = (i: number) => String.fromCharCode(97 + (i % 26))
    const many = Array.from({ length: 2_400 }, (_, i) => letter(i / 676) + letter(i / 26) + letter(i))

    it.each<[string, Step[]]>([
      ['field() of a text', [['field', many.join()], ['get']]],
      ['field() of an object', [['field', Object.fromEntries(many.map((name) => [name, true]))], ['get']]],
      ['orderBy()', [['orderBy', many.join()], ['get']]],
    ])('is bounded before anything is done with it: %s', async (_, steps) => {
      const { send } = await open({ title: {} })
      const answer = await send(undefined, ...steps)
      expect(answer).toMatchObject({
        code: 'SYNTAX_ERROR',
        message: expect.stringMatching(/takes at most \d+ fields/) as string,
      })
    })

    it('is not answered for a token that the template’s public secret has signed', async () => {
      const secret = 'tokenSecret-demo'
      const schema = { bsonType: 'object', permission: {}, properties: { title: {} } }
      const { send, rows, errors } = await embedded.open(schema, [{ title: 'a' }], secret)
      const forged = signToken({ uid: 'x', role: ['admin'], permission: [], exp: 9_999_999_999 }, secret)
      expect((await send(forged, ...EVERYTHING)).code).toBe('PERMISSION_ERROR')
      expect((await send(forged, ['where', 'title == "a"'], ['remove'])).code).toBe('PERMISSION_ERROR')
      expect((await rows.get()).data).toHaveLength(1)
      expect(JSON.stringify(errors)).toContain('tokenSecret of uni-id is the one of the template')
    })
  })

  describe('an enum that is another collection', () => {
    const roles = { collection: 'choice-roles', field: 'role_name as text, role_id as value' }
    const properties = {
      role: { bsonType: 'array', title: 'Role', enum: roles },
      list: {
        bsonType: 'array',
        items: { bsonType: 'object', properties: { role: { bsonType: 'string', enum: roles } } },
      },
      name: { bsonType: 'string', trim: 'right' },
    }

    it('takes the values that are there, in lists and inside of other fields too, and refuses every other', async () => {
      await embedded.api.collection('choice-roles').add([{ role_id: 'editor' }, { role_id: 'author' }])
      const { send, rows } = await open(properties)
      expect(
        (await send(undefined, ['add', { role: ['editor', 'author'], list: [{ role: 'author' }], name: ' a ' }])).code,
      ).toBe(0)
      expect((await rows.get()).data).toMatchObject([{ role: ['editor', 'author'], name: ' a' }])
      for (const wrong of [
        { role: ['editor', 'owner'] },
        { list: [{ role: 'author' }, { role: 'owner' }] },
        { role: [{ $ne: 1 }] },
      ]) {
        const added = await send(undefined, ['add', wrong])
        const changed = await send(undefined, ['where', 'name == " a"'], ['update', wrong])
        expect([added.code, changed.code]).toEqual([expect.stringMatching(/^(VALIDATION|SYNTAX)_ERROR$/), added.code])
      }
      expect((await send(undefined, ['add', { role: ['owner'] }])).message).toBe(
        'Role is not one of the allowed values',
      )
      expect((await rows.get()).data).toHaveLength(1)
    })

    it.each([
      ['names no value', { collection: 'choice-roles', field: 'role_name as text' }],
      ['names no collection', { field: 'role_id as value' }],
    ])('closes its field to writing where it %s', async (_, choices) => {
      const { send } = await open({ role: { bsonType: 'string', enum: choices }, name: {} })
      expect((await send(undefined, ['add', { role: 'editor' }])).code).toBe('VALIDATION_ERROR')
      expect((await send(undefined, ['add', { name: 'a' }])).code).toBe(0)
    })
  })

  describe('a rule that asks for another document by get()', () => {
    const SHOPS = [
      { _id: 'a', owner: 'ada', staff: ['bob'], level: 3 },
      { _id: 'b', owner: 'bob', staff: null },
    ]
    const GOODS = [
      { _id: 'g1', shop_id: 'a', price: 1, cost: 10 },
      { _id: 'g2', shop_id: 'b', price: 2, cost: 20 },
      { _id: 'g3', price: 3, cost: 30 },
    ]
    const toShop = (rest: string) => 'get(`database.shops.${doc.shop_id}`)' + rest

    beforeAll(async () => {
      await embedded.seed('shops', SHOPS)
      await embedded.seed('goods', GOODS)
    })

    /** The goods by what their rules ask of their shop; pages have no access to shops. */
    function openGoods(permission: object, cost: object = {}) {
      const properties = { shop_id: { bsonType: 'string' }, price: { bsonType: 'int' }, cost }
      const { send } = embedded.openTogether({ goods: { bsonType: 'object', permission, properties } })
      return async (uid: string | undefined, ...steps: Step[]) => {
        const token = uid === undefined ? undefined : toToken(uid)
        const { code, data } = await send(token, ['collection', 'goods'], ...steps)
        return data ? data.map(({ _id }) => _id) : code
      }
    }

    it('holds where the query names one document, and the rule holds of that', async () => {
      const ask = openGoods({ read: toShop('.owner == auth.uid') })
      const where: Step = ['where', "shop_id == 'a' && price > 0"]
      expect(await ask('ada', where, ['get'])).toEqual(['g1'])
      expect(await ask('ada', ['where', { shop_id: 'a' }], ['get'])).toEqual(['g1'])
      expect(await ask('bob', where, ['get'])).toBe('PERMISSION_ERROR')
      for (const wide of [
        "shop_id == 'a' || shop_id == 'b'",
        "shop_id in ['a']",
        "shop_id != 'b'",
        'price == 1',
        "shop_id == 'a' && shop_id == 'b'",
      ]) {
        expect([wide, await ask('ada', ['where', wide], ['get'])]).toEqual([wide, 'PERMISSION_ERROR'])
      }
      expect(await ask('ada', ['doc', 'g1'], ['get'])).toBe('PERMISSION_ERROR')
      expect(await ask('ada', ['get'])).toBe('PERMISSION_ERROR')
    })

    it('does not hold of a document or a field that is not there, whatever it says of it', async () => {
      const rules = ['.none == null', '.none != 1', '.none == auth.uid', '.staff == null', '.staff != 5']
      for (const rule of rules.flatMap((rest) => [toShop(rest), `!(${toShop(rest)})`])) {
        const ask = openGoods({ read: rule })
        for (const shop of ['b', 'nowhere']) {
          const answer = await ask(undefined, ['where', { shop_id: shop }], ['get'])
          expect([rule, shop, ['PERMISSION_ERROR', 'TOKEN_INVALID_ANONYMOUS_USER'].includes(String(answer))]).toEqual([
            rule,
            shop,
            true,
          ])
        }
      }
    })

    it('takes lists, numbers and the uid, for fields, changes and new documents as well', async () => {
      const member = openGoods({ read: 'auth.uid in ' + toShop('.staff') })
      expect(await member('bob', ['where', { shop_id: 'a' }], ['get'])).toEqual(['g1'])
      expect(await member('ada', ['where', { shop_id: 'a' }], ['get'])).toBe('PERMISSION_ERROR')
      expect(await member('bob', ['where', { shop_id: 'b' }], ['get'])).toBe('PERMISSION_ERROR')
      const mine = openGoods({
        read: true,
        update: toShop('.level > 2 && ') + toShop('.owner == auth.uid'),
        create: "get(`database.shops.${auth.uid}`).level == 3 || get('database.shops.a').owner == auth.uid",
      })
      expect(await mine('bob', ['where', { shop_id: 'b' }], ['update', { price: 9 }])).toBe('PERMISSION_ERROR')
      expect(await mine('ada', ['where', { shop_id: 'a' }], ['update', { price: 1 }])).toBe(0)
      expect(await mine('bob', ['add', { price: 4 }])).toBe('PERMISSION_ERROR')
      const costs = openGoods({ read: true }, { permission: { read: toShop('.owner == auth.uid') } })
      expect(await costs('ada', ['where', { shop_id: 'a' }], ['field', 'cost'], ['get'])).toEqual(['g1'])
      expect(await costs('bob', ['where', { shop_id: 'a' }], ['field', 'cost'], ['get'])).toBe('PERMISSION_ERROR')
    })

    it.each([
      'get(doc.shop_id).owner == auth.uid',
      "get('goods').owner == auth.uid",
      'get(`database.${doc.a}.${doc.b}`).c == 1',
      'get(`database.shops.x${doc.b}`).c == 1',
    ])('is refused where it is written in another way: %s', async (rule) => {
      expect(await openGoods({ read: rule })('ada', ['where', { shop_id: 'a' }], ['get'])).toBe('SYNTAX_ERROR')
    })
  })

  describe('a field whose values another collection gives', () => {
    const role = {
      bsonType: 'array',
      title: 'Role',
      enum: { collection: 'roles', field: 'role_id as value, name as text', where: 'open == true' },
    }
    const city = { bsonType: 'string', enumType: 'tree', enum: { collection: 'roles', field: 'role_id as value' } }

    it('takes those and no others, wherever it lies', async () => {
      await embedded.seed('roles', [
        { role_id: 'editor', open: true },
        { role_id: 'reader', open: true },
        { role_id: 'owner', open: false },
      ])
      const home = { bsonType: 'object', properties: { city } }
      const { send, rows } = await open({ role, city, home, homes: { bsonType: 'array', items: home }, n: {} }, [
        { n: 1 },
      ])
      const add = async (document: object) => (await send(undefined, ['add', document])).code
      expect(await add({ role: ['editor', 'reader'], city: 'owner', home: { city: 'owner' } })).toBe(0)
      expect(await add({ role: [], city: null })).toBe(0)
      // A picker that was cleared.
      expect(await add({ city: '' })).toBe(0)
      const wrong: object[] = [
        { role: ['editor', 'owner'] },
        { role: ['editor', 'none'] },
        { role: ['editor', ''] },
        { role: Array.from({ length: 501 }, (_, at) => `r${at}`) },
        { city: 'none' },
        { home: { city: 'none' } },
        { homes: [{ city: 'owner' }, { city: 'none' }] },
        [{ city: 'owner' }, { city: 'none' }],
      ]
      for (const document of wrong) expect([document, await add(document)]).toEqual([document, 'VALIDATION_ERROR'])
      const change = async (given: object) => (await send(undefined, ['where', 'n == 1'], ['update', given])).code
      expect([await change({ city: 'none' }), await change({ city: 'reader' })]).toEqual(['VALIDATION_ERROR', 0])
      const cities = (await rows.get()).data.map((row) => row['city'])
      expect([cities.length, new Set(cities)]).toEqual([4, new Set(['reader', 'owner', null, ''])])
    })

    it.each([
      { collection: 'roles' },
      { collection: '../roles', field: 'a as value' },
      { field: 'a as value' },
      { collection: 'roles', field: 'a' },
      { collection: 'roles', field: '$where as value' },
      { collection: 'roles', field: 'concat(a, b) as value' },
    ])('is not written where its choices are not to be understood: %j', async (choices) => {
      for (const field of [{ enum: choices }, { bsonType: 'array', items: { enum: { ...role.enum } } }]) {
        const { send } = await open({ field })
        expect((await send(undefined, ['add', { field: ['editor'] }])).code).toBe('VALIDATION_ERROR')
      }
    })
  })
})
