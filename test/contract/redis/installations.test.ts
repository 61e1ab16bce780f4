import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'

import { getRefusal } from '../support/gateway-client'
import { closeAll, openHost } from '../support/host-project'
import { freshSlot, newCode } from '../support/code-store-contract'
import { connectedRedis, likeUniCloud, redisUrls } from '../support/redis'
import type { RedisKind } from '../support/redis'
import { answerIn, reachesRedis, redisProject, shopper } from '../support/redis-project'

afterEach(closeAll)
afterAll(closeAll)

describe.each<[string, RedisKind]>([
  ['one Redis', 'server'],
  ['one Redis cluster', 'cluster'],
])('two installations on %s', (_, kind) => {
  let names = 0
  const unique = () => `${kind}-${process.pid}-${++names}`

  it('keep their captchas apart: what staging draws passes in staging alone', async () => {
    const urls = await redisUrls(kind)
    const redis = await connectedRedis(urls)
    const [staging, production, device] = [unique(), unique(), unique()]
    const projectDir = redisProject()
    const here = await openHost({ projectDir, redisUrls: urls, spaceId: staging })
    const there = await openHost({ projectDir, redisUrls: urls, spaceId: production })
    await reachesRedis(here, staging)
    await reachesRedis(there, production)
    const inStaging = shopper(here.url, device, staging)
    const inProduction = shopper(there.url, device, production)
    await inStaging.picture()
    const answer = await answerIn(redis, device, `${staging}:`)
    const stranger = await getRefusal(shopper(there.url, unique(), production).buy(answer))
    const { errCode, errMsg } = await getRefusal(inProduction.buy(answer))
    expect({ errCode, errMsg }).toEqual({ errCode: stranger.errCode, errMsg: stranger.errMsg })
    expect(await inStaging.buy(answer)).toMatchObject({ errCode: 0 })
    await redis.close()
  })

  it('are one where REDIS_PREFIX says so', async () => {
    const urls = await redisUrls(kind)
    const redis = await connectedRedis(urls)
    const [one, other, device, redisPrefix] = [unique(), unique(), unique(), unique()]
    const projectDir = redisProject()
    const here = await openHost({ projectDir, redisUrls: urls, spaceId: one, redisPrefix })
    const there = await openHost({ projectDir, redisUrls: urls, spaceId: other, redisPrefix: `${redisPrefix}:` })
    await reachesRedis(here, one)
    await reachesRedis(there, other)
    await shopper(here.url, device, one).picture()
    const answer = await answerIn(redis, device, `${redisPrefix}:`)
    expect(await shopper(there.url, device, other).buy(answer)).toMatchObject({ errCode: 0 })
    await redis.close()
  })
})

const JOB = {
  'uniCloud/cloudfunctions/job/index.js': 'exports.main = async () => "done"',
  'uniCloud/cloudfunctions/job/package.json': {
    name: 'job',
    'cloudfunction-config': { triggers: [{ name: 'often', type: 'timer', config: '* * * * * * *' }] },
  },
}

it('every key that a host and its stores write begins with the prefix', async () => {
  const urls = await redisUrls('server')
  const redis = await connectedRedis(urls)
  await redis.client.flushdb()
  const config = { store: 'redis', statistics: true }
  const { url, ...host } = await openHost({
    projectDir: redisProject(JOB, config),
    redisUrls: urls,
    redisPrefix: 'shop',
  })
  const phone = shopper(url, 'phone')
  await phone.picture()
  await getRefusal(phone.buy('wrong!'))
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  const kinds = async () => {
    const keys = await redis.client.keys('*')
    return [...new Set(keys.map((key) => key.replace(/\{.*/, '')))].sort()
  }
  await expect.poll(kinds).toContain('shop:host:timer:')
  // Statistics are written when it ends.
  await host.close()
  expect(await kinds()).toEqual([
    'shop:host:secret',
    'shop:host:timer:',
    'shop:uc:c:',
    'shop:uc:n:',
    'shop:uc:s:',
    'shop:uc:t:',
  ])
  await redis.close()
})

describe('on uniCloud', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  const openStores = async () => {
    const { getStores } =
      await import('../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/stores')
    return getStores({ store: 'redis' })
  }

  it('the id of the space begins every key, between calls too', async () => {
    const redis = await connectedRedis(await redisUrls('server'))
    await redis.client.flushdb()
    let infos: object[] = [{ provider: 'aliyun', spaceId: 'mp-0f1e' }]
    vi.stubGlobal('uniCloud', { redis: () => likeUniCloud(redis), getCloudInfos: () => infos })
    const { codes, counters, once, statistics } = await openStores()
    const now = Date.now()
    await codes.issue(freshSlot(), newCode('abcd', { createdAt: now, expiresAt: now + 60_000 }))
    infos = []
    await counters.hit('key', 60_000, 10, 1)
    await once.claim('nonce', 60_000)
    await statistics.add([{ scene: 'a', hour: 3_600_000, counts: { issued: 1 } }])
    const keys = (await redis.client.keys('*')).sort()
    expect(keys).toHaveLength(5)
    for (const key of keys) expect(key).toMatch(/^mp-0f1e:uc:[cnos]:\{/)
    await redis.close()
  })

  it('keys have no prefix where the platform tells no space', async () => {
    const redis = await connectedRedis(await redisUrls('server'))
    await redis.client.flushdb()
    vi.stubGlobal('uniCloud', { redis: () => likeUniCloud(redis) })
    await (await openStores()).counters.hit('key', 60_000, 10, 1)
    expect(await redis.client.keys('*')).toEqual([expect.stringMatching(/^uc:n:\{/)])
    await redis.close()
  })
})
