import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { HostRedis } from '../../../host/redis/index'
import { getRefusal } from '../support/gateway-client'
import type { OpenedHost } from '../support/host-project'
import { closeAll, invoke, openHost } from '../support/host-project'
import { storedCaptchas } from '../support/answers'
import { connectedRedis, redisUrls } from '../support/redis'
import type { RedisKind } from '../support/redis'
import { answerIn, reachesRedis, redisProject, shopper } from '../support/redis-project'

const CACHE = `
const redis = uniCloud.redis()
module.exports = {
  async keep(key, value) { return redis.set(key, value, 'EX', 60) },
  async find(key) { return { value: await redis.get(key), found: await uniCloud.redis().exists(key) } },
  async script() { return redis.eval('return { KEYS[1], ARGV[1] }', 1, 'a key', 'a value') },
  async together() { return redis.multi().set('{t}one', 1).incr('{t}one').exec() },
  async quit() { return [await redis.quit(), await redis.set('{t}after', 1)] },
  async subscribe() { return redis.subscribe('news') },
}
`

describe.each<[string, RedisKind]>([
  ['one Redis server', 'server'],
  ['a Redis cluster', 'cluster'],
])('hosts on %s', (_, kind) => {
  let urls: string[]
  let redis: HostRedis
  let machines: [OpenedHost, OpenedHost]
  let devices = 0
  const freshDevice = () => `phone-${kind}-${++devices}`

  beforeAll(async () => {
    urls = await redisUrls(kind)
    redis = await connectedRedis(urls)
    const projectDir = redisProject({ 'uniCloud/cloudfunctions/cache/index.obj.js': CACHE })
    const settings = { projectDir, redisUrls: urls, floodLimitPerMinute: 0 }
    machines = [await openHost(settings), await openHost(settings)]
    for (const machine of machines) await reachesRedis(machine)
  })
  afterAll(async () => {
    await redis.close()
    await closeAll()
  })

  it('give a picture on one machine and take its answer on another, once', async () => {
    const device = freshDevice()
    const [here, there] = machines.map(({ url }) => shopper(url, device)) as [Shopper, Shopper]
    expect(await here.picture()).toMatchObject({ errCode: 0, expiresIn: 180 })
    expect((await getRefusal(there.buy('wrong!'))).errCode).toBe('uni-captcha-verify-fail')
    const answer = await answerIn(redis, device)
    expect(await there.buy(answer)).toMatchObject({ errCode: 0 })
    expect((await getRefusal(here.buy(answer))).errMsg).toBe('验证码已失效，请重新验证')
  })

  it('accept one of a hundred right answers that arrive together on two machines', async () => {
    const device = freshDevice()
    const shoppers = machines.map(({ url }) => shopper(url, device))
    await shoppers[0]!.picture()
    const answer = await answerIn(redis, device)
    const bought = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => shoppers[i % 2]!.buy(answer)))
    expect(bought.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('replace a captcha by the next, whichever machine makes it', async () => {
    const device = freshDevice()
    const [here, there] = machines.map(({ url }) => shopper(url, device)) as [Shopper, Shopper]
    await here.picture()
    const first = await answerIn(redis, device)
    await there.picture()
    const second = await answerIn(redis, device)
    if (first !== second) await getRefusal(here.buy(first))
    expect(await here.buy(second)).toMatchObject({ errCode: 0 })
  })

  it('keep no captcha in their own files', () => {
    for (const { dataDir } of machines) expect(storedCaptchas(dataDir, 'buy')).toEqual([])
  })

  it('give Redis to functions, as uniCloud does', async () => {
    const [{ url }] = machines
    const call = async (method: string, ...params: unknown[]) =>
      (await invoke({ url }, 'cache', method, params)).body.data
    expect(await call('keep', '{t}name', 'value')).toBe('OK')
    expect(await call('find', '{t}name')).toEqual({ value: 'value', found: 1 })
    expect(await call('script')).toEqual(['a key', 'a value'])
    expect(await call('together')).toEqual([
      [null, 'OK'],
      [null, 2],
    ])
  })

  it('let no function take the connection from the others', async () => {
    const [{ url }] = machines
    expect((await invoke({ url }, 'cache', 'quit')).body.data).toEqual(['OK', 'OK'])
    expect((await invoke({ url }, 'cache', 'subscribe')).body.data).toMatchObject({
      errCode: 'uni-cloud-not-supported',
    })
    expect((await invoke({ url }, 'cache', 'find', ['{t}after'])).body.data).toEqual({ value: '1', found: 1 })
  })
})

type Shopper = ReturnType<typeof shopper>

describe('a host without REDIS_URL', () => {
  afterEach(closeAll)

  it('refuses captchas that are to live in Redis, and says once what is missing', async () => {
    const words: string[] = []
    const error = console.error
    console.error = (...said: unknown[]) => words.push(said.join(' '))
    const { url } = await openHost({ projectDir: redisProject() })
    try {
      const start = performance.now()
      for (let i = 0; i < 6; i++) {
        expect((await getRefusal(shopper(url, 'phone').picture())).errCode).toBe('uni-captcha-store-unavailable')
      }
      // Nothing was tried again: that would take a second each.
      expect(performance.now() - start).toBeLessThan(5000)
    } finally {
      console.error = error
    }
    expect(words.filter((line) => /"store": "redis".*set REDIS_URL/.test(line))).toHaveLength(1)
  })
})
