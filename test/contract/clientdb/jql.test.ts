import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { closeAll, invoke, openHost, type OpenedHost } from '../support/host-project'
import { DRIVERS, toDatabaseUrl } from '../../fixtures/database/open'
import { clientDbProject, toToken } from './project'

const CODE = `
const told = (sent) => sent.then(({ data, total, id, updated, deleted, errCode }) => {
  return { data: data ?? { total, id, updated, deleted }, code: errCode }
}, (error) => ({ data: error.errCode, code: error instanceof Error ? error.message : 'not an Error' }))
const open = (self) => uniCloud.databaseForJQL({ clientInfo: self.getClientInfo() })
module.exports = {
  own() { return told(open(this).collection('uni-id-users').where("'_id' == $cloudEnv_uid").field('nickname').get()) },
  as(user, method = 'get', ...params) {
    const db = open(this)
    db.setUser(user)
    return told(db.collection('uni-id-users').where('_id == "ada"')[method](...params))
  },
  forms() {
    const db = open(this)
    const { command: _ } = db
    const articles = db.collection('articles')
    return told(Promise.all([
      articles.where({ status: 1, title: /^O/, created: _.gt(1).and(_.lt(10)) }).field('title').orderBy('created', 'desc').limit(5).get(),
      articles.where({ status: 1, title: new db.RegExp({ regexp: '^op', options: 'i' }) }).count(),
      articles.where({ status: 1, uid: undefined }).get({ getOne: true }),
      articles.where({ uid: db.getCloudEnv('$cloudEnv_uid'), created: _.lte(db.env.now) }).get(),
      db.multiSend(articles.where('status == 1').field('_id').getTemp(), db.collection('hidden').getTemp()),
    ]).then(([first, second, third, fourth, fifth]) => ({ data: [
      first.data, second.total, third.data._id, fourth.data.length, fifth.dataList.map(({ data, code }) => data ?? code),
    ], errCode: 0 })))
  },
  write() {
    const articles = open(this).collection('articles')
    return told(articles.add({ title: 'New', status: 1 }).then(async ({ id }) => {
      await articles.doc(id).update({ title: 'Newer' })
      const { data } = await articles.doc(id).get()
      await articles.doc(id).remove()
      return { data: data.map(({ title, uid, ip }) => [title, uid, ip]), errCode: 0 }
    }))
  },
  find(filter) { return told(open(this).collection('articles').where(filter).count()) },
  change(id, values) { return told(open(this).collection('articles').doc(id).update(values)) },
  findId(text) {
    class Id { constructor(text) { this.text = text } toJSON() { return this.text } }
    return told(open(this).collection('articles').where({ status: 1, _id: new Id(text) }).field('title').get())
  },
  drop(filter) { return told(open(this).collection('articles').where(filter).remove()) },
  wrong(name) { try { open(this)[name]({}); return { data: 'nothing was thrown' } } catch (error) { return { data: error.errCode, code: error.message } } },
  password(role) { const db = open(this); db.setUser({ role }); return told(db.collection('uni-id-users').where('_id == "ada"').field('password').get()) },
  awaited: async function () { const db = await open(this); const query = await db.collection('articles').where('status == 1'); return told(query.get()) },
}`

const PLAIN = `exports.main = async (event, context) => {
  const { data } = await uniCloud.databaseForJQL({ event, context }).collection('uni-id-users').where('_id == $env.uid').field('nickname').get()
  return { data }
}`

