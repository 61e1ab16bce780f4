import { createHash } from 'node:crypto'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { AdminBrowser, openAdminHost, TOKEN } from '../support/admin-client'
import { closeAll, invoke, openHost, writeProject, type OpenedHost } from '../support/host-project'

afterAll(closeAll)

const OBJECT = 'uniCloud-aliyun/cloudfunctions'

describe('what this host does not have', () => {
  const MEMBERS = `
  const db = uniCloud.database()
  const tried = (use) => { try { use(); return 'nothing was thrown' } catch (error) { return error.errCode + ': ' + (error.errMsg || error.message) } }
  module.exports = {
    members: () => ({ data: [
      tried(() => uniCloud.httpProxyForEip.put('https://a.example')),
      tried(() => uniCloud.neverHeardOf()),
      tried(() => new db.Geo.Point(1, 2)),
      tried(() => db.createIndex('a')),
      tried(() => db.command.geoWithin({})),
      tried(() => uniCloud.logger.table([])),
      tried(() => uniCloud.httpclient.get('https://a.example')),
      tried(() => uniCloud.initI18n({ messages: {}, locale: 'en' }).pluralise('a')),
      tried(() => uniCloud.copyFile({})),
      tried(() => uniCloud.getPushManager.call.of()),
    ] }),
    inDatabase: () => ({ data: [
      tried(() => db.collection('a').watch({})),
      tried(() => db.collection('a').where({ b: 1 }).geoNear({})),
      tried(() => db.collection('a').orderBy('b').foreignKey.of('c')),
      tried(() => db.collection('a').doc('b').aggregate()),
      tried(() => db.command.gt(1).regex('b')),
      tried(() => db.command.inc(1).by(2)),
    ] }),
    awaited: async () => {
      const query = await db.collection('a').where({ b: 1 })
      const { data } = await (await db.collection('a')).where({ b: db.command.gt(0).and(db.command.lt(2)) }).get()
      return { data: [typeof JSON.stringify(db.collection('a').doc('b')), data, await query.count()] }
    },
    asked: async () => ({
      same: (await uniCloud) === uniCloud && (await db) === db,
      text: typeof JSON.stringify(db) + String(db) + require('util').inspect(uniCloud).slice(0, 1),
      optional: typeof uniCloud.developmentSms,
      has: 'copyFile' in uniCloud,
    }),
    logs: () => { uniCloud.logger.log('one %s', 'two', { three: 3 }); return {} },
  }`
  let host: OpenedHost
  beforeAll(async () => {
    host = await openHost({ projectDir: writeProject({ [`${OBJECT}/lacking/index.obj.js`]: MEMBERS }) })
  })

  it('fails by its name where a cloud function uses it', async () => {
    const names = ['uniCloud.httpProxyForEip.put', 'uniCloud.neverHeardOf', 'uniCloud.database().Geo.Point']
    const all = [
      ...names,
      'uniCloud.database().createIndex',
      'uniCloud.database().command.geoWithin',
      'uniCloud.logger.table',
      'uniCloud.httpclient.get',
      'uniCloud.initI18n().pluralise',
      'uniCloud.copyFile',
      'uniCloud.getPushManager.call.of',
    ]
    expect((await invoke(host, 'lacking', 'members')).body.data).toEqual({
      data: all.map((name) => `uni-cloud-not-supported: ${name} is not supported by this host`),
    })
  })

  it('fails by its name where a cloud function looks for it in a collection, a document or a condition', async () => {
    const members = [
      'collection().watch',
      'collection().geoNear',
      'collection().foreignKey.of',
      'doc().aggregate',
      'command.regex',
      'command.by',
    ]
    expect((await invoke(host, 'lacking', 'inDatabase')).body.data).toEqual({
      data: members.map((name) => `database-unsupported: the database of this host does not offer ${name}`),
    })
    expect((await invoke(host, 'lacking', 'awaited')).body.data).toEqual({
      data: ['string', [], { total: 0, affectedDocs: 0 }],
    })
  })

  it('is not invented for who only looks: await, JSON, inspect, typeof of a hook and `in`', async () => {
    const answer = await invoke(host, 'lacking', 'asked')
    expect(answer.body.data).toEqual({
      same: true,
      text: 'string[object Object]{',
      optional: 'undefined',
      has: false,
    })
  })

  it('is not the logger: log() takes what console.log takes', async () => {
    await invoke(host, 'lacking', 'logs')
    expect(await host.log.saying('one two { three: 3 }')).toMatchObject({ level: 30 })
  })
})

