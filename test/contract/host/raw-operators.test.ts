import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { closeAll, invoke, openHost, writeProject, type OpenedHost } from '../support/host-project'

afterAll(closeAll)

const FUNCTIONS = 'uniCloud-aliyun/cloudfunctions'
/** Code as uni-stat has it, and code that trusts what it is sent. */
const USERS = `
  const users = () => uniCloud.database().collection('users')
  const found = async (query) => ({ data: (await users().where(query).get()).data.map(({ _id }) => _id) })
  module.exports = {
    fill: () => users().add([{ _id: 'ada', age: 36, code: 'x' }, { _id: 'bob', age: 41, code: 'y' }]),
    older: (age) => found({ age: { $gte: age } }),
    counted: async (age) => ({ data: (await users().aggregate()
      .match({ age: { $gte: age } }).group({ _id: {}, n: { $sum: 1 } }).end()).data }),
    login: ({ code }) => found({ code }),
    spread: (query) => found({ ...query }),
    parsed: (text) => found({ code: JSON.parse(text) }),
    decoded: (text) => found({ code: JSON.parse(decodeURIComponent(text)) }),
    passedOn: ({ code }) => uniCloud.importObject('inner').login(code),
    own: () => uniCloud.importObject('inner').login({ $gt: 'x' }),
    posted() { return found({ code: JSON.parse(this.getHttpInfo().body).code }) },
    posted64() { return found({ code: JSON.parse(Buffer.from(this.getHttpInfo().body, 'base64').toString()).code }) },
    later: () => new Promise((resolve) => setTimeout(() => resolve(found({ age: { $lt: 40 } })), 5)),
  }`
const INNER = `module.exports = {
  login: async (code) => ({ data: (await uniCloud.database().collection('users').where({ code }).get()).data.map(({ _id }) => _id) }),
}`

let host: OpenedHost
beforeAll(async () => {
  const projectDir = writeProject({
    [`${FUNCTIONS}/users/index.obj.js`]: USERS,
    [`${FUNCTIONS}/inner/index.obj.js`]: INNER,
  })
  host = await openHost({ projectDir })
  await invoke(host, 'users', 'fill')
})

const call = async (method: string, ...params: unknown[]) => {
  const { body } = await invoke(host, 'users', method, params)
  return (body.data as { data?: unknown } | undefined)?.data ?? body.error?.code
}
const post = async (method: string, body: string | Uint8Array<ArrayBuffer>, contentType: string) => {
  const headers = { 'content-type': contentType }
  const response = await fetch(`${host.url}/http/users/${method}`, { method: 'POST', headers, body })
  return (await response.json()) as { data?: unknown; code?: string }
}

describe('an operator that is written as a key', () => {
  it('is read where the code of the function wrote it, in inner calls and later as well', async () => {
    expect(await call('older', 40)).toEqual(['bob'])
    expect(await call('counted', 1)).toEqual([{ _id: {}, n: 2 }])
    expect(await call('own')).toEqual(['bob'])
    expect(await call('later')).toEqual(['ada'])
    expect(await call('login', { code: 'x', note: 'costs 5$ or $6' })).toEqual(['ada'])
  })

  const OPEN = { $ne: '' }
  it.each<[string, string, unknown]>([
    ['an object in place of a value', 'login', { code: OPEN }],
    ['an object that the function copies', 'spread', OPEN],
    ['one inside of another', 'spread', { code: { $not: { $eq: '' } } }],
    ['a choice', 'spread', { $or: [{ code: 'x' }, { code: 'y' }] }],
    ['text that the function parses', 'parsed', JSON.stringify(OPEN)],
    ['text that is escaped', 'parsed', '{"\\u0024ne":""}'],
    ['text that is escaped all over', 'parsed', '{"\\u0024\\u006ee":""}'],
    ['text of an address', 'decoded', encodeURIComponent(JSON.stringify(OPEN))],
    ['both', 'decoded', encodeURIComponent('{"\\u0024ne":""}')],
    ['what is passed on to another function', 'passedOn', { code: OPEN }],
  ])('is none where it came from outside: %s', async (_, method, param) => {
    expect(await call(method, param)).toBe('InternalError')
    const { err } = (await host.log.saying('cloud function failed')) as { err: { message: string } }
    expect(err.message).toMatch(/operators are written with db.command/)
  })

  it('is none in the body of a request by address, as text or not', async () => {
    const body = JSON.stringify({ code: OPEN })
    expect(await post('posted', JSON.stringify({ code: 'x' }), 'application/json')).toEqual({ data: ['ada'] })
    expect(await post('posted', body, 'application/json')).not.toHaveProperty('data')
    expect(
      await post('posted64', new TextEncoder().encode(JSON.stringify({ code: 'x' })), 'application/octet-stream'),
    ).toEqual({
      data: ['ada'],
    })
    expect(await post('posted64', new TextEncoder().encode(body), 'application/octet-stream')).not.toHaveProperty(
      'data',
    )
  })

  it('of the code is refused only where the caller names the same', async () => {
    expect(await call('older', 40)).toEqual(['bob'])
    const both = await invoke(host, 'users', 'older', [40, '$gte'])
    expect(both.body.error?.code).toBe('InternalError')
    const other = await invoke(host, 'users', 'older', [40, '$lt'])
    expect(other.body.data).toEqual({ data: ['bob'] })
  })
})
