import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index'
import { openDevice, getRefusal, type Device } from '../support/gateway-client'
import { closeAll, openHost } from '../support/host-project'

let host: Host

beforeAll(async () => {
  host = await openHost()
})
afterAll(closeAll)

interface Info {
  clientInfo: Record<string, unknown>
  cloudInfo: Record<string, unknown>
  context: Record<string, unknown>
  clientInfos: Record<string, unknown>[]
  requestList: string[]
  cloudInfos: Record<string, unknown>[]
  token?: string
  method: string
  requestId: string
}

async function getInfo(device: Device): Promise<Info> {
  return (await device.client.importObject('echo', { customUI: true })['info']?.()) as unknown as Info
}

describe.each(['aliyun', 'dcloud'] as const)('the unmodified client as a %s space', (provider) => {
  it('calls a method of a cloud object and gets what it returned', async () => {
    const { client } = openDevice(host.url, provider)
    const echo = client.importObject('echo', { customUI: true })
    const value = { text: '验证码 ✓', list: [1, null, { deep: true }] }
    expect(await echo['same']?.(value, 'two')).toEqual({ value, count: 2 })
    expect(await echo['text']?.()).toBe('plain text')
    expect(await echo['nothing']?.()).toBeUndefined()
    expect(await echo['date']?.()).toEqual({ at: '1970-01-01T00:00:00.000Z' })
  })

  it('tells the cloud object who is calling, in every way that uniCloud does', async () => {
    const info = await getInfo(openDevice(host.url, provider, { deviceId: 'phone-7' }))
    const { clientInfo, context } = info
    expect(clientInfo).toMatchObject({
      deviceId: 'phone-7',
      DEVICEID: 'phone-7',
      appId: '__UNI__TEST',
      uniPlatform: 'web',
    })
    expect(clientInfo).toMatchObject({
      clientIP: '127.0.0.1',
      source: 'client',
      userAgent: 'a test device',
      locale: 'zh-Hans',
    })
    expect(clientInfo['requestId']).toBe(info.requestId)
    expect(context).toMatchObject({
      DEVICEID: 'phone-7',
      CLIENTIP: '127.0.0.1',
      CLIENTUA: 'a test device',
      SOURCE: 'client',
    })
    expect(context).toMatchObject({ APPID: '__UNI__TEST', PLATFORM: 'web', OS: 'linux', LOCALE: 'zh-Hans' })
    expect(info.clientInfos).toEqual([expect.objectContaining({ deviceId: 'phone-7', requestId: info.requestId })])
    expect(info.requestList).toEqual([info.requestId])
    expect(info.cloudInfo).toMatchObject({
      spaceId: 'uni-captcha-local',
      functionName: 'echo',
      functionType: 'cloudobject',
    })
    expect(info.cloudInfos).toEqual([expect.objectContaining({ functionName: 'echo' })])
    expect(info.method).toBe('info')
  })

  it('keeps a new token and sends it with the next call', async () => {
    const device = openDevice(host.url, provider)
    await device.client.importObject('echo', { customUI: true })['newToken']?.()
    expect(device.storage.get('uni_id_token')).toBe('fresh-token')
    expect((await getInfo(device)).token).toBe('fresh-token')
  })

  it('throws an answer that carries an errCode, with its detail and request id', async () => {
    const { client } = openDevice(host.url, provider)
    const faults = client.importObject('faults', { customUI: true })
    const thrown = await getRefusal(faults['throwsObject']!())
    expect(thrown).toMatchObject({ errCode: 'faults-refused', errMsg: 'refused', detail: { detail: { left: 2 } } })
    expect(thrown.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(await getRefusal(faults['code']!())).toMatchObject({
      errCode: 'faults-answer',
      errMsg: 'an answer with a code',
    })
    const cloud = await getRefusal(faults['throwsCloudError']!())
    expect(cloud).toMatchObject({ errCode: 'faults-cloud', errMsg: 'from the cloud', errSubject: 'faults' })
  })

  it('throws the gateway error for what the gateway refuses', async () => {
    const { client } = openDevice(host.url, provider)
    const unknown = await getRefusal(client.importObject('absent', { customUI: true })['run']!())
    expect(unknown).toMatchObject({ errCode: 'FunctionNotFound' })
    expect(unknown.errMsg).toContain('FUNCTION_NOT_FOUND')
    const hidden = await getRefusal(client.importObject('echo', { customUI: true })['_hidden']!())
    expect(hidden).toMatchObject({ errCode: 'MethodNotFound' })
  })

  it('calls a plain function with its event and context', async () => {
    const { client } = openDevice(host.url, provider, { deviceId: 'phone-8' })
    const { result, requestId } = await client.callFunction({ name: 'plain', data: { a: 1, b: ['two'] } })
    expect(result).toMatchObject({ event: { a: 1, b: ['two'] } })
    expect(result).not.toHaveProperty('event.clientInfo')
    const context = { FUNCTION_NAME: 'plain', FUNCTION_TYPE: 'cloudfunction', SOURCE: 'client', DEVICEID: 'phone-8' }
    expect(result).toMatchObject({ context: { ...context, CLIENTIP: '127.0.0.1', requestId } })
  })

  it('never mixes fifty devices that call at once, whatever their calls wait for', async () => {
    const calls = Array.from({ length: 50 }, async (_, index) => {
      const device = openDevice(host.url, provider, { deviceId: `phone-${index}` })
      device.storage.set('uni_id_token', `token-${index}`)
      const answer = await device.client.importObject('echo', { customUI: true })['whoAfter']?.(1 + ((index * 7) % 40))
      const own = `phone-${index}`
      expect(answer).toEqual({ first: own, last: own, own, global: own, token: `token-${index}` })
    })
    expect(await Promise.all(calls)).toHaveLength(50)
  })
})

describe('the handshake of an aliyun space', () => {
  it('is done again, once, when the token is no longer accepted', async () => {
    const device = openDevice(host.url, 'aliyun')
    const echo = device.client.importObject('echo', { customUI: true })
    await echo['same']?.(1)
    const other = await openHost()
    const moved = openDevice(other.url, 'aliyun')
    Object.assign(moved.client, { accessToken: 'not.a.token' })
    expect(await moved.client.importObject('echo', { customUI: true })['same']?.(2)).toEqual({ value: 2, count: 1 })
    const methods = moved.sent.map((body) => body['method'])
    const [invoke, authorize] = ['serverless.function.runtime.invoke', 'serverless.auth.user.anonymousAuthorize']
    expect(methods).toContain(authorize)
    expect(methods.filter((method) => method === invoke).length).toBeLessThanOrEqual(2)
  })

  it('is not part of a dcloud space', async () => {
    const device = openDevice(host.url, 'dcloud')
    await device.client.importObject('echo', { customUI: true })['text']?.()
    expect(device.sent.map((body) => body['method'])).toEqual(['serverless.function.runtime.invoke'])
  })

  it('fails with a wrong client secret', async () => {
    const device = openDevice(host.url, 'aliyun', { space: { clientSecret: 'another' } })
    const refusal = await getRefusal(device.client.importObject('echo', { customUI: true })['text']!())
    expect(refusal).toMatchObject({ errCode: 'SignatureNotMatch' })
  })
})