describe('an Error that a cloud function throws', () => {
  const project = {
    [`${OBJECT}/inner/index.obj.js`]: `module.exports = { fail() { throw new Error('the stock is empty') } }`,
    [`${OBJECT}/outer/index.obj.js`]: `module.exports = {
      object: () => uniCloud.importObject('inner').fail().catch((error) => ({ data: error.message })),
      plain: () => uniCloud.callFunction({ name: 'inner', data: { method: 'fail' } }).catch((error) => ({ data: error.message })),
      passedOn: () => uniCloud.importObject('inner').fail(),
      told: () => new Promise((resolve) => uniCloud.callFunction({
        name: 'inner', data: { method: 'fail' },
        success: () => resolve({ data: 'success' }),
        fail: (error) => resolve({ data: error.message }),
      })),
      complete: () => new Promise((resolve) => uniCloud.callFunction({
        name: 'outer', data: { method: 'well' }, complete: ({ result }) => resolve({ data: result.data }),
      })),
      well: () => ({ data: 'well' }),
      http: (url) => new Promise((resolve) => uniCloud.httpclient.request(url, { dataType: 'json' }, (error, data, res) => {
        resolve({ data: [error, data, res.statusCode] })
      })),
      badHttp: () => new Promise((resolve) => uniCloud.httpclient.request('http://127.0.0.1:1/', (error) => resolve({ data: error instanceof Error }))),
    }`,
  }

  it('reaches the calling function with its words, in any form of the call', async () => {
    const host = await openHost({ projectDir: writeProject(project) })
    for (const method of ['object', 'plain', 'told']) {
      expect((await invoke(host, 'outer', method)).body.data, method).toEqual({ data: 'the stock is empty' })
    }
    expect((await invoke(host, 'outer', 'complete')).body.data).toEqual({ data: 'well' })
  })

  it('does not reach a page with them, not even passed on by a function; in development it does', async () => {
    const host = await openHost({ projectDir: writeProject(project) })
    for (const [name, method] of [
      ['inner', 'fail'],
      ['outer', 'passedOn'],
    ] as const) {
      const { status, body } = await invoke(host, name, method)
      expect([status, body.error?.code]).toEqual([500, 'InternalError'])
      expect(JSON.stringify(body)).not.toContain('stock')
    }
    const development = await openHost({ projectDir: writeProject(project), isDevelopment: true, host: '127.0.0.1' })
    const { status, body } = await invoke(development, 'inner', 'fail')
    expect([status, body.error?.message]).toEqual([500, 'inner failed: the stock is empty'])
  })

  it('is told to the callback of the HTTP client, and so is a reply', async () => {
    const host = await openHost({ projectDir: writeProject(project) })
    const { body } = await invoke(host, 'outer', 'http', [`${host.url}/healthz`])
    expect(body.data).toEqual({ data: [null, { status: 'ok' }, 200] })
    expect((await invoke(host, 'outer', 'badHttp')).body.data).toEqual({ data: true })
  })
})

describe('a method that is called without what it reads', () => {
  it("is named in the log with its object, as its author's mistake", async () => {
    const careless = 'module.exports = { take({ scene }) { return { scene } }, read(params) { return params.scene } }'
    const host = await openHost({ projectDir: writeProject({ [`${OBJECT}/careless/index.obj.js`]: careless }) })
    for (const [method, params, what] of [
      ['take', [], 'no parameters'],
      ['take', [null], 'null'],
      ['read', [], 'no parameters'],
    ] as const) {
      expect((await invoke(host, 'careless', method, [...params])).status).toBe(500)
      const words = `careless.${method} was called with ${what} and does not check for that: give its parameters a check or a default`
      expect(await host.log.saying(words)).toMatchObject({ function: 'careless', level: 50 })
    }
  })

  it('is answered by the cloud objects of this repository with an error of their own', async () => {
    const host = await openHost({ projectDir: process.cwd() })
    const objects = {
      'uni-captcha-demo': ['verify', 'login'],
      'uni-sms-code-demo': ['register', 'login'],
      'uni-captcha-co': ['getImageCaptcha', 'getChallenge', 'redeemSolutions', 'getProofOfWork', 'redeemProofOfWork'],
      'uni-sms-code-co': ['sendSmsCode', 'verifySmsCode', 'getPhoneNumber'],
    }
    for (const [name, methods] of Object.entries(objects)) {
      for (const method of methods) {
        for (const params of [
          [],
          [null],
          [[]],
          [['a']],
          ['text'],
          [7],
          [{}],
          [{ scene: null, mobile: {}, password: 1 }],
        ]) {
          const { status, body } = await invoke(host, name, method, params)
          const { errCode } = (body.data ?? {}) as { errCode?: unknown }
          expect([status, typeof errCode], `${name}.${method}(${JSON.stringify(params)})`).toEqual([200, 'string'])
        }
      }
    }
    expect(host.log.text).not.toContain('cloud function failed')
  })
})

