import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { closeAll, invoke, openHost, type OpenedHost } from '../support/host-project'
import { DRIVERS, toDatabaseUrl } from '../../fixtures/database/open'
import { clientDbProject, openPage, readCode, toToken, type Page } from './project'

const DATABASE = 'uniCloud-aliyun/database'
const FUNCTIONS = 'uniCloud-aliyun/cloudfunctions'

const NOTES = {
  bsonType: 'object',
  permission: {
    read: 'doc.open == true',
    create: 'auth.uid != null',
    update: 'doc.uid == auth.uid',
    delete: 'doc.uid == auth.uid',
  },
  properties: {
    title: { bsonType: 'string', maxLength: 10 },
    open: { bsonType: 'bool', defaultValue: true },
    uid: { bsonType: 'string', forceDefaultValue: { $env: 'uid' } },
    summary: { bsonType: 'string', permission: { write: false } },
    views: { bsonType: 'int', permission: { write: false } },
    folder: { bsonType: 'string', foreignKey: 'folders._id' },
  },
}

const TRIGGERS = `
const { sign } = require('note-words')
const db = uniCloud.database()
module.exports = { trigger: {
  async beforeCreate({ addDataList, userInfo, clientInfo }) {
    for (const note of addDataList) {
      if (note.title === 'bad') throw new Error('the title is taken')
      if (note.title === 'coded') throw { errCode: 'notes-coded', errMsg: 'told with a code' }
      if (note.title === 'broken') null.secret
      if (note.title === 'query') await db.collection('bin').where({ 'a$secret': note.summary }).get()
      if (note.title === 'file') require('node:fs').readFileSync('/no/such/secret/file')
      note.summary = sign([userInfo.uid, clientInfo.appId, uniCloud.getClientInfos()[0].source, note.open])
    }
  },
  afterCreate({ addDataList, result }) { result.titles = addDataList.map(({ title }) => title) },
  beforeUpdate({ updateData, where, triggerContext }) {
    triggerContext.where = where
    updateData.summary = 'changed'
  },
  afterUpdate({ result, triggerContext }) { result.where = triggerContext.where },
  async beforeDelete({ collection, where }) {
    const { data } = await db.collection(collection).where(where).get()
    await db.collection('bin').add(data.map(({ title }) => ({ title })))
  },
  async afterRead({ collection, operation, where, field, secondaryCollection, isGetTempLookup, result }) {
    if (where && typeof where._id === 'string' && field.includes('title')) {
      await db.collection(collection).where(where).update({ views: db.command.inc(1) })
    }
    for (const row of result.data) row.asked = Object.keys(where ?? {})
    for (const row of result.data) row.told = [operation, field.length, secondaryCollection, isGetTempLookup]
  },
  afterCount({ result }) { result.total += 100 },
  beforeReadAsSecondaryCollection() {},
} }`

const SOLD = `
const db = uniCloud.database()
module.exports = { trigger: {
  async afterRead({ collection, where, field, result }) {
    const { data } = await db.collection(collection).where(where ?? {}).get()
    result.told = [where && Object.keys(where), where && data.map(({ _id }) => _id), field]
  },
} }`

const ALL = ['shop', 'title', 'hidden', 'folder']

const LOG = `module.exports = {
  async before(state, event) {
    state.mark = event.action
    if (state.type === 'create') state.newData.summary = [state.auth.uid, ...state.command.getParam({ name: 'add', index: 0 }).map(({ title }) => title)].join()
  },
  async after(state, event, error, result) {
    if (error) throw error
    return { ...result, log: [state.mark, state.collection, state.type, ...(result.log || [])] }
  },
}`
const COUNT = `module.exports = {
  async before(state) { await uniCloud.database().collection('runs').add({ type: state.type }) },
}`
const DOUBLE = `module.exports = {
  async before() { await uniCloud.database().collection('names').add({ name: 'one' }) },
}`
const ZERO = `module.exports = { before() { throw { errCode: 0, errMsg: 'stopped' } } }`
const REJECT = `module.exports = { before: () => Promise.reject(null) }`
const STOP = `module.exports = {
  before() { throw new Error('stopped') },
  after(state, event, error) { return { saved: error.message } },
}`
const TRANSACTION = `module.exports = { async before(state) { state.transaction = {} } }`

