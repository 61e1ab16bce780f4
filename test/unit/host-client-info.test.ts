import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toClientInfo, toLegacyContext } from '../../host/runtime/client-info'

const server = { clientIP: '203.0.113.7', userAgent: 'seen', source: 'client', requestId: 'r-1' } as const

describe('what the server knows of a client', () => {
  it('wins over every spelling of what the client claims', () => {
    const names = [
      'clientIP',
      'userAgent',
      'source',
      'requestId',
      'CLIENTIP',
      'CLIENTUA',
      'SOURCE',
      'clientua',
      'Source',
    ]
    const claims = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.jsonValue())
    fc.assert(
      fc.property(claims, (claimed) => {
        const info = toClientInfo(claimed as Record<string, unknown>, server)
        expect(info).toMatchObject(server)
        // No other spelling is left for code that looks for one.
        const seen = ['clientIP', 'userAgent', 'source', 'requestId', 'CLIENTIP', 'CLIENTUA', 'SOURCE']
        const spelled = Object.keys(info).filter((name) => seen.some((one) => one.toUpperCase() === name.toUpperCase()))
        expect(spelled.sort()).toEqual([...seen].sort())
        expect(toLegacyContext(info)).toMatchObject({ CLIENTIP: '203.0.113.7', CLIENTUA: 'seen', SOURCE: 'client' })
      }),
    )
  })

  it('never holds a device id that is not a string of 1 to 256 characters', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.string({ minLength: 250, maxLength: 262 })), (deviceId) => {
        const info = toClientInfo({ deviceId, DEVICEID: deviceId }, server)
        const isFit = typeof deviceId === 'string' && deviceId.length >= 1 && deviceId.length <= 256
        expect([info.deviceId, info['DEVICEID']]).toEqual(isFit ? [deviceId, deviceId] : [undefined, undefined])
      }),
    )
  })

  it('is one frozen object a call, with no more of a user agent than its first 1,024 characters', () => {
    const info = toClientInfo({ appId: 'a' }, { ...server, userAgent: 'x'.repeat(5000) })
    expect(Object.isFrozen(info)).toBe(true)
    expect(info.userAgent).toHaveLength(1024)
    expect(info['CLIENTUA']).toHaveLength(1024)
    expect(toLegacyContext(info)).toBe(toLegacyContext(info))
    expect(Object.isFrozen(toLegacyContext(info))).toBe(true)
  })
})
