import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/statistics'
import { HOUR_MS } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/statistics-table'
import type { SendOutcome } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/provider'
import type { HandedIn } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/statistics/recorder'
import { createMessageReader } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/statistics/read-messages'
import { createRecorder } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/statistics/recorder'
import { storesOn } from '../support/captchas'
import { openTemporaryDatabase } from '../support/cloud-database'
import { MOBILE, otherThan, smsCodesOn, START } from '../support/sms-codes'
import type { SmsBench } from '../support/sms-codes'

const HOUR = START - (START % HOUR_MS)
const DAY = { from: HOUR - 24 * HOUR_MS, to: HOUR + 24 * HOUR_MS }

let opened: ReturnType<typeof openTemporaryDatabase>
let sms: SmsBench
let statistics: ReturnType<typeof createStatistics>
let answers: Record<string, SendOutcome>
let counted: string[]
let emailCode = ''
/** Statistics that are still being written. */
let writing: Promise<void>
let activations: number
let measured: Parameters<
  NonNullable<ReturnType<Parameters<typeof createRecorder>[0]['metrics']>['observeMessage']>
>[0][]
let log: ReturnType<typeof vi.spyOn>
let warn: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  log = vi.spyOn(console, 'error').mockImplementation(() => {})
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  opened = openTemporaryDatabase()
  answers = { aliyun: { kind: 'sent' }, tencent: { kind: 'sent' }, smtp: { kind: 'sent' } }
  counted = []
  writing = Promise.resolve()
  activations = 0
  measured = []
  const now = () => sms.clock.now
  const stores = storesOn(opened.database, now)
  const { statistics: store, codes } = stores
  const activate: typeof codes.activate = async (...args) => {
    activations++
    return codes.activate(...args)
  }
  statistics = createStatistics({ store: () => store, now, host: {} })
  sms = smsCodesOn(opened.database, {
    stores: () => ({ ...stores, codes: { ...codes, activate } }),
    recorder: createRecorder({
      countMessages: async (scene, names) => {
        await writing
        await statistics.messages(scene, names, {})
      },
      metrics: () => ({
        count: (event, scene) => counted.push(`${event} ${scene}`),
        observeMessage: (one) => measured.push(one),
      }),
      now,
    }),
    openProvider: async ({ provider }) => ({
      async send(message) {
        sms.messages.push(message)
        sms.clock.now += 250
        return answers[provider]!
      },
    }),
    openEmailProvider: async () => ({
      async send({ code }) {
        emailCode = code
        return answers['smtp']!
      },
    }),
  })
  Object.assign(sms.config, { provider: '', providers: ['aliyun', 'tencent'], emailProvider: 'smtp', price: 0.045 })
})
afterEach(() => {
  vi.restoreAllMocks()
  opened.close()
})

const read = () =>
  createMessageReader({
    rows: statistics.readMessages,
    config: () => sms.config,
  })(DAY)
const verify = (code: string) => sms.verifyCode({ mobile: MOBILE, scene: 'register', code })
const NONE = { sent: 0, unknown: 0, refused: {}, verified: 0, wrong: 0, expired: 0 }

it('a code is valid and the next provider is asked while statistics are still written', async () => {
  let release = () => {}
  writing = new Promise<void>((resolve) => (release = resolve))
  answers['aliyun'] = { kind: 'refused', reason: 'account' }
  const sending = sms.send({ mobile: MOBILE })
  await vi.waitFor(() => expect(sms.messages).toHaveLength(2), 20_000)
  const { code } = sms.messages[1]!
  await vi.waitFor(() => expect(activations).toBe(1), 20_000)
  release()
  expect(await sending).toMatchObject({ errCode: 0 })
  expect(await verify(code)).toMatchObject({ errCode: 0 })
})

