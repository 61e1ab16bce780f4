import fc from 'fast-check'
import { expect, it } from 'vitest'

import { readAddress } from '../../host/http/address'
import {
  networkOf,
  toNetworks,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/network/address'

it('an IPv6 address is counted as its /64, however it is written', () => {
  for (const address of ['2001:db8:1:2::1', '2001:0DB8:1:2:ffff:0:0:9', ' 2001:db8:1:2:0:0:0:3%eth0 ']) {
    expect(networkOf(address)).toBe('2001:db8:1:2::/64')
  }
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
})

it('an IPv4 address is counted as itself, mapped or translated into IPv6 too', () => {
  for (const address of ['203.0.113.9', '::ffff:203.0.113.9', '::FFFF:cb00:7109', '64:ff9b::203.0.113.9'])
    expect(networkOf(address)).toBe('203.0.113.9')
})

it('an address is counted as itself with the port, brackets and quotes that proxies write', () => {
  for (const text of ['203.0.113.9:51234', '"203.0.113.9:80"', '[::ffff:203.0.113.9]:443', '::ffff:203.0.113.9:1'])
    expect(networkOf(text)).toBe('203.0.113.9')
  for (const text of ['[2001:db8:1:2::1]:443', '[2001:db8:1:2::1]', '"[2001:DB8:1:2::9%25eth0]:4711"'])
    expect(networkOf(text)).toBe('2001:db8:1:2::/64')
})

const OTHER_TEXTS = [
  'unknown',
  '',
  'somewhere',
  '010.0.0.1',
  '203.0.113.9, 10.0.0.1',
  '203.0.113.0/24',
  '1.2.3.4:',
  '[1.2.3.4]:80',
  '1::2::3',
  '1:2:3',
  ':::',
  '12345::',
  '1:2:3:4:5:6:7:8:9',
  'g::1',
  '::1.2.3.999',
  '[2001:db8::1',
]
it.each(OTHER_TEXTS)('%j, which is not an address, is counted together with all that is none', (text) => {
  expect(toNetworks(text)).toEqual([{ name: 'unknown', width: 'own' }])
})

it('no text that a caller makes up is counted by itself unless it is an address', () => {
  const signs = fc.constantFrom(...'0123456789abcdefg.:[]"%/, \n')
  const text = fc.oneof(fc.string({ maxLength: 64 }), fc.string({ unit: signs, maxLength: 64 }))
  const nearlyAddress = fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), signs, fc.nat(64)).map(([address, sign, at]) => {
    return address.slice(0, at) + sign + address.slice(at)
  })
  fc.assert(
    fc.property(fc.oneof(text, nearlyAddress), (written) => {
      const isOne = readAddress(written) !== undefined
      expect(networkOf(written) !== 'unknown').toBe(isOne)
    }),
    { numRuns: 3000 },
  )
})

it('takes for an address what the host takes for one', () => {
  const part = fc.constantFrom('0', '1', 'ffff', 'db8', '12345', 'g', '', '1.2.3.4')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV6(),
        fc.array(part, { maxLength: 9 }).map((parts) => parts.join(':')),
      ),
      (text) => {
        expect(networkOf(text) !== 'unknown').toBe(readAddress(text) !== undefined)
      },
    ),
    { numRuns: 3000 },
  )
})

it('an address is in networks within one another: /64, /56 and /48 of IPv6, itself and its /24 of IPv4', () => {
  expect(toNetworks('2001:db8:1:2345::9')).toEqual([
    { name: '2001:db8:1:2345::/64', width: 'own' },
    { name: '2001:db8:1:2300::/56', width: '/56' },
    { name: '2001:db8:1::/48', width: '/48' },
  ])
  expect(toNetworks('::ffff:203.0.113.9')).toEqual([
    { name: '203.0.113.9', width: 'own' },
    { name: '203.0.113.0/24', width: '/24' },
  ])
})

it('two IPv6 addresses share a network exactly where as many of their first bits are the same', () => {
  const groups = fc.tuple(...Array.from({ length: 8 }, () => fc.constantFrom(0, 1, 0x12_34, 0x12_ff, 0xff_ff)))
  const toText = (parts: number[]) => parts.map((part) => part.toString(16)).join(':')
  const bits = (parts: number[]) => parts.map((part) => part.toString(2).padStart(16, '0')).join('')
  fc.assert(
    fc.property(groups, groups, (one, other) => {
      const isIPv4 = (parts: number[]) => parts.slice(0, 5).every((part) => part === 0)
      fc.pre(!isIPv4(one) && !isIPv4(other))
      const [mine, theirs] = [toNetworks(toText(one)), toNetworks(toText(other))]
      const same = mine.map(({ name }, i) => name === theirs[i]!.name)
      expect(same).toEqual([64, 56, 48].map((width) => bits(one).slice(0, width) === bits(other).slice(0, width)))
    }),
  )
})