const JQL = `module.exports = {
  async add(title, skipTrigger) {
    const db = uniCloud.databaseForJQL({ clientInfo: this.getClientInfo(), skipTrigger })
    db.setUser({ uid: 'ada' })
    const { titles } = await db.collection('notes').add({ title })
    return { data: titles ?? null }
  },
}`

describe.each(DRIVERS)('on %s', (driver) => {
  let host: OpenedHost
  let ada: Page
  const notes = (page: Page) => page.db.collection('notes')
  const stored = async (name = 'notes') => {
    const { body } = await invoke(host, 'seed', 'all', [name])
    return (body.data as { data: Record<string, unknown>[] }).data
  }
  const put = (rows: object[]) => invoke(host, 'seed', 'put', ['notes', rows])
  const readWords = (sent: Promise<unknown>) => sent.then(String, (error: Error) => error.message)

  beforeAll(async () => {
    const schema = (permission: object, properties: object) => ({ bsonType: 'object', permission, properties })
    const projectDir = clientDbProject({
      [`${DATABASE}/notes.schema.json`]: NOTES,
      [`${DATABASE}/notes.schema.ext.js`]: TRIGGERS,
      [`${DATABASE}/folders.schema.json`]: schema({ read: true }, { name: { bsonType: 'string' } }),
      [`${DATABASE}/lost.schema.json`]: schema({ read: true }, {}),
      [`${DATABASE}/lost.schema.ext.js`]: `require('./nowhere')`,
      [`${DATABASE}/logged.schema.json`]: schema(
        { read: "action == 'log'", create: "action in ['log', 'other']" },
        { title: {} },
      ),
      [`${DATABASE}/shops.schema.json`]: schema({}, {}),
      [`${DATABASE}/sold.schema.json`]: schema(
        { read: 'get(`database.shops.${doc.shop}`).owner == auth.uid' },
        { shop: {}, title: {}, hidden: { permission: { read: false } }, folder: { foreignKey: 'folders._id' } },
      ),
      [`${DATABASE}/sold.schema.ext.js`]: SOLD,
      [`${FUNCTIONS}/common/note-words/index.js`]: `exports.sign = (parts) => parts.join()`,
      [`${FUNCTIONS}/common/note-words/package.json`]: { name: 'note-words' },
      [`${FUNCTIONS}/uni-clientDB-actions/log.js`]: LOG,
      [`${FUNCTIONS}/uni-clientDB-actions/stop.js`]: STOP,
      [`${FUNCTIONS}/uni-clientDB-actions/count.js`]: COUNT,
      [`${FUNCTIONS}/uni-clientDB-actions/reject.js`]: REJECT,
      [`${FUNCTIONS}/uni-clientDB-actions/zero.js`]: ZERO,
      [`${FUNCTIONS}/uni-clientDB-actions/double.js`]: DOUBLE,
      [`${FUNCTIONS}/uni-clientDB-actions/transaction.js`]: TRANSACTION,
      [`${FUNCTIONS}/jql/index.obj.js`]: JQL,
    })
    host = await openHost({ projectDir, databaseUrl: await toDatabaseUrl(driver) })
    ada = openPage(host.url, toToken('ada'))
    await put([
      { _id: 'open', title: 'Open', open: true, uid: 'ada', views: 0, folder: 'f' },
      { _id: 'closed', title: 'Closed', open: false, uid: 'bob', views: 0 },
    ])
    await invoke(host, 'seed', 'put', ['folders', [{ _id: 'f', name: 'Folder' }]])
    await invoke(host, 'seed', 'put', ['shops', [{ _id: 's', owner: 'ada' }]])
    await invoke(host, 'seed', 'put', [
      'sold',
      [
        { _id: 'a', shop: 's', title: 'A', hidden: 'A', folder: 'f' },
        { _id: 'b', shop: 's', title: 'B', hidden: 'A', folder: 'f' },
        { _id: 'c', shop: 't', title: 'A', hidden: 'A', folder: 'f' },
      ],
    ])
  })
  afterAll(closeAll)

  describe('the triggers of a collection', () => {
    it('change what is added, with the caller and the modules of the project, and add to the answer', async () => {
      const { result } = await notes(ada).add({ title: 'New' })
      expect(result['titles']).toEqual(['New'])
      const [one] = (await stored()).filter(({ title }) => title === 'New')
      expect(one).toMatchObject({ uid: 'ada', open: true, summary: 'ada,__UNI__TEST,client,true' })
      const several = await notes(ada).add([{ title: 'One' }, { title: 'Two', open: false }])
      expect([several.result['inserted'], several.result['titles']]).toEqual([2, ['One', 'Two']])
    })

    it('stop a query with words of their own, and those of a mistake stay in the log', async () => {
      const before = (await stored()).length
      const fail = (title: string) => notes(ada).add({ title })
      expect([await readCode(fail('bad')), await readWords(fail('bad'))]).toEqual([
        'SYSTEM_ERROR',
        'the title is taken',
      ])
      expect([await readCode(fail('coded')), await readWords(fail('coded'))]).toEqual([
        'notes-coded',
        'told with a code',
      ])
      for (const title of ['broken', 'file', 'query']) {
        expect(await readCode(fail(title))).toBe('SYSTEM_ERROR')
        expect(await readWords(fail(title))).not.toMatch(/secret/)
      }
      expect(host.log.text).toContain('/no/such/secret/file')
      expect((await stored()).length).toBe(before)
    })

    it('know the condition as the database takes it, and hand on what the one before has left', async () => {
      const { result } = await notes(ada).doc('open').update({ title: 'Opened' })
      expect([result['updated'], result['where']]).toEqual([1, { _id: 'open' }])
      const [one] = (await stored()).filter(({ _id }) => _id === 'open')
      expect(one).toMatchObject({ title: 'Opened', summary: 'changed' })
    })

    it('count a reading of one document, and see which fields are asked for', async () => {
      const views = async () => (await stored()).find(({ _id }) => _id === 'open')?.['views']
      const before = Number(await views())
      const whole = await notes(ada).doc('open').get()
      expect(whole.result.data[0]).toMatchObject({ _id: 'open', told: ['read', 6, null, null] })
      await notes(ada).where('_id == "open" && open == true').field('title').get()
      await notes(ada).doc('open').field('uid').get()
      await notes(ada).where({ open: true }).field('title').get()
      const loose = await notes(ada).where({ title: 'Opened' }).field('title').get()
      expect(loose.result.data[0]).toMatchObject({ _id: 'open', asked: ['title', 'open'] })
      const said = await notes(ada).where('open == true && title == "Opened"').field('title').get()
      expect(said.result.data[0]).toMatchObject({ _id: 'open', asked: ['open', 'title'] })
      const one = await notes(ada).where('_id == "open"').field('title,uid').get({ getOne: true })
      expect(one.result.data).toMatchObject({ _id: 'open', told: ['read', 2, null, null] })
      expect(Number(await views()) - before).toBe(3)
    })

    it('of the first collection of a join are told of the others', async () => {
      const temp = notes(ada).where('_id == "open"').field('title,folder').getTemp()
      const joined = await ada.db.collection(temp, ada.db.collection('folders').field('_id,name').getTemp()).get()
      expect(joined.result.data[0]).toMatchObject({
        folder: [{ _id: 'f', name: 'Folder' }],
        told: ['read', 2, ['folders'], true],
      })
    })

    it('are told what is asked of stored documents, and nothing that only the answer has under that name', async () => {
      const sold = ada.db.collection('sold')
      const renamed = ada.db.collection(sold.where('shop == "s"').field('shop,title as hidden').getTemp())
      expect((await renamed.where('hidden == "A"').field('hidden').get()).result['told']).toEqual([
        ['shop'],
        ['a', 'b'],
        ['shop', 'title'],
      ])
      const temp = ada.db.collection(sold.where('shop == "s"').getTemp())
      expect((await temp.where('title == "A"').get()).result['told']).toEqual([['shop', 'title'], ['a'], ALL])
    })

    it('run in joins whose condition is what the permission looks at', async () => {
      const joined = ada.db.collection('sold,folders').where('shop == "s" && folder.name == "Folder"')
      const { result } = await joined.get()
      expect([result.data.map(({ _id }) => _id), result['told']]).toEqual([
        ['a', 'b'],
        [null, null, ALL],
      ])
    })

    it('change a count, also beside documents', async () => {
      const total = Number((await notes(ada).where('open == true').count()).result['total'])
      const beside = await notes(ada).where('open == true').get({ getCount: true })
      expect([total > 100, beside.result['count']]).toEqual([true, total])
    })

    it('look at what is removed', async () => {
      const { result } = await notes(ada).add({ title: 'Old' })
      await notes(ada).doc(String(result['id'])).remove()
      expect((await stored('bin')).map(({ title }) => title)).toEqual(['Old'])
    })

    it('run for nothing that is not permitted or not valid', async () => {
      const visitor = openPage(host.url)
      const codes = [
        await readCode(notes(visitor).add({ title: 'bad' })),
        await readCode(notes(ada).add({ title: 'coded, and too long' })),
        await readCode(notes(ada).doc('closed').remove()),
        await readCode(notes(ada).doc('closed').get()),
      ]
      expect(codes).toEqual([
        'TOKEN_INVALID_ANONYMOUS_USER',
        'VALIDATION_ERROR',
        'PERMISSION_ERROR',
        'PERMISSION_ERROR',
      ])
      expect((await stored()).find(({ _id }) => _id === 'closed')).toMatchObject({ views: 0 })
    })

    it('run for databaseForJQL of cloud functions too, unless it skips them', async () => {
      const add = async (...params: unknown[]) => (await invoke(host, 'jql', 'add', params)).body.data
      expect(await add('Jql')).toEqual({ data: ['Jql'] })
      expect(await add('Skipped', true)).toEqual({ data: null })
      expect((await stored()).find(({ title }) => title === 'Skipped')).not.toHaveProperty('summary')
    })

    it('that cannot be loaded refuse their collection, and those of a kind that never runs are named in the log', async () => {
      expect(await readCode(ada.db.collection('lost').get())).toBe('SYSTEM_ERROR')
      const { triggers } = await host.log.saying('these triggers are never run')
      expect(triggers).toEqual(['beforeReadAsSecondaryCollection'])
    })
  })

  describe('actions that a page names', () => {
    it('change what is added, keep a state and make the answer, inside of the triggers', async () => {
      const { result } = await ada.db.action('log').collection('notes').add({ title: 'Acted' })
      expect(result).toMatchObject({ titles: ['Acted'], log: ['log', 'notes', 'create'] })
      expect((await stored()).find(({ title }) => title === 'Acted')).toMatchObject({ summary: 'ada,Acted' })
      const read = await ada.db.action('log').collection('notes').where('_id == "open"').get()
      expect(read.result).toMatchObject({ log: ['log', 'notes', 'read'] })
    })

    it('run in their order before and in the opposite one after; what one throws goes to what follows', async () => {
      const before = (await stored()).length
      const { result } = await ada.db.action('log,stop').collection('notes').add({ title: 'Never' })
      expect(result).toMatchObject({ saved: 'stopped', log: ['log,stop', 'notes', 'create'] })
      expect((await stored()).length).toBe(before)
      const opposite = await ada.db.action('stop,log').collection('notes').add({ title: 'Never' })
      expect(opposite.result).toMatchObject({ saved: 'stopped' })
      expect(opposite.result).not.toHaveProperty('log')
    })

    it('are demanded by permissions', async () => {
      const logged = (action?: string) => (action ? ada.db.action(action) : ada.db).collection('logged')
      expect(await readCode(logged('log').get())).toContain('not refused')
      expect(await readCode(logged('log').add({ title: 'a' }))).toContain('not refused')
      for (const one of [logged(), logged('transaction'), logged('log,stop')]) {
        expect(await readCode(one.get())).toBe('PERMISSION_ERROR')
      }
    })

    it('are those of the project alone, and run for nothing that is refused', async () => {
      for (const name of [
        'nothing',
        '__proto__',
        'constructor',
        '..',
        'log\n.js',
        '../uni-clientDB-actions/log',
        '../jql/index.obj',
        'log,',
      ]) {
        expect(await readCode(ada.db.action(name).collection('notes').where('open == true').get())).toBe('SYNTAX_ERROR')
      }
      const closed = ada.db.action('stop').collection('notes').doc('closed').get()
      expect(await readCode(closed)).toBe('PERMISSION_ERROR')
    })

    it('run once, whatever document the permission asks for', async () => {
      const counted = ada.db.action('count')
      await counted.collection('sold').where('shop == "s"').get()
      const temp = ada.db.collection('sold').where('shop == "s"').field('shop,title as folder').getTemp()
      const { result } = await counted.collection(temp).where('shop == "t"').get()
      expect([result.data, await stored('runs')]).toMatchObject([[], [{ type: 'read' }, { type: 'read' }]])
    })

    it('stop a query whatever they throw', async () => {
      const before = (await stored()).length
      for (const action of ['reject', 'zero']) {
        const refused = ada.db.action(action).collection('notes').add({ title: 'Never' })
        expect([action, await readCode(refused), (await stored()).length]).toEqual([action, 'SYSTEM_ERROR', before])
      }
    })

    it('are named once each', async () => {
      const twice = ada.db.action('count, count').collection('notes').get()
      expect(await readCode(twice)).toBe('SYNTAX_ERROR')
    })

    it('hand on a refusal of the database, and tell nothing of those that they have met themselves', async () => {
      const add = (action: string) => ada.db.action(action).collection('names').add({ name: 'one' })
      await add('log')
      expect([await readCode(add('log')), await readCode(add('double'))]).toEqual(['DUPLICATE_KEY', 'SYSTEM_ERROR'])
    })

    it('that begin a transaction are refused by name', async () => {
      const refused = ada.db.action('transaction').collection('notes').add({ title: 'Never' })
      expect(await readCode(refused)).toBe('uni-cloud-not-supported')
    })
  })
})

describe('a trigger or an action that never ends', () => {
  afterAll(closeAll)

  it('has the time of a function, and what it was to run before is not done', async () => {
    const never = '() => new Promise(() => {})'
    const projectDir = clientDbProject({
      [`${DATABASE}/names.schema.ext.js`]: `module.exports = { trigger: { beforeCreate: ${never} } }`,
      [`${FUNCTIONS}/uni-clientDB-actions/hang.js`]: `module.exports = { before: ${never} }`,
    })
    const host = await openHost({ projectDir, functionTimeoutMs: 200 })
    const { db } = openPage(host.url, toToken('ada'))
    for (const sent of [
      db.collection('names').add({ name: 'a' }),
      db.action('hang').collection('articles').add({ title: 'a' }),
    ]) {
      expect(await readCode(sent)).toBe('SYSTEM_ERROR')
    }
    for (const name of ['names', 'articles']) {
      expect((await invoke(host, 'seed', 'all', [name])).body.data).toMatchObject({ data: [] })
    }
  })
})