describe('an administrator reads', () => {
  it('what became of each message and each answer, by scene and hour', async () => {
    await sms.send()
    await verify(otherThan(sms.lastCode()))
    await verify(sms.lastCode())
    // A second tap.
    await verify(sms.lastCode())
    // Too soon.
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    sms.clock.now = HOUR + HOUR_MS
    answers['aliyun'] = { kind: 'unknown', providerCode: 'timeout' }
    await sms.send({ scene: 'login' })
    sms.clock.now += 301_000
    await sms.verifyCode({ mobile: MOBILE, scene: 'login', code: sms.lastCode() })
    const { hours } = await read()
    expect(hours.sort((one, other) => one.hour - other.hour)).toEqual([
      { ...NONE, scene: 'register', channel: 'sms', hour: HOUR, sent: 1, verified: 1, wrong: 1, refused: { limit: 1 } },
      { ...NONE, scene: 'login', channel: 'sms', hour: HOUR + HOUR_MS, unknown: 1, expired: 1 },
    ])
  })

  it('what became of e-mails apart from what became of messages, and no cost of theirs', async () => {
    await sms.send()
    const to = { channel: 'email', email: 'person@example.com', scene: 'register' } as const
    const sendEmail = async () => sms.sendCode({ ...to, deviceId: 'phone', captcha: await sms.solve('phone') })
    await sendEmail()
    await sms.verifyCode({ ...to, code: otherThan(emailCode) })
    await sms.verifyCode({ ...to, code: emailCode })
    sms.clock.now += 61_000
    answers['smtp'] = { kind: 'refused', reason: 'busy', providerCode: '451-4.7.1' }
    await sendEmail()
    const { hours, errors, costs } = await read()
    expect(hours.sort((one, other) => other.channel.localeCompare(one.channel))).toEqual([
      { ...NONE, scene: 'register', channel: 'sms', hour: HOUR, sent: 1 },
      {
        ...NONE,
        scene: 'register',
        channel: 'email',
        hour: HOUR,
        sent: 1,
        verified: 1,
        wrong: 1,
        refused: { busy: 1 },
      },
    ])
    expect(errors).toEqual([{ provider: 'smtp', reason: 'busy', providerCode: '451-4.7.1', count: 1, lastHour: HOUR }])
    expect(costs).toMatchObject([{ scene: 'register', channel: 'sms', messages: 1 }])
    expect(JSON.stringify([hours, errors, log.mock.calls])).not.toContain('person')
  })

  it('why messages do not arrive: class and code of the provider, without any number', async () => {
    answers['aliyun'] = { kind: 'refused', reason: 'noMoney', providerCode: 'isv.AMOUNT_NOT_ENOUGH' }
    answers['tencent'] = { kind: 'refused', reason: 'badNumber', providerCode: 'for +8613800138000' }
    await sms.send()
    sms.clock.now += HOUR_MS
    answers['tencent'] = { kind: 'sent' }
    await sms.send()
    const { errors, hours } = await read()
    expect(errors).toEqual([
      {
        provider: 'aliyun',
        reason: 'noMoney',
        providerCode: 'isv.AMOUNT_NOT_ENOUGH',
        count: 2,
        lastHour: HOUR + HOUR_MS,
      },
      { provider: 'tencent', reason: 'badNumber', providerCode: 'for…', count: 1, lastHour: HOUR },
    ])
    expect(hours.map(({ sent, refused }) => ({ sent, refused }))).toEqual([
      { sent: 0, refused: { badNumber: 1 } },
      { sent: 1, refused: {} },
    ])
    expect(JSON.stringify([errors, hours, log.mock.calls])).not.toMatch(/1380013/)
  })

  it('what the messages cost by the configured price, the unknown ones too, and no cost without one', async () => {
    await sms.send()
    sms.clock.now += 61_000
    answers['aliyun'] = { kind: 'unknown' }
    await sms.send()
    sms.clock.now += 61_000
    answers['aliyun'] = { kind: 'refused', reason: 'badNumber' }
    await sms.send()
    expect((await read()).costs).toEqual([{ scene: 'register', channel: 'sms', messages: 2, price: 0.045, cost: 0.09 }])
    sms.config['price'] = 0
    expect((await read()).costs).toEqual([])
  })

  it('the numbers all the same while the price is wrong', async () => {
    await sms.send()
    sms.config['price'] = 'cheap'
    const { hours, costs } = await read()
    expect(hours.map(({ sent }) => sent)).toEqual([1])
    expect(costs).toEqual([])
  })

  it('no messages among captchas', async () => {
    await sms.send()
    expect(await statistics.read(DAY)).toEqual([])
  })
})

describe('the day’s budget', () => {
  it('is warned of from 80 % on: in the log once an hour, in metrics with each message', async () => {
    sms.config['scene'] = { register: { limits: { budget: 5 } } }
    const sendTo = (last: number) => sms.send({ mobile: `1380013800${last}`, deviceId: `phone ${last}` })
    for (const last of [1, 2, 3]) await sendTo(last)
    expect(warn).not.toHaveBeenCalled()
    for (const last of [4, 5]) await sendTo(last)
    expect(warn.mock.calls).toEqual([
      ['[uni-sms-code] the daily budget of scene register (sms) is used to 80 %: 4 of 5'],
    ])
    expect(counted.filter((one) => one === 'message sms_budget_80_percent register')).toHaveLength(2)
    expect(await sendTo(6)).toMatchObject({ errCode: 'uni-sms-code-budget-exhausted' })
    expect((await read()).hours[0]?.refused).toEqual({ budget: 1 })
  })
})

describe('metrics', () => {
  it('hold each provider’s answer and the time that it took', async () => {
    answers['aliyun'] = { kind: 'refused', reason: 'account' }
    await sms.send()
    expect(measured).toEqual([
      { provider: 'aliyun', outcome: 'refused', reason: 'account', seconds: 0.25 },
      { provider: 'tencent', outcome: 'sent', reason: '', seconds: 0.25 },
    ])
    expect(counted).toContain('message sms_sent register')
  })
})

describe('a provider that makes codes up', () => {
  it('adds 50 kinds of errors an hour and no more', async () => {
    const recorder = createRecorder({
      countMessages: async (scene, names) => statistics.messages(scene, names, {}),
      metrics: () => ({}),
      now: () => sms.clock.now,
    })
    const one = { provider: 'aliyun', scene: 'register', seconds: 0 } satisfies Partial<HandedIn>
    for (let i = 0; i < 60; i++) {
      await recorder.handedIn({ ...one, outcome: { kind: 'unknown', providerCode: `made-up-${i}` } })
    }
    const { errors } = await read()
    expect(errors).toHaveLength(51)
    expect(errors[0]).toMatchObject({ providerCode: 'other', count: 10 })
  })
})