describe.each(DRIVERS)('on %s', (driver) => {
  let host: OpenedHost
  beforeAll(async () => {
    const functions = 'uniCloud-aliyun/cloudfunctions'
    host = await openHost({
      projectDir: clientDbProject({ [`${functions}/jql/index.obj.js`]: CODE, [`${functions}/plain/index.js`]: PLAIN }),
      databaseUrl: await toDatabaseUrl(driver),
    })
    await invoke(host, 'seed', 'put', [
      'uni-id-users',
      [{ _id: 'ada', nickname: 'Ada', mobile: '111', password: 'hash-a' }],
    ])
    await invoke(host, 'seed', 'put', [
      'articles',
      [
        { _id: 'open', title: 'Open', status: 1, uid: 'bob', created: 2 },
        { _id: 'draft', title: 'Draft', status: 0, uid: 'ada', created: 1 },
      ],
    ])
  })
  afterAll(closeAll)

  const ada = { uniIdToken: toToken('ada') }
  const ask = async (method: string, params: unknown[] = [], rest: object = {}) => {
    const { data, code } = (await invoke(host, 'jql', method, params, rest)).body.data as {
      data: unknown
      code: unknown
    }
    return [data, code]
  }

  describe('databaseForJQL in a cloud function', () => {
    it('reads for the user whose token came with the call, in objects and plain functions', async () => {
      expect(await ask('own', [], ada)).toEqual([[{ _id: 'ada', nickname: 'Ada' }], 0])
      expect((await ask('own'))[0]).toBe('TOKEN_INVALID_ANONYMOUS_USER')
      expect((await invoke(host, 'plain', '', [], ada)).body.data).toEqual({ data: [{ _id: 'ada', nickname: 'Ada' }] })
    })

    it('takes the forms that pages write, and answers without result', async () => {
      expect(await ask('forms', [], ada)).toEqual([
        [[{ _id: 'open', title: 'Open' }], 1, 'open', 1, [[{ _id: 'open' }], 'PERMISSION_ERROR']],
        0,
      ])
      expect(await ask('awaited')).toEqual([[expect.objectContaining({ _id: 'open' })], 0])
    })

    it('writes within the permissions, with the values that the schema sets', async () => {
      expect(await ask('write', [], ada)).toEqual([[['Newer', 'ada', null]], 0])
      expect((await ask('write'))[0]).toBe('TOKEN_INVALID_ANONYMOUS_USER')
    })

    it('runs for the user that setUser() names, whatever the token says', async () => {
      expect((await ask('as', [{}, 'update', { nickname: 'A' }], ada))[0]).toBe('TOKEN_INVALID_ANONYMOUS_USER')
      expect((await ask('as', [{ uid: 'bob' }, 'update', { nickname: 'A' }]))[0]).toBe('PERMISSION_ERROR')
      expect(await ask('as', [{ permission: ['UPDATE_UNI_ID_USERS'] }, 'update', { nickname: 'Ada L' }])).toEqual([
        { updated: 1 },
        0,
      ])
      expect(await ask('as', [{ role: ['admin'] }, 'update', { nickname: 'Ada' }])).toEqual([{ updated: 1 }, 0])
    })

    it('reads passwords where the schema permits it, which no page can', async () => {
      expect(await ask('password', [['admin']])).toEqual([[{ _id: 'ada', password: 'hash-a' }], 0])
    })

    it.each([
      ['db.command', { $db: [{ $method: 'command' }, { $method: 'neq', $param: ['x'] }] }],
      ['a regular expression', { $regexp: { source: '.', flags: '' } }],
      ['db.RegExp', { $newDb: [{ $method: 'RegExp', $param: [{ regexp: '.' }] }] }],
      ['a variable', { $env: 'uid' }],
      ['a date', { $date: 1 }],
      ['an operator of MongoDB', { $ne: 'x' }],
      ['several operators', { $gt: '', $lt: 'z' }],
    ])('refuses what a page sends as %s, wherever it stands', async (_, mark) => {
      const refused = [
        'SYNTAX_ERROR',
        expect.stringMatching(/^"\$\w+" is not a field: operators are made by db\.command/),
      ]
      expect(await ask('find', [{ status: 1, title: mark }], ada)).toEqual(refused)
      expect(await ask('find', [mark], ada)).toEqual(refused)
      expect(await ask('find', [{ status: 1, title: { a: [mark] } }], ada)).toEqual(refused)
      expect(await ask('change', ['draft', { title: mark }], ada)).toEqual(refused)
      expect(await ask('drop', [{ uid: 'ada', title: mark }], ada)).toEqual(refused)
      expect(await ask('find', [{ status: 1 }], ada)).toEqual([{ total: 1 }, 0])
    })

    it('takes an object that says what it is as JSON for that, and still no operator', async () => {
      expect(await ask('findId', ['open'])).toEqual([[{ _id: 'open', title: 'Open' }], 0])
      expect((await ask('findId', [{ $ne: 'x' }]))[0]).toBe('SYNTAX_ERROR')
    })

    it('refuses a variable that has no text as its name', async () => {
      expect(await ask('wrong', ['getCloudEnv'])).toEqual([
        'SYNTAX_ERROR',
        'getCloudEnv() takes the name of a variable, as "$cloudEnv_uid"',
      ])
    })

    it('names what it does not have', async () => {
      expect(await ask('wrong', ['startTransaction'])).toEqual([
        'uni-cloud-not-supported',
        'uniCloud.databaseForJQL().startTransaction is not supported by this host',
      ])
    })
  })
})
