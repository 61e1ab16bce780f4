import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeAll, invoke, openHost, writeProject, type Answer, type OpenedHost } from '../support/host-project'

let host: OpenedHost

beforeAll(async () => {
  host = await openHost()
})
afterAll(closeAll)

const readData = async (answer: Promise<Answer>) => (await answer).body.data as Record<string, unknown>

describe('a call of a cloud object', () => {
  it('runs _before, the method and _after on one this, and _before may rewrite the parameters', async () => {
    const data = await readData(invoke(host, 'guarded', 'run', ['first', 'second']))
    const params = ['first seen', 'second', 'added']
    expect(data).toEqual({ trace: ['before', 'method', 'after'], params, helped: 'through this' })
  })

  it('hands a throw of _before to _after, whose return value is the answer', async () => {
    const data = await readData(invoke(host, 'guarded', 'run', ['stop']))
    expect(data).toEqual({ errCode: 0, rescued: 'stopped in _before', trace: ['before', 'after'] })
  })

  it('hands a throw of the method to _after, whose own throw is the answer', async () => {
    const data = await readData(invoke(host, 'guarded', 'fail', ['x']))
    expect(data).toEqual({ errCode: 'guarded-rethrown', errMsg: 'failed in the method' })
  })

  it('has a this of its own, so nothing that one call hangs on it reaches the next', async () => {
    for (let count = 0; count < 3; count++) {
      const data = await readData(invoke(host, 'guarded', 'run', ['x']))
      expect(data['trace']).toEqual(['before', 'method', 'after'])
    }
  })

  it('gets undefined in place of getHttpInfo when it did not come by URL', async () => {
    const answer = await invoke(host, 'pages', 'request')
    expect(answer.body).toMatchObject({ data: { clientInfo: { source: 'client' } } })
    expect(answer.body.data).not.toHaveProperty('http')
  })
})

describe('functions that call functions', () => {
  it('go through importObject with a request id of their own and source "function"', async () => {
    const claimed = { clientInfo: { deviceId: 'phone-1' }, uniIdToken: 'token-1' }
    const data = await readData(invoke(host, 'caller', 'viaObject', [], claimed))
    const inner = data['inner'] as { requestId: string; clientInfo: object; token: string; context: object }
    expect(inner.requestId).not.toBe(data['outer'])
    expect(inner.clientInfo).toMatchObject({ source: 'function', deviceId: 'phone-1', clientIP: '127.0.0.1' })
    expect(inner.context).toMatchObject({ SOURCE: 'function', DEVICEID: 'phone-1' })
    expect(inner.token).toBe('token-1')
  })

  it('go through callFunction, to plain functions and to cloud objects', async () => {
    const plain = await readData(invoke(host, 'caller', 'viaFunction', [{ a: 1 }]))
    expect(plain).toMatchObject({ success: true, result: { event: { a: 1 }, context: { SOURCE: 'function' } } })
    const object = await readData(invoke(host, 'caller', 'viaFunctionToObject'))
    expect(object).toMatchObject({ success: true, result: { value: 'handed over', count: 1 } })
  })

  it('get the errCode of the other as an error to catch', async () => {
    const data = await readData(invoke(host, 'caller', 'failing'))
    const caught = { errCode: 'faults-refused', errMsg: 'refused', hasRequestId: true }
    expect(data['caught']).toMatchObject(caught)
  })

  it('learn that the other does not exist, as a client would', async () => {
    expect(await readData(invoke(host, 'caller', 'unknown'))).toMatchObject({ errCode: 'FunctionNotFound' })
  })

  it('end when they call themselves for ever', async () => {
    const data = await readData(invoke(host, 'caller', 'endless'))
    expect(String(data['errMsg'])).toContain('levels deep')
  })
})

describe('what this host does not have', () => {
  it.each([
    ['redis', 'uni-cloud-redis-not-configured'],
    ['sendSms', 'uni-cloud-sendSms-not-configured'],
    ['copyFile', 'uni-cloud-not-supported'],
    ['getPhoneNumber', 'uni-cloud-not-supported'],
  ])('uniCloud.%s says so by its name', async (name, errCode) => {
    const data = await readData(invoke(host, 'faults', 'unsupported', [name]))
    expect(data).toMatchObject({ errCode, errMsg: expect.stringContaining(`uniCloud.${name}`) })
  })
})

describe('cloud code on disk', () => {
  it('requires common modules and their files through "file:" dependencies, as require.resolve does', async () => {
    const data = await readData(invoke(host, 'echo', 'required'))
    expect(data).toEqual({ depth: 2, resolved: true, missing: 'MODULE_NOT_FOUND', startedIn: 'undefined' })
  })

  it('may be TypeScript, while package.json names the JavaScript that it becomes', async () => {
    expect(await readData(invoke(host, 'typed-co', 'loud', ['quiet']))).toEqual({ text: 'QUIET!' })
    expect((await invoke(host, 'typed-co', 'separator')).body.data).toBe('/')
  })

  it('is found by its name without a dependency, with a warning that uniCloud would not find it', async () => {
    expect(await readData(invoke(host, 'plugin-co', 'run'))).toEqual({ undeclared: 'found by name' })
    const warnings = host.log.lines.filter((line) => line['level'] === 40).map((line) => String(line['msg']))
    expect(warnings).toContainEqual(expect.stringContaining('"undeclared" is required without a "file:" dependency'))
  })

  it('of the project wins over a plugin function of the same name, with a warning that says so', async () => {
    expect(await readData(invoke(host, 'echo', 'same', [1]))).toEqual({ value: 1, count: 1 })
    const warnings = host.log.lines.map((line) => String(line['msg']))
    const sentence = `Two cloud functions are named "echo": uniCloud/cloudfunctions/echo is served`
    expect(warnings).toContainEqual(expect.stringContaining(sentence))
  })

  it('that fails while it loads leaves the others running and its reason in the log', async () => {
    const line = await host.log.saying('cloud function could not be loaded')
    expect(line['function']).toBe('broken')
    expect(JSON.stringify(line)).toContain('a-module-that-does-not-exist')
  })

  it('is run once for each host, so two hosts in one process share no state', async () => {
    const counter = 'let calls = 0; module.exports = { next: () => ({ calls: ++calls, db: typeof uniCloud.database }) }'
    const projectDir = writeProject({ 'uniCloud/cloudfunctions/counter/index.obj.js': counter })
    const [one, two] = [await openHost({ projectDir }), await openHost({ projectDir })]
    await invoke(one, 'counter', 'next')
    expect((await invoke(one, 'counter', 'next')).body.data).toEqual({ calls: 2, db: 'function' })
    expect((await invoke(two, 'counter', 'next')).body.data).toEqual({ calls: 1, db: 'function' })
  })

  it('that throws without being awaited is told apart by the line of its source, TypeScript too', async () => {
    const source = 'interface Long {\n  a: number\n}\n\nexport function fail(): Long {\n  throw new Error("here")\n}\n'
    const projectDir = writeProject({ 'uniCloud/cloudfunctions/typed/index.obj.ts': source })
    const typed = await openHost({ projectDir })
    expect((await invoke(typed, 'typed', 'fail')).status).toBe(500)
    expect(JSON.stringify(await typed.log.saying('cloud function failed'))).toContain('index.obj.ts')
  })
})
