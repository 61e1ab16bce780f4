import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type {
  RefusalReason,
  SendOutcome,
  SmsMessage,
} from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/provider'
import { MOBILE, openSmsCodes } from '../support/sms-codes'

// Two providers, of which the second is asked only when the first surely did not send for a reason of its own.

let sms: ReturnType<typeof openSmsCodes>
let log: ReturnType<typeof vi.spyOn>
let asked: { provider: string; message: SmsMessage; withinMs: number | undefined }[]
let answers: Record<string, () => SendOutcome | Promise<SendOutcome>>

beforeEach(() => {
  asked = []
  answers = { aliyun: () => ({ kind: 'sent' }), tencent: () => ({ kind: 'sent' }) }
  log = vi.spyOn(console, 'error').mockImplementation(() => {})
  sms = openSmsCodes({
    openProvider: async ({ provider }) => ({
      async send(message, withinMs) {
        asked.push({ provider, message, withinMs })
        return answers[provider]!()
      },
    }),
  })
  Object.assign(sms.config, { providers: ['aliyun', 'tencent'] })
})
afterEach(() => {
  vi.restoreAllMocks()
  sms.close()
})

const refuse = (reason: RefusalReason) => () => ({ kind: 'refused', reason }) as const
const names = () => asked.map(({ provider }) => provider)
const verify = () => sms.verifyCode({ mobile: MOBILE, scene: 'register', code: asked[asked.length - 1]!.message.code })

describe('of two providers', () => {
  it('the first sends, and the second is not asked', async () => {
    expect(await sms.send()).toMatchObject({ errCode: 0 })
    expect(names()).toEqual(['aliyun'])
  })

  it.each<RefusalReason>(['appLimit', 'template', 'account', 'noMoney', 'clock', 'unreachable', 'busy'])(
    'the second sends the same message when the first refuses for a reason of its own (%s)',
    async (reason) => {
      answers['aliyun'] = refuse(reason)
      expect(await sms.send()).toMatchObject({ errCode: 0, retryAfter: 60 })
      expect(names()).toEqual(['aliyun', 'tencent'])
      expect(asked[1]!.message).toEqual(asked[0]!.message)
      expect(await verify()).toMatchObject({ errCode: 0, mobile: MOBILE })
      expect(log.mock.calls.flat().join()).toContain(`aliyun refused (${reason}), scene register`)
    },
  )

  it.each<[RefusalReason, string]>([
    ['tooFrequent', '过于频繁'],
    ['dayLimit', '今日'],
    ['badNumber', '手机号是否正确'],
    ['numberRefused', '拒收'],
  ])('the second is not asked for what the number is refused (%s)', async (reason, words) => {
    answers['aliyun'] = refuse(reason)
    const refused = await sms.send()
    expect(refused).toMatchObject({ errCode: 'uni-sms-code-send-fail', errMsg: expect.stringContaining(words) })
    expect(names()).toEqual(['aliyun'])
  })

  it.each<[string, () => SendOutcome | Promise<SendOutcome>]>([
    ['gives no clear answer', () => ({ kind: 'unknown', providerCode: 'InternalError.Timeout' })],
    ['throws', () => Promise.reject(new TypeError('a fault'))],
  ])('the second is never asked when the first %s: a phone never gets two messages', async (_, answer) => {
    answers['aliyun'] = answer
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-send-unknown', retryAfter: 60 })
    expect(names()).toEqual(['aliyun'])
    expect(await verify()).toMatchObject({ errCode: 0 })
  })

  it('the second’s answer is the one that counts, unknown or refused', async () => {
    answers['aliyun'] = refuse('account')
    answers['tencent'] = () => ({ kind: 'unknown' })
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-send-unknown' })
    sms.clock.now += 60_000
    answers['tencent'] = refuse('badNumber')
    expect(await sms.send()).toMatchObject({ errMsg: expect.stringContaining('手机号是否正确') })
    answers['tencent'] = refuse('noMoney')
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(names()).toEqual(['aliyun', 'tencent', 'aliyun', 'tencent', 'aliyun', 'tencent'])
  })

  it('the second has what the first left of the time, and is not asked when that is too little', async () => {
    const after = (ms: number) => () => {
      sms.clock.now += ms
      return { kind: 'refused', reason: 'account' } as const
    }
    answers['aliyun'] = after(1500)
    expect(await sms.send()).toMatchObject({ errCode: 0 })
    expect(asked.map(({ withinMs }) => withinMs)).toEqual([4000, 2500])
    sms.clock.now += 60_000
    asked = []
    answers['aliyun'] = after(3600)
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(names()).toEqual(['aliyun'])
  })

  it('one that is not configured is told before anything is spent', async () => {
    sms.close()
    sms = openSmsCodes({
      openProvider: async ({ provider }) => {
        const { openProvider } =
          await import('../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/index')
        return openProvider({ provider, settings: {}, timeoutMs: 1000 })
      },
    })
    Object.assign(sms.config, { providers: ['aliyun', 'tencent'] })
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-not-configured', needNewCaptcha: false })
    expect(log.mock.calls.flat().join()).toContain('aliyun.accessKeyId')
  })
})

describe('who sends for a scene', () => {
  it.each<[object, string[]]>([
    [{ provider: 'tencent' }, ['tencent']],
    [{ provider: 'tencent', providers: [] }, ['tencent']],
    [{ provider: 'tencent', providers: ['aliyun'] }, ['aliyun']],
    [{ providers: ['aliyun', 'tencent'], scene: { register: { provider: 'tencent' } } }, ['tencent']],
    [{ provider: 'tencent', scene: { register: { providers: ['aliyun', 'tencent'] } } }, ['aliyun', 'tencent']],
  ])('is what stands nearest to it: %j', async (config, expected) => {
    Object.assign(sms.config, { provider: undefined, providers: undefined, ...config })
    answers['aliyun'] = refuse('account')
    await sms.send()
    expect(names()).toEqual(expected)
  })

  it.each([[['aliyun', 'aliyun']], [['aliyun', 'twilio']], ['aliyun'], [{ 0: 'aliyun' }]])(
    'is not asked where the list is malformed: %j',
    async (providers) => {
      Object.assign(sms.config, { providers })
      expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-not-configured' })
      expect(log.mock.calls.flat().join()).toContain('config.json providers')
      expect(asked).toEqual([])
    },
  )

  it('is not asked in a scene that has switched SMS off', async () => {
    Object.assign(sms.config, { provider: 'tencent', providers: undefined, scene: { register: { provider: '' } } })
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-not-configured' })
  })
})
