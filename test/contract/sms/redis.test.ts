import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { HostRedis } from '../../../host/redis/index'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { closeAll } from '../support/host-project'
import { openTemporaryDatabase } from '../support/cloud-database'
import type { RedisKind } from '../support/redis'
import { connectedRedis, likeUniCloud, redisStores, redisUrls } from '../support/redis'
import type { SmsBench } from '../support/sms-codes'
import { smsCodesOn } from '../support/sms-codes'

// The same promises where uni-captcha keeps everything in Redis: nothing of SMS codes knows which store it is.

describe.each<[string, RedisKind]>([
  ['one Redis server', 'server'],
  ['a Redis cluster', 'cluster'],
])('SMS codes on %s', (_, kind) => {
  let redis: HostRedis
  let database: ReturnType<typeof openTemporaryDatabase>
  let stores: Stores
  let sms: SmsBench
  let numbers = 0
  const freshNumber = () => `13${kind === 'server' ? 8 : 9}${String(++numbers).padStart(8, '0')}`

  beforeAll(async () => {
    redis = await connectedRedis(await redisUrls(kind))
    database = openTemporaryDatabase()
    sms = smsCodesOn(database.database, { stores: () => stores })
    stores = redisStores(likeUniCloud(redis), () => sms.clock.now)
  })
  afterAll(async () => {
    database.close()
    await redis.close()
    await closeAll()
  })

  it('are sent, verified and redeemed once', async () => {
    const mobile = freshNumber()
    expect(await sms.send({ mobile })).toMatchObject({ errCode: 0, retryAfter: 60 })
    expect(await sms.send({ mobile })).toMatchObject({ errCode: 'uni-sms-code-too-many-requests', retryAfter: 60 })
    const form = { mobile, scene: 'register', code: sms.lastCode() }
    const { ticket } = (await sms.exchangeCode(form)) as { ticket: string }
    expect(await sms.exchangeCode(form)).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    expect(await sms.redeem({ ticket, scene: 'login' })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
    expect(await sms.redeem({ ticket, scene: 'register' })).toMatchObject({ errCode: 0, mobile })
    expect(await sms.redeem({ ticket, scene: 'register' })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
  })

  it('go out once to a hundred callers, and give them one ticket', async () => {
    const mobile = freshNumber()
    const before = sms.messages.length
    const devices = Array.from({ length: 100 }, (_, i) => `device-${kind}-${i}`)
    const sent = await Promise.all(devices.map((deviceId) => sms.sendCode({ mobile, scene: 'open', deviceId })))
    expect(sent.filter(({ errCode }) => errCode === 0)).toHaveLength(1)
    expect(sms.messages.length - before).toBe(1)
    const form = { mobile, scene: 'open', code: sms.lastCode() }
    const verdicts = await Promise.all(devices.map(() => sms.exchangeCode(form)))
    expect(verdicts.filter(({ errCode }) => errCode === 0)).toHaveLength(1)
  })

  it('that were refused leave the number free, and those whose fate is unknown are taken', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const mobile = freshNumber()
    sms.provider.answers = () => ({ kind: 'refused', reason: 'account' })
    expect(await sms.send({ mobile })).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    const refused = { mobile, scene: 'register', code: sms.lastCode() }
    expect(await sms.verifyCode(refused)).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    sms.provider.answers = () => ({ kind: 'unknown' })
    expect(await sms.send({ mobile })).toMatchObject({ errCode: 'uni-sms-code-send-unknown' })
    expect(await sms.verifyCode({ ...refused, code: sms.lastCode() })).toMatchObject({ errCode: 0 })
    sms.provider.answers = () => ({ kind: 'sent' })
    vi.restoreAllMocks()
  })
})