describe('a cloud function that cannot be loaded', () => {
  it('is an error at start with its file and the cause, and is not counted', async () => {
    const projectDir = writeProject({
      [`${OBJECT}/good/index.obj.js`]: 'module.exports = { go() {} }',
      [`${OBJECT}/bad/index.obj.js`]: "require('uni-config-center')",
    })
    const host = await openHost({ projectDir })
    const file = join(projectDir, OBJECT, 'bad/index.obj.js')
    expect(host.loaded).toBe(
      `1 of 2 cloud functions are loaded. Not loaded: bad (${file}: Cannot find module 'uni-config-center', required by ${OBJECT}/bad/index.obj.js).`,
    )
    expect(await host.log.saying('cloud function could not be loaded')).toMatchObject({
      function: 'bad',
      file,
      level: 50,
    })
  })
})

describe('a CLI project', () => {
  const files = {
    'src/manifest.json': {},
    'src/uni_modules/words/uniCloud/cloudfunctions/common/words/package.json': { name: 'words' },
    'src/uni_modules/words/uniCloud/cloudfunctions/common/words/index.js': `module.exports = 'words'`,
    'src/uni_modules/words/uniCloud/cloudfunctions/words-co/index.obj.js': `module.exports = { say: () => ({ data: require('words') }) }`,
    [`${OBJECT}/app/index.obj.js`]: `module.exports = { say: () => ({ data: require('words') }) }`,
    [`${OBJECT}/app/package.json`]: {
      dependencies: { words: 'file:../../../src/uni_modules/words/uniCloud/cloudfunctions/common/words' },
    },
  }

  it.each(['.', 'src'])('with uniCloud-* beside src is read whole, from %s', async (from) => {
    const host = await openHost({ projectDir: join(writeProject(files), from) })
    expect((await invoke(host, 'app', 'say')).body.data).toEqual({ data: 'words' })
    expect((await invoke(host, 'words-co', 'say')).body.data).toEqual({ data: 'words' })
  })

  it('does not take src of a project that is not of uni-app, nor a foreign project above', async () => {
    const library = writeProject({
      'src/index.js': '',
      [`${OBJECT}/app/index.obj.js`]: 'module.exports = { say: () => ({}) }',
    })
    expect((await openHost({ projectDir: library })).loaded).toBe('1 cloud functions are loaded.')
    const nested = writeProject({ ...files, 'manifest.json': {} })
    expect((await openHost({ projectDir: join(nested, 'src') })).loaded).toBe('1 cloud functions are loaded.')
  })
})

describe('a page with inline scripts', () => {
  it.each([
    ['CRLF', '\r\n'],
    ['CR', '\r'],
    ['LF', '\n'],
  ])('saved with %s may run them: the policy has the hash that browsers make', async (_name, end) => {
    const script = ['', 'window.a = 1', 'window.b = 2', '']
    const staticDir = writeProject({ 'index.html': `<!doctype html><script>${script.join(end)}</script>` })
    const host = await openHost({ staticDir })
    const policy = (await fetch(host.url)).headers.get('content-security-policy')
    const hash = createHash('sha256').update(script.join('\n')).digest('base64')
    expect(policy).toContain(`script-src 'self' 'sha256-${hash}'`)
  })
})

describe('an administration that is moved', () => {
  it('is at its new path alone, with a cookie for it, and leaves /admin to the application', async () => {
    const staticDir = writeProject({ 'admin/index.html': 'the application' })
    const host = await openAdminHost({}, { adminPath: '/captcha/admin', staticDir })
    expect(await (await fetch(`${host.url}/admin/`)).text()).toBe('the application')
    const there = await fetch(`${host.url}/captcha/admin`, { redirect: 'manual' })
    expect(there.headers.get('location')).toBe('/#/pages/admin/admin?path=%2Fcaptcha%2Fadmin')
    const browser = new AdminBrowser(host.url, {}, '/captcha/admin')
    const { status, headers } = await browser.signIn(TOKEN)
    expect([status, headers.get('set-cookie')]).toEqual([200, expect.stringContaining('Path=/captcha/admin/api;')])
    expect((await browser.send('GET', '/config')).status).toBe(200)
    expect((await new AdminBrowser(host.url).signIn(TOKEN)).status).toBe(404)
  })
})
