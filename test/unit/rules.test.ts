import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checkConfig } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/admin/check'
import { RULE_KEYS } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/rule-keys'
import { RULE } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/rule-options'
import { findRule } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/limits/rules'

type Given = { network?: unknown; action?: unknown; until?: unknown; note?: unknown }

const NOW = Date.UTC(2026, 10, 26)
const deny = (network: string, more: Given = {}): Given => ({ network, action: 'deny', ...more })
const ask = (rules: Given[], ip: string | undefined, now = NOW) => findRule({ rules }, ip, now)
const findProblems = (rules: unknown) => checkConfig({ rules }).problems.map(({ path }) => path)

describe('a rule', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.77/24', '203.0.113.1', true],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '198.51.100.1', false],
    ['2001:db8::/32', '2001:DB8:ffff::1', true],
    ['2001:db8::/48', '2001:db8:1::', false],
    ['2001:db8:0:8000::/49', '2001:db8:0:7fff::', false],
    // IPv4 that IPv6 writes is IPv4, on either side.
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['203.0.113.0/24', '::ffff:cb00:7109', true],
    ['::ffff:203.0.113.0/120', '203.0.113.9', true],
    ['203.0.113.0/24', '64:ff9b::203.0.113.9', true],
    ['::ffff:0:0/96', '198.51.100.1', true],
    ['203.0.113.0/24', '203.0.113.9:51234', true],
    ['2001:db8::/32', '[2001:db8::1]:443', true],
    // What is not an address is in no network.
    ['0.0.0.0/0', 'unknown', false],
    ['0.0.0.0/0', '10.1', false],
    ['0.0.0.0/0', '203.0.113.7/24', false],
    ['fe80::/10', 'fe80::1%eth0', true],
  ])('for %s holds for %s: %s', (network, ip, holds) => {
    expect(ask([deny(network)], ip)).toBe(holds ? 'deny' : undefined)
  })

  it('for a smaller network wins over one for a larger, wherever it stands; of equal ones the first wins', () => {
    const nested: Given[] = [
      { network: '203.0.0.0/8', action: 'deny' },
      { network: '203.0.113.0/24', action: 'captcha' },
      { network: '203.0.113.7', action: 'allow' },
    ]
    for (const rules of [nested, [...nested].reverse()]) {
      expect(['203.0.113.7', '203.0.113.8', '203.9.9.9', '204.0.0.1'].map((ip) => ask(rules, ip))).toEqual([
        'allow',
        'captcha',
        'deny',
        undefined,
      ])
    }
    const twice = [deny('203.0.113.0/24'), { network: '203.0.113.99/24', action: 'allow' }]
    expect(ask(twice, '203.0.113.1')).toBe('deny')
    expect(ask([...twice].reverse(), '203.0.113.1')).toBe('allow')
  })

  it('that has ended gives way to the next: one for the same network, or for a larger one', () => {
    const rules = [
      deny('203.0.113.0/24', { until: '2026-11-26T08:00:00+08:00' }),
      { network: '203.0.113.0/24', action: 'captcha', until: '2026-11-27T00:00Z' },
      { network: '203.0.0.0/16', action: 'allow' },
    ]
    const at = (now: number) => ask(rules, '203.0.113.1', now)
    expect([at(NOW - 1), at(NOW), at(NOW + 86_400_000)]).toEqual(['deny', 'captcha', 'allow'])
  })

  it('decides as a plain look at every bit would', () => {
    const address = fc.nat(0xffff_ffff)
    const toText = (bits: number) => [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
    const rule = fc.record({ base: address, length: fc.nat(32), action: fc.constantFrom('allow', 'captcha', 'deny') })
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), address, fc.nat(32), (rules, random, near) => {
        // Half of the addresses share their beginning with a rule.
        const asked = rules[0] ? (rules[0].base ^ (near === 0 ? 0 : random >>> near)) >>> 0 : random
        const matches = rules.filter(({ base, length }) => length === 0 || (base ^ asked) >>> 0 < 2 ** (32 - length))
        const best = Math.max(...matches.map(({ length }) => length))
        const expected = matches.find(({ length }) => length === best)?.action
        const given = rules.map(({ base, length, action }) => ({ network: `${toText(base)}/${length}`, action }))
        expect(ask(given, toText(asked))).toBe(expected)
        expect(ask(given, `::ffff:${toText(asked)}`)).toBe(expected)
      }),
    )
  })
})

describe('a mistake in the rules', () => {
  it('is found at its place, by the check and by a call', () => {
    const rules = [
      deny('203.0.113.0/33'),
      { network: '10.1/8', action: 'block' },
      { action: 'deny' },
      deny('::1', { until: 'tomorrow', note: 'x'.repeat(101) }),
      deny('::1', { until: '2026-13-01T00:00:00Z' }),
      { ...deny('::1'), until: null },
      'deny',
    ]
    expect(findProblems(rules)).toEqual([
      'rules.0.network',
      'rules.1.network',
      'rules.1.action',
      'rules.2.network',
      'rules.3.until',
      'rules.3.note',
      'rules.4.until',
      'rules.5.until',
      'rules.6',
    ])
    for (const rule of rules)
      expect(() => ask([rule as Given], '203.0.113.1'), JSON.stringify(rule)).toThrow(/rules\.0/)
    expect(findProblems({})).toEqual(['rules'])
    expect(findProblems(Array.from({ length: 1001 }, () => deny('::1')))).toEqual(['rules'])
    expect(() => findRule({ rules: {} }, '::1', NOW)).toThrow(/rules = \{\} \(a list of at most 1000 rules\)/)
  })

  it('a key that no rule has is mentioned, and the keys are those of the table', () => {
    expect(checkConfig({ rules: [deny('::1', { comment: 1 } as Given)] }).unknown).toEqual(['rules.0.comment'])
    expect(Object.keys(RULE)).toEqual([...RULE_KEYS])
  })
})
