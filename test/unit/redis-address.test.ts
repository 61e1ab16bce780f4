import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'
import { readRedisAddress } from '../../host/redis/address'
import { SettingError, settingsFromEnvironment, withDefaults } from '../../host/settings'

const read = (value: string) => settingsFromEnvironment({ REDIS_URL: value }, '/srv/app').redisUrls

/** What starting says; fails when it starts. */
function refusal(env: Record<string, string>): string {
  try {
    settingsFromEnvironment(env, '/srv/app')
  } catch (error) {
    expect(error).toBeInstanceOf(SettingError)
    return (error as Error).message
  }
  throw new Error('it started')
}

describe('the address of Redis', () => {
  it('is none by default', () => {
    expect(settingsFromEnvironment({}, '/srv/app').redisUrls).toEqual([])
    expect(read('  ')).toEqual([])
  })

  it('is one server, or several nodes of a cluster with commas between them', () => {
    expect(read('redis://10.0.0.1:6380/3')).toEqual(['redis://10.0.0.1:6380/3'])
    expect(read('redis://a, redis://b:7000 ,redis://c')).toEqual(['redis://a', 'redis://b:7000', 'redis://c'])
  })

  it.each([
    'localhost:6379',
    'http://secret@a',
    'redis://',
    'redis://:secret@a:99999',
    'redis://:secret@a:0',
    'redis://secret@a/x',
    'redis://a,secret',
    'redis://:secret%@a',
    'redis://:secret%zz@a',
    'redis://:%secret@a',
    'redis://se%E0%A4@a',
    'redis://:secret#1@a',
    'redis://12#secret@a',
    'redis://:secret/1@a',
    'redis://:12/secret@a',
    'redis://:secret,1@a',
    'redis://:secret?@a',
    'redis://a?password=secret',
    'redis+cluster://:12,secret@a',
    'redis+sentinel://:secret@a',
    'redis+sentinel://:secret%@a/mymaster',
    'redis+other://:secret@a',
  ])('%s is refused with a sentence that names percent-encoding, without a word of what may be a password', (value) => {
    const sentence = refusal({ REDIS_URL: value })
    expect(sentence).toMatch(/^REDIS_URL has to be redis:/)
    expect(sentence).toContain('percent-encoded')
    expect(sentence).not.toMatch(/secret|\n|URIError/)
    expect(() => withDefaults({ redisUrls: value.split(',') })).toThrow(sentence)
  })

  it('is refused when its parts contradict each other, or a cluster is to have a database', () => {
    for (const value of [
      'redis://a,rediss://b',
      'redis://:secret@a,redis://:secret2@b',
      'redis://u:secret@a,redis://v@b',
    ]) {
      expect(refusal({ REDIS_URL: value })).toMatch(/^REDIS_URL has to say the same in each of its addresses/)
      expect(refusal({ REDIS_URL: value })).not.toContain('secret')
    }
    for (const value of ['redis://a/3,redis://b/3', 'redis://a,redis://b/1', 'redis+cluster://a/2']) {
      expect(refusal({ REDIS_URL: value })).toBe(
        'REDIS_URL names a database, but a cluster has none except 0: leave the number out.',
      )
    }
    expect(readRedisAddress(['redis://a/0', 'redis://b'])).toMatchObject({ kind: 'cluster', database: 0 })
  })

  it('says where, who, which database and whether with TLS', () => {
    expect(readRedisAddress(['rediss://app:p%40ss%2F%25%23%3A%2C@redis.example/2'])).toEqual({
      kind: 'server',
      nodes: [{ host: 'redis.example', port: 6379 }],
      access: { username: 'app', password: 'p@ss/%#:,' },
      tls: {},
      database: 2,
      group: '',
      name: 'redis.example:6379',
    })
    expect(readRedisAddress(['redis://:secret@a:7000', 'redis://[::1]:7001'])).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: '::1', port: 7001 },
      ],
      access: { password: 'secret' },
      database: 0,
      group: '',
      name: 'a:7000, ::1:7001',
    })
  })

  it('names a cluster by one address, and a primary by its Sentinels', () => {
    expect(readRedisAddress(['redis+cluster://redis.example'])).toMatchObject({
      kind: 'cluster',
      name: 'redis.example:6379',
    })
    const sentinel = { kind: 'sentinel', group: 'mymaster', database: 3, name: 'a:26379, b:26380' }
    for (const value of [
      'rediss+sentinel://app:x%2Cy@a,b:26380/mymaster/3',
      'rediss+sentinel://app:x%2Cy@a,rediss+sentinel://b:26380/mymaster/3',
      'rediss+sentinel://app:x%2Cy@a/mymaster/3,b:26380',
    ]) {
      const access = { username: 'app', password: 'x,y' }
      expect(readRedisAddress(value.split(','))).toMatchObject({ ...sentinel, access, tls: {} })
    }
  })
})

