import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { HostRedis } from '../../../host/redis/index'
import { RedisClaims } from '../../../host/timers/redis-claims'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { startCluster, startRedis } from '../../support/redis-servers'
import type { RedisServer } from '../../support/redis-servers'
import { closeAll, openHost } from '../support/host-project'
import { CODE_STORE_RULES } from '../support/code-store-contract'
import { ALIGNED, COUNTERS_RULES } from '../support/counters-contract'
import { ONCE_RULES } from '../support/once-contract'
import { connectedRedis, redisStores } from '../support/redis'
import { redisProject, shopper } from '../support/redis-project'
import { readiness } from '../support/redis-servers'
import { STATISTICS_RULES } from '../support/statistics-contract'

// The users that docs/operations.md gives, word by word, on real servers: nothing is refused, and nothing could be left
// out of the list.

const PASSWORD = 'a-Secret'

/** The lines of the documents, for one server and for a cluster. */
function documentedUsers(file: string): string[][] {
  const lines = [...readFileSync(file, 'utf8').matchAll(/^ACL (SETUSER uni-captcha .*)$/gm)]
  return lines.map(([, line = '']) => line.replace(/>\S+/, `>${PASSWORD}`).split(' '))
}

const USERS = documentedUsers('docs/operations.md')

it('are the same in both languages', () => {
  expect(USERS).toHaveLength(2)
  expect(documentedUsers('docs/en/operations.md')).toEqual(USERS)
})

const KINDS: [string, () => Promise<{ nodes: RedisServer[]; stop(): Promise<void> }>][] = [
  [
    'one server',
    async () => {
      const server = await startRedis()
      return { nodes: [server], stop: () => server.kill() }
    },
  ],
  ['a cluster', () => startCluster()],
]

describe.each(KINDS)('the user for %s', (kind, start) => {
  const user = USERS[kind === 'a cluster' ? 1 : 0]!
  const clock = { now: ALIGNED }
  let servers: Awaited<ReturnType<typeof start>>
  let urls: string[]
  let redis: HostRedis
  let stores: Stores

  const setUser = async (without?: string) => {
    const rules = user.filter((rule) => rule !== without)
    for (const node of servers.nodes) {
      await node.ask('ACL', 'DELUSER', 'uni-captcha')
      expect(await node.ask('ACL', ...rules)).toBe('OK')
      await node.ask('ACL', 'LOG', 'RESET')
      await node.ask('SCRIPT', 'FLUSH')
    }
  }

  beforeAll(async () => {
    servers = await start()
    await setUser()
    urls = servers.nodes.map(({ url }) => url.replace('//', `//uni-captcha:${PASSWORD}@`))
    redis = await connectedRedis(urls)
    stores = redisStores(redis.cloud as never, () => clock.now)
  })
  afterAll(async () => {
    await redis.close()
    await closeAll()
    await servers.stop()
  })

  it.each(CODE_STORE_RULES.filter((rule) => !rule.isOfSweeps))('keeps codes: $name', ({ run }) => run(stores.codes))

  it.each(COUNTERS_RULES.filter((rule) => !rule.isOfSweeps))('counts: $name', ({ run }) => {
    clock.now = ALIGNED
    return run({ counters: stores.counters, clock })
  })

  it.each(ONCE_RULES)('claims: $name', ({ run }) => {
    clock.now = ALIGNED
    return run({ once: stores.once, clock })
  })

  it.each(STATISTICS_RULES)('keeps statistics: $name', async ({ run }) => {
    while ((await stores.statistics.sweep(Number.MAX_SAFE_INTEGER)) > 0);
    await run(stores.statistics)
  })

  it('runs a host, its timers and its readiness, and Redis has refused nothing to it', async () => {
    const claims = new RedisClaims(redis)
    const release = await claims.claim('job', 1000, 1000, 60_000)
    await release!()
    const host = await openHost({ projectDir: redisProject(), redisUrls: urls, redisPrefix: 'shop' })
    await expect.poll(() => readiness(host.url)).toEqual({ http: 200, status: 'ok' })
    expect(await shopper(host.url, 'phone').picture()).toMatchObject({ errCode: 0 })
    for (const node of servers.nodes) expect(await node.ask('ACL', 'LOG')).toBe('')
    expect(host.log.lines.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })

  if (kind === 'one server') {
    const scripted = user.filter((rule) => /^\+(eval|evalsha|set|get|del|unlink|pexpire|h\w+|z\w+)$/.test(rule))

    it.each(scripted)('has nothing too much: without %s the host is not ready', async (rule) => {
      await setUser(rule)
      const host = await openHost({ projectDir: redisProject(), redisUrls: urls, redisPrefix: 'shop' })
      expect((await readiness(host.url)).http).toBe(503)
      await host.close()
    })
  }
})
