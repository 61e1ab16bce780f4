import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openEmbedded, type Answer, type Step } from './embedded'
import { signToken, toToken } from './project'

let embedded: ReturnType<typeof openEmbedded>

beforeAll(() => {
  embedded = openEmbedded('schemas')
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
  const many = Array.from({ length: 15_000 }, (_, i) => letter(i / 676) + letter(i / 26) + letter(i))

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
    expect((await send(undefined, ['add', { role: ['owner'] }])).message).toBe('Role is not one of the allowed values')
    expect((await rows.get()).data).toHaveLength(1)
  })

  it.each([
    ['has a condition', { ...roles, where: 'role_id != "admin"' }],
    ['names no value', { collection: 'choice-roles', field: 'role_name as text' }],
    ['names no collection', { field: 'role_id as value' }],
  ])('closes its field to writing where it %s', async (_, choices) => {
    const { send } = await open({ role: { bsonType: 'string', enum: choices }, name: {} })
    expect((await send(undefined, ['add', { role: 'editor' }])).code).toBe('VALIDATION_ERROR')
    expect((await send(undefined, ['add', { name: 'a' }])).code).toBe(0)
  })
})