describe('the other settings of Redis', () => {
  it('come from the environment', () => {
    const settings = settingsFromEnvironment(
      {
        REDIS_URL: 'redis+sentinel://a/mymaster',
        REDIS_PREFIX: 'shop',
        REDIS_NAT_MAP: '10.0.0.1:6379=redis.example:7001, [fd00::1]:6379=[::1]:7002',
        REDIS_SENTINEL_PASSWORD: 'x',
        REDIS_ALLOW_EVICTION: '1',
      },
      '/srv/app',
    )
    expect(settings).toMatchObject({ redisPrefix: 'shop', redisSentinelPassword: 'x', redisAllowEviction: true })
    expect(settings.redisNatMap).toEqual({
      '10.0.0.1:6379': { host: 'redis.example', port: 7001 },
      'fd00::1:6379': { host: '::1', port: 7002 },
    })
    const { redisPrefix, redisNatMap, redisTlsCa, redisAllowEviction } = withDefaults({})
    expect([redisPrefix, redisNatMap, redisTlsCa, redisAllowEviction]).toEqual([null, {}, null, false])
  })

  it.each([
    ['REDIS_PREFIX', 'a{b}', /^REDIS_PREFIX is "a\{b\}", but it has to be a text of 1 to 64 letters/],
    ['REDIS_NAT_MAP', '10.0.0.1:6379', /^REDIS_NAT_MAP is .* has to be a comma-separated list of announced=reachable/],
    ['REDIS_NAT_MAP', '10.0.0.1=redis:7001', /^REDIS_NAT_MAP is/],
    ['REDIS_ALLOW_EVICTION', 'yes', /^REDIS_ALLOW_EVICTION is "yes", but it has to be one of 1, 0, true, false/],
    ['REDIS_TLS_CA', 'missing.pem', /^REDIS_TLS_CA is "missing.pem", .* certificates in PEM \(ENOENT\)/],
  ])('%s=%s is refused with what is allowed', (name, value, sentence) => {
    expect(refusal({ REDIS_URL: 'rediss://a', [name]: value })).toMatch(sentence)
  })

  it('are refused where they would mean nothing', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'uni-captcha-ca-')), 'ca.pem')
    writeFileSync(file, 'not a certificate')
    expect(refusal({ REDIS_URL: 'rediss://a', REDIS_TLS_CA: file })).toContain('certificates in PEM')
    expect(() => withDefaults({ redisUrls: ['redis://a'], redisTlsCa: 'PEM' })).toThrow(
      'REDIS_TLS_CA is set, but REDIS_URL is without TLS; it has to begin with rediss.',
    )
    expect(refusal({ REDIS_URL: 'redis://a', REDIS_SENTINEL_PASSWORD: 'secret' })).toBe(
      'REDIS_SENTINEL_PASSWORD is set, but REDIS_URL does not begin with redis+sentinel://.',
    )
  })
})
