import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openDevice } from '../support/gateway-client'
import { closeAll, invoke, openHost, writeProject, type OpenedHost } from '../support/host-project'

const OBJECT = 'uniCloud-aliyun/cloudfunctions'
const DATABASE = 'uniCloud-aliyun/database'

const MEMBERS = `
const find = (path) => {
  const names = path.split('.')
  const last = names.pop()
  const above = names.reduce((at, name) => name.endsWith('()') ? at[name.slice(0, -2)]() : at[name], uniCloud)
  return { has: last in above, use: () => above[last]({}) }
}
const outcome = async ({ path, isUsed }) => {
  const { has, use } = find(path)
  if (has && !isUsed) return 'offered'
  try { await use(); return 'nothing was thrown' } catch (error) { return error.errCode }
}
module.exports = {
  tell: async (asked) => ({ data: await Promise.all(asked.map(outcome)), members: Object.keys(uniCloud) }),
  proxied: async (url, types) => ({ data: [
    await uniCloud.httpProxyForEip.get(url + '/a', { b: 'c d' }, { 'x-own': 1 }),
    await uniCloud.httpProxyForEip.post(url, 'plain words', { 'content-type': 'text/plain' }),
    await uniCloud.httpProxyForEip.postJson(url, { b: { c: 1 } }),
    await uniCloud.httpProxyForEip.postForm(url, { b: 'c d' }, { dataAsQueryString: true }),
    await uniCloud.httpProxyForEip.get(url + '/words', null),
    ...(await Promise.all(types.map((type) => uniCloud.httpProxyForEip.post(url + '/typed', type)))),
  ].map(({ statusCodeValue, body }) => [statusCodeValue, body]) }),
  unreachable: () => uniCloud.httpProxyForEip.get('http://127.0.0.1:1/').then(() => ({ data: 'sent' }), (error) => ({ data: error instanceof Error })),
  collections: async () => {
    const db = uniCloud.database()
    await db.createCollection('made')
    await db.collection('made').add({ _id: 'a' })
    await db.createCollection('made')
    const wrong = await db.createCollection('../made').catch((error) => error.errCode)
    return { data: [(await db.collection('made').count()).total, wrong] }
  },
  secret: () => ({ data: this.secretType === undefined }),
  places: async () => ({ data: (await uniCloud.database().collection('places').where({ city: 'x' }).get()).data.length }),
}`

let host: OpenedHost
beforeAll(async () => {
  const direction = (Name: string, Direction: string) => ({ MgoIndexKeys: [{ Name, Direction }] })
  const both = { MgoExpireAfterSeconds: 60, MgoIsUnique: true, PartialFilterExpression: '{}' }
  const indexes = [
    { IndexName: 'at', MgoKeySchema: direction('at', '2dsphere') },
    { IndexName: 'words', MgoKeySchema: direction('words', 'text') },
    { IndexName: 'ends', MgoKeySchema: { ...direction('ends', '1'), MgoExpireAfterSeconds: 60 } },
    { IndexName: 'some', MgoKeySchema: { ...direction('some', '1'), PartialFilterExpression: '{}' } },
    { IndexName: 'one', MgoKeySchema: { ...direction('one', '1'), MgoIsUnique: true, PartialFilterExpression: '{}' } },
    { IndexName: 'both', MgoKeySchema: { ...direction('both', '1'), ...both } },
    { IndexName: 'key', MgoKeySchema: direction('key', 'hashed') },
    { IndexName: 'city', MgoKeySchema: { ...direction('city', '1'), MgoIsUnique: true, MgoIsSparse: true } },
  ]
  host = await openHost({
    projectDir: writeProject({
      [`${OBJECT}/api/index.obj.js`]: MEMBERS,
      [`${DATABASE}/places.index.json`]: JSON.stringify(indexes),
    }),
  })
})
afterAll(closeAll)

interface Row {
  members: string[]
  status: string
}

