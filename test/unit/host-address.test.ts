import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findVisitor, isAddressRange, toNetwork, readAddress, parseTrust } from '../../host/http/address'

describe('an address as proxies write it', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    ['192.0.2.1:5060', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['::ffff:192.0.2.1:5060', '192.0.2.1'],
    ['[::ffff:192.0.2.1]:5060', '192.0.2.1'],
    ['"192.0.2.1:80"', '192.0.2.1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:4711"', '2001:db8::1'],
    ['2001:0DB8:0:0::0001', '2001:db8::1'],
    ['[::1]', '::1'],
    ['[::1]:123', '::1'],
    ['::1', '::1'],
    ['::ffff:1', '::ffff:1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
  ])('%s is %s', (written, address) => {
    expect(readAddress(written)).toBe(address)
  })

  it.each([
    '',
    ' ',
    'unknown',
    '_hidden',
    'unix:',
    '127.1',
    '0x7f.0.0.1',
    '010.0.0.1',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.4:',
    '1.2.3.4:port',
    '1.2.3.4:123456',
    '[1.2.3.4]:80',
    '[2001:db8::1',
    '2001:db8::1]:80',
    '[2001:db8::1]x',
    '[[::1]]',
    'for=1.2.3.4',
    '1.2.3.4 5.6.7.8',
    '"1.2.3.4',
    `::${'1'.repeat(200)}`,
  ])('%j is none', (written) => {
    expect(readAddress(written)).toBeUndefined()
  })

  it('is read the same in every way of writing it', () => {
    const ports = fc.integer({ min: 0, max: 65_535 })
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), ports, (address, port) => {
        const plain = readAddress(address)
        expect(isIP(plain ?? '')).toBeGreaterThan(0)
        const withPort = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
        for (const written of [withPort, `"${withPort}"`, ` ${address}\t`, plain!]) {
          expect(readAddress(written)).toBe(plain)
        }
      }),
    )
  })
})

describe('a visitor behind proxies', () => {
  const isTrusted = parseTrust(['10.0.0.0/8', '::1', 'fe80::/10', '2001:db8:ffff::/48', '::ffff:172.16.0.0/108'])
  const find = (forwarded: string | undefined, peer = '10.0.0.1') => findVisitor(peer, forwarded, isTrusted)

  it.each([
    ['203.0.113.5', '203.0.113.5'],
    ['203.0.113.5, 10.1.2.3', '203.0.113.5'],
    ['203.0.113.5, 10.1.2.3:8080', '203.0.113.5'],
    ['203.0.113.5, [::1]:123', '203.0.113.5'],
    ['203.0.113.5, fe80::1%eth0', '203.0.113.5'],
    ['203.0.113.5, "[2001:db8:ffff::1]:4711"', '203.0.113.5'],
    ['203.0.113.5, ::ffff:10.1.2.3', '203.0.113.5'],
    ['203.0.113.5,172.20.0.1', '203.0.113.5'],
    ['6.6.6.6, 203.0.113.5:40000, 10.1.2.3:8080', '203.0.113.5'],
    ['6.6.6.6, "[2001:db8::1]:4711", 10.1.2.3', '2001:db8::1'],
    [', 203.0.113.5', '203.0.113.5'],
  ])('%j is the last that no trusted proxy has', (forwarded, visitor) => {
    expect(find(forwarded)).toBe(visitor)
  })

  it.each(['unknown', '', '6.6.6.6, unknown', '6.6.6.6,', '6.6.6.6, , 10.1.2.3', '6.6.6.6, unix:, 10.1.2.3:80'])(
    'is unknown where a hop is not an address: %j',
    (forwarded) => {
      expect(find(forwarded)).toBe('unknown')
    },
  )

  it('is the peer where there is no header, and where the peer is not a trusted proxy', () => {
    expect(find(undefined)).toBe('10.0.0.1')
    expect(find('6.6.6.6', '203.0.113.9')).toBe('203.0.113.9')
    expect(find('6.6.6.6', '::ffff:203.0.113.9')).toBe('203.0.113.9')
    expect(findVisitor('127.0.0.1', '6.6.6.6', parseTrust([]))).toBe('127.0.0.1')
  })

  it('can write what it likes: the address that the proxy saw stays', () => {
    const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom('10.1.1.1', 'unknown', '', '[::1]:1', '"'))
    const seen = fc.constantFrom('203.0.113.5', '203.0.113.5:4711', '"203.0.113.5:4711"')
    const inner = fc.array(fc.constantFrom('10.1.2.3', '10.9.9.9:80', '[::1]:1', '::ffff:10.1.1.1'), { maxLength: 3 })
    fc.assert(
      fc.property(fc.array(hop), seen, inner, (claimed, written, proxies) => {
        expect(find([...claimed, written, ...proxies].join(', '))).toBe('203.0.113.5')
      }),
    )
  })

  it('is never a trusted proxy once a hop is not an address', () => {
    const hop = fc.oneof(fc.string(), fc.constantFrom('10.1.1.1', '10.2.2.2:80', '[::1]:1', 'unknown', ''))
    fc.assert(
      fc.property(fc.array(hop, { minLength: 1 }), (hops) => {
        const visitor = find(hops.join(','))
        const isAllTrusted = hops.every((one) => isTrusted(readAddress(one) ?? ''))
        if (!isAllTrusted) expect(isTrusted(visitor)).toBe(false)
      }),
    )
  })
})

describe('the network that a visitor counts for', () => {
  it.each([
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8:0:0:ffff::2', '2001:db8:0:0'],
    ['2001:0db8:0000:0001::', '2001:db8:0:1'],
    ['::1', '0:0:0:0'],
    ['192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '192.0.2.1'],
    ['unknown', 'unknown'],
  ])('of %s is %s', (address, network) => {
    expect(toNetwork(address)).toBe(network)
  })
})

describe('a range of TRUSTED_PROXIES', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', '11.0.0.1'],
    ['192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ['2001:db8::/32', '2001:db8:1::1', '2001:db9::1'],
    ['::ffff:10.0.0.0/104', '10.1.1.1', '11.1.1.1'],
    ['::1', '::1', '::2'],
  ])('%s holds %s and not %s', (range, inside, outside) => {
    expect(isAddressRange(range)).toBe(true)
    expect([inside, outside].map(parseTrust([range]))).toEqual([true, false])
  })

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0/8', 'loopback', '::/129', 'fe80::1%eth0', '1.2.3.4/8/8', ''])(
    'is not %j',
    (range) => {
      expect(isAddressRange(range)).toBe(false)
    },
  )
})
