import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { HostRedis } from '../../../host/redis/index'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { freshSlot, newCode, getVerdict } from '../support/code-store-contract'
import { connectedRedis, redisStores, redisUrls } from '../support/redis'

const HOUR_MS = 3_600_000
const MAX_BYTES = 300

let redis: HostRedis
let stores: Stores

beforeAll(async () => {
  redis = await connectedRedis(await redisUrls('server'))
  stores = redisStores(redis.cloud as never, Date.now)
})
afterAll(() => redis.close())

const keys = async () => (await redis.client.keys('*')).sort()
/** The one key that a call leaves. */
async function toKey(call: () => Promise<unknown>): Promise<string> {
  await redis.client.flushdb()
  await call()
  const found = await keys()
  expect(found).toHaveLength(1)
  return found[0]!
}
/** To five seconds, which a busy machine may take from what is written to what is read. */
const readTtl = async (key: string) => Math.ceil((await redis.client.pttl(key)) / 5000) * 5000
const fresh = (change: object = {}) =>
  newCode('abcd', { createdAt: Date.now(), expiresAt: Date.now() + 180_000, ...change })

describe('what is in Redis', () => {
  it('stays as long again after its expiry, to tell a late answer, used, spent and voided captchas too', async () => {
    const slot = freshSlot()
    const key = await toKey(() => stores.codes.issue(slot, fresh({ maxAttempts: 1 })))
    expect(await readTtl(key)).toBe(360_000)
    expect(await getVerdict(stores.codes, slot, 'abcd', Date.now())).toBe('ok')
    expect(await readTtl(key)).toBe(360_000)
    await stores.codes.issue(slot, fresh({ maxAttempts: 1, expiresAt: Date.now() + 60_000 }))
    expect(await readTtl(key)).toBe(120_000)
    expect(await getVerdict(stores.codes, slot, 'wrong', Date.now())).toBe('wrong')
    expect(await readTtl(key)).toBe(120_000)
  })

  it('stays an hour longer where a late refresh will ask for its call’s options, and only there', async () => {
    const columns = { call_options: { size: 6 }, device_uuid: 'phone' }
    const key = await toKey(() => stores.codes.issue(freshSlot(), fresh({ columns })))
    expect(await readTtl(key)).toBe(180_000 + HOUR_MS)
    const ticket = await toKey(() =>
      stores.codes.issue(freshSlot({ kind: 'ticket' }), fresh({ columns: { mobile: '13800000000' } })),
    )
    expect(await readTtl(ticket)).toBe(180_000)
  })

  it('is nothing of a bucket that weighs nothing any more, nor of a claim whose time is over', async () => {
    const bucket = await toKey(() => stores.counters.hit('key', 60_000, 10, 1))
    expect(await readTtl(bucket)).toBeGreaterThanOrEqual(60_000)
    expect(await readTtl(bucket)).toBeLessThanOrEqual(120_000)
    const claim = await toKey(() => stores.once.claim('nonce', 5000))
    expect(await readTtl(claim)).toBe(5000)
  })

  it('is all gone after its time, and nothing is left for a sweep', async () => {
    await redis.client.flushdb()
    const slots = Array.from({ length: 200 }, () => freshSlot())
    for (const slot of slots) await stores.codes.issue(slot, fresh({ expiresAt: Date.now() + 1000 }))
    expect((await keys()).length).toBeGreaterThan(0)
    for (const slot of slots.slice(0, 100)) await getVerdict(stores.codes, slot, 'abcd', Date.now())
    await stores.counters.hit('short', 100, 10, 1)
    await stores.once.claim('nonce', 100)
    await expect.poll(keys).toEqual([])
    expect(await stores.codes.sweep(Date.now())).toBe(0)
    expect(await stores.counters.sweep(Date.now())).toBe(0)
  })

  it('names no person: keys are hashes, and of a device and its address nothing is kept', async () => {
    await redis.client.flushdb()
    const columns = { device_uuid: 'phone-of-alice', ip: '203.0.113.9', code_id: 'some-id', call_options: {} }
    await stores.codes.issue(freshSlot({ subject: 'mobile:13800000000' }), fresh({ columns }))
    await stores.counters.hit('alice 13800000000 203.0.113.9', 60_000, 10, 1)
    await stores.once.claim('13800000000', 5000)
    const found = await keys()
    expect(found).toHaveLength(3)
    for (const key of found) {
      expect(key).toMatch(/^shop:uc:[cno]:\{[\w-]{43}\}$/)
      const dump = (await redis.client.dumpBuffer(key))!.toString('latin1')
      expect(dump).not.toMatch(/alice|1380000|203\.0|some-id/)
    }
  })

  it('is small: a captcha takes no more than 300 bytes, its fields as long as they come', async () => {
    const sizes: number[] = []
    for (const [code, maxAttempts] of [
      ['abcd', 5],
      ['x'.repeat(64), 1000],
    ] as const) {
      const slot = freshSlot()
      const columns = { device_uuid: 'd'.repeat(64), ip: '2001:db8:1234:5678:9abc:def0:1234:5678', call_options: {} }
      const key = await toKey(() => stores.codes.issue(slot, fresh({ code, maxAttempts, columns })))
      await getVerdict(stores.codes, slot, 'wrong', Date.now())
      expect(await redis.client.object('ENCODING', key)).toBe('listpack')
      sizes.push((await redis.client.memory('USAGE', key))!)
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_BYTES)
  })
})