function readRows(file: string): Row[] {
  const [, section = ''] = readFileSync(file, 'utf8').split('{#unicloud}')
  const lines = section.split(/\n##+ /)[0]!.split('\n')
  const rows = lines.filter((line) => line.startsWith('| `'))
  return rows.map((row) => {
    const [, first = '', status = ''] = row.split(' | ').length > 1 ? ['', ...row.slice(2).split(' | ')] : []
    return { members: [...first.matchAll(/`([^`]+)`/g)].map(([, name]) => name!), status }
  })
}

/** What uses a member gets, by the words of its row. */
function toOutcome(status: string, member: string): string {
  if (/`(uni-cloud-\w+-not-configured)`/.test(status)) return `uni-cloud-${member}-not-configured`
  return /^(不支持|Not supported)/.test(status) ? 'uni-cloud-not-supported' : 'offered'
}

describe.each(['docs/compatibility.md', 'docs/en/compatibility.md'])('the members of uniCloud in %s', (file) => {
  it('are there, or fail, as their row says', async () => {
    const rows = readRows(file).flatMap(({ members, status }) => members.map((member) => ({ member, status })))
    const isUsed = (status: string) => toOutcome(status, '') !== 'offered'
    const asked = rows.map(({ member, status }) => ({ path: member, isUsed: isUsed(status) }))
    const { body } = await invoke(host, 'api', 'tell', [asked])
    const { data } = body.data as { data: string[] }
    expect(Object.fromEntries(rows.map(({ member }, at) => [member, data[at]]))).toEqual(
      Object.fromEntries(rows.map(({ member, status }) => [member, toOutcome(status, member)])),
    )
  })

  it('all have a row, but for those that are of this host alone', async () => {
    const { body } = await invoke(host, 'api', 'tell', [[]])
    const named = new Set(readRows(file).flatMap(({ members }) => members.map((member) => member.split('.')[0])))
    const { members } = body.data as { members: string[] }
    const own = ['hostSecret', 'onShutdown', 'observe', 'count', 'observeMessage', 'developmentSms']
    expect(members.filter((member) => !named.has(member) && !own.includes(member))).toEqual([])
  })
})

describe('a request through the proxy of uniCloud', () => {
  it('is sent by the host itself and answered in its shape, with JSON read', async () => {
    const answer = async (request: IncomingMessage) => {
      const { method, url, headers } = request
      return { method, url, type: headers['content-type'], own: headers['x-own'], body: await text(request) }
    }
    const server = createServer((request, response) => {
      if (request.url === '/words') return void response.writeHead(404).end('no such page')
      if (request.url === '/typed') {
        return void text(request).then((type) =>
          response.writeHead(200, type ? { 'content-type': type } : {}).end('12'),
        )
      }
      response.setHeader('content-type', 'application/json')
      void answer(request).then((told) => response.end(JSON.stringify(told)))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const types = [
        'application/json',
        'Application/JSON; charset=utf-8',
        'text/plain',
        'text/html',
        'application/jsonp',
        '',
      ]
      const { port } = server.address() as AddressInfo
      const { body } = await invoke(host, 'api', 'proxied', [`http://127.0.0.1:${port}`, types])
      const json = 'application/json'
      const form = 'application/x-www-form-urlencoded'
      expect(body.data).toMatchObject({
        data: [
          [200, { method: 'GET', url: expect.stringMatching(/^\/a\?b=c(\+|%20)d$/) as string, own: '1' }],
          [200, { method: 'POST', body: 'plain words', type: 'text/plain' }],
          [200, { method: 'POST', body: '{"b":{"c":1}}', type: expect.stringContaining(json) as string }],
          [
            200,
            {
              method: 'POST',
              body: expect.stringMatching(/^b=c(\+|%20)d$/) as string,
              type: expect.stringContaining(form) as string,
            },
          ],
          [404, 'no such page'],
          ...[12, 12, '12', '12', '12', '12'].map((body) => [200, body]),
        ],
      })
    } finally {
      server.close()
    }
    expect((await invoke(host, 'api', 'unreachable')).body.data).toEqual({ data: true })
  })
})

it('a collection can be made before it is written to, and twice', async () => {
  expect((await invoke(host, 'api', 'collections')).body.data).toEqual({ data: [1, 'database-invalid-argument'] })
})

it('indexes of a kind that the host lacks are named in the log, and the others of their file are made', async () => {
  const told = host.log.lines.filter(({ collection }) => collection === 'places')
  expect(told.map(({ index, what, msg }) => [index, what, msg])).toEqual([
    ['at', 'a geo index (2dsphere)', 'this index cannot be made'],
    ['words', 'a text index', 'this index cannot be made'],
    [
      'ends',
      'MgoExpireAfterSeconds: no document is removed when its time is over',
      'this index is made without a part of it',
    ],
    ['some', 'PartialFilterExpression: an index of some documents only', 'this index is made without a part of it'],
    ['one', 'PartialFilterExpression: an index of some documents only', 'this index cannot be made'],
    ['both', 'PartialFilterExpression: an index of some documents only', 'this index cannot be made'],
  ])
  expect(host.log.text).not.toContain('this database file cannot be used')
  expect((await invoke(host, 'api', 'places')).body.data).toEqual({ data: 0 })
})

it('the secure network is refused by its name where a page asks for it, and code that mentions it runs', async () => {
  expect((await invoke(host, 'api', 'secret')).body.data).toEqual({ data: true })
  const options = { secretType: 'both', encryptKeyId: '1' }
  const asked = await invoke(host, 'api', 'secret', [], { content: 'abc', _uniCloudOptions: options })
  expect([asked.status, asked.body.error?.code]).toEqual([400, 'InvalidMethod.NotSupported'])
  expect(asked.body.error?.message).toContain('does not offer the secure network (secretType, secretMethods)')
  const { client } = openDevice(host.url, 'dcloud')
  const verified = client.callFunction({ name: 'api', data: { method: 'secret', _uniCloudOptions: options } })
  await expect(verified).rejects.toMatchObject({ errCode: 'InvalidMethod.NotSupported' })
})
