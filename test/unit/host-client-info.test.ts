import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networkOf, plainAddress } from '../../host/http/address'
import { clientInfoOf, legacyContextOf } from '../../host/runtime/client-info'

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
        const info = clientInfoOf(claimed as Record<string, unknown>, server)
        expect(info).toMatchObject(server)
        expect(legacyContextOf(info)).toMatchObject({ CLIENTIP: '203.0.113.7', CLIENTUA: 'seen', SOURCE: 'client' })
      }),
    )
  })

  it('never holds a device id that is no text of 1 to 256 characters', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (deviceId) => {
        const info = clientInfoOf({ deviceId }, server)
        const isFit = typeof deviceId === 'string' && deviceId.length >= 1 && deviceId.length <= 256
        expect(info.deviceId).toEqual(isFit ? deviceId : undefined)
      }),
    )
  })

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:5060', '192.0.2.1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[::1]', '::1'],
    ['::1', '::1'],
    ['::ffff:1', '::ffff:1'],
  ])('writes the address %s as %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain)
  })

  it.each([
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8:0:0:ffff::2', '2001:db8:0:0'],
    ['2001:0db8:0000:0001::', '2001:db8:0:1'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('counts %s for the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})
