import { describe, expect, it } from 'vitest'

import type { RedisServer } from '../../support/redis-servers'
import { openHost } from '../support/host-project'
import type { OpenedHost } from '../support/host-project'
import { redisProject, shopper } from '../support/redis-project'
import { closedAfterEach, eventually, readiness, serverFor } from '../support/redis-servers'

const closing = closedAfterEach()

const hostOn = (redis: RedisServer, path = '', settings: object = {}) =>
  openHost({ projectDir: redisProject(), redisUrls: [redis.url + path], ...settings })

async function expectRefused({ url }: OpenedHost): Promise<void> {
  await expect(shopper(url, 'phone').picture()).rejects.toMatchObject({ errCode: 'uni-captcha-store-unavailable' })
}

async function problems({ url }: OpenedHost): Promise<string[]> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return [...text.matchAll(/^unicloud_redis_problem\{problem="(\w+)"\} 1$/gm)].map(([, problem]) => problem!)
}

describe('a database that Redis does not have', () => {
  const DETAIL = expect.stringMatching(/^REDIS_URL names database 99, which this Redis does not give/)

  it('is said at once, the host is not ready, and nothing is written into another', async () => {
    const redis = await serverFor(closing, { options: { databases: 16 } })
    const host = await hostOn(redis, '/99')
    await expect.poll(() => readiness(host.url)).toEqual({ http: 503, status: 'redis unavailable', detail: DETAIL })
    await expectRefused(host)
    expect(await problems(host)).toEqual(['database'])
    expect(host.log.lines.filter(({ level }) => level === 50)).toMatchObject([{ problem: 'database', msg: DETAIL }])
    expect(await redis.ask('INFO', 'keyspace')).toBe('# Keyspace')
  })

  it('is noticed when Redis comes back without it', async () => {
    const redis = await serverFor(closing, { options: { databases: 128 } })
    const host = await hostOn(redis, '/99')
    expect(await shopper(host.url, 'phone').picture()).toMatchObject({ errCode: 0 })
    expect(await redis.ask('INFO', 'keyspace')).toMatch(/db99:keys=\d/)
    await redis.kill()
    const other = await serverFor(closing, { port: redis.port, options: { databases: 16 } })
    await eventually(
      () => readiness(host.url),
      ({ detail }) => detail !== undefined,
    )
    await expect.poll(() => readiness(host.url)).toEqual({ http: 503, status: 'redis unavailable', detail: DETAIL })
    await expectRefused(host)
    expect(await other.ask('INFO', 'keyspace')).toBe('# Keyspace')
  })
})

describe('a Redis that evicts', () => {
  it.each(['allkeys-lru', 'volatile-lru', 'volatile-ttl', 'allkeys-random'])(
    'by %s is refused until its policy is noeviction',
    async (policy) => {
      const redis = await serverFor(closing, { options: { 'maxmemory-policy': policy } })
      const host = await hostOn(redis)
      const detail = expect.stringContaining(`maxmemory-policy of Redis is ${policy}:`)
      await expect.poll(() => readiness(host.url)).toEqual({ http: 503, status: 'redis unavailable', detail })
      await expectRefused(host)
      expect(await problems(host)).toEqual(['eviction'])
      expect(host.log.lines.filter(({ level }) => level === 50)).toMatchObject([{ problem: 'eviction', msg: detail }])
      expect(await redis.ask('DBSIZE')).toBe('0')
      await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      await expect.poll(() => readiness(host.url)).toEqual({ http: 200, status: 'ok' })
      expect(await problems(host)).toEqual([])
      expect(await shopper(host.url, 'phone').picture()).toMatchObject({ errCode: 0 })
    },
  )

  it('is noticed when its policy is changed, by itself', async () => {
    const redis = await serverFor(closing)
    const host = await hostOn(redis)
    expect(await shopper(host.url, 'phone').picture()).toMatchObject({ errCode: 0 })
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu')
    await eventually(
      () => problems(host),
      (found) => found.includes('eviction'),
    )
    await expectRefused(host)
  })

  it('is taken where a setting allows it, and said once', async () => {
    const redis = await serverFor(closing, { options: { 'maxmemory-policy': 'allkeys-lru' } })
    const host = await hostOn(redis, '', { redisAllowEviction: true })
    for (let i = 0; i < 3; i++) await expect.poll(() => readiness(host.url)).toEqual({ http: 200, status: 'ok' })
    expect(await shopper(host.url, 'phone').picture()).toMatchObject({ errCode: 0 })
    const told = host.log.lines.filter(({ msg }) => String(msg).includes('maxmemory-policy'))
    expect(told).toMatchObject([{ level: 40 }])
  })
})

describe('a host is ready when a script of ours has run', () => {
  it('and not while Redis is full', async () => {
    const redis = await serverFor(closing)
    const host = await hostOn(redis)
    await expect.poll(() => readiness(host.url)).toEqual({ http: 200, status: 'ok' })
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1mb')
    const detail = 'Redis is full: it refuses what is to be written (OOM)'
    await expect.poll(() => readiness(host.url)).toEqual({ http: 503, status: 'redis unavailable', detail })
    expect(await problems(host)).toEqual(['full'])
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
    await expect.poll(() => readiness(host.url)).toEqual({ http: 200, status: 'ok' })
  })

  it('and not while Redis may not write', async () => {
    const redis = await serverFor(closing)
    const host = await hostOn(redis)
    await redis.ask('CONFIG', 'SET', 'min-replicas-to-write', '1')
    await expect
      .poll(() => readiness(host.url))
      .toMatchObject({
        http: 503,
        detail: 'Redis does not run the scripts now (NOREPLICAS)',
      })
  })

  it.each([
    ['-evalsha', 'scripts by their hash'],
    ['-eval', 'scripts by their text'],
    ['-hincrby', 'a command inside of scripts'],
    ['-pexpire', 'expiry'],
  ])('and not with a user without %s: %s', async (rule) => {
    const redis = await serverFor(closing)
    await redis.ask('ACL', 'SETUSER', 'app', 'on', '>a-Secret', '~*', '+@all', rule)
    const host = await openHost({
      projectDir: redisProject(),
      redisUrls: [redis.url.replace('//', '//app:a-Secret@')],
    })
    const detail = expect.stringContaining('may not run the scripts') as unknown
    await expect.poll(() => readiness(host.url)).toMatchObject({ http: 503, detail })
    expect(await problems(host)).toEqual(['permission'])
    expect(host.log.text).not.toContain('a-Secret')
  })

  it('and leaves nothing behind for it', async () => {
    const redis = await serverFor(closing)
    const host = await hostOn(redis, '', { singleMachine: true })
    for (let i = 0; i < 5; i++) expect((await readiness(host.url)).http).toBe(200)
    expect(await redis.ask('DBSIZE')).toBe('0')
  })
})
