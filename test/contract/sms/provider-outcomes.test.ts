import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type {
  RefusalReason,
  SendOutcome,
} from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/provider'
import { MOBILE, openSmsCodes } from '../support/sms-codes'

// What each answer of a provider means for the code, the cooldown, the counts, the caller and the log.

let sms: ReturnType<typeof openSmsCodes>
let log: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  sms = openSmsCodes()
  log = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
  sms.close()
})

const logged = () => log.mock.calls.flat().join('\n')
const verify = () => sms.verifyCode({ mobile: MOBILE, scene: 'register', code: sms.lastCode() })

function answer(...outcomes: SendOutcome[]): void {
  let n = 0
  sms.provider.answers = () => outcomes[Math.min(n++, outcomes.length - 1)]!
}

describe('a definite refusal', () => {
  it.each<[RefusalReason, string]>([
    ['tooFrequent', '过于频繁'],
    ['dayLimit', '今日'],
    ['badNumber', '手机号是否正确'],
    ['numberRefused', '拒收'],
    ['appLimit', '请稍后重试'],
    ['template', '请稍后重试'],
    ['account', '请稍后重试'],
    ['noMoney', '请稍后重试'],
    ['clock', '请稍后重试'],
    ['unreachable', '请稍后重试'],
    ['busy', '请稍后重试'],
  ])('(%s) tells the person only what concerns them, and the log the rest', async (reason, words) => {
    answer({ kind: 'refused', reason, providerCode: 'FailedOperation.Some' })
    const refused = await sms.send()
    expect(refused).toMatchObject({ errCode: 'uni-sms-code-send-fail', needNewCaptcha: true })
    expect(refused.errMsg).toContain('发送短信失败')
    expect(refused.errMsg).toContain(words)
    const isOfNumber = ['tooFrequent', 'dayLimit', 'badNumber', 'numberRefused'].includes(reason)
    expect(refused.errMsg.includes('手机号')).toBe(isOfNumber)
    expect(JSON.stringify(refused)).not.toMatch(/tencent|FailedOperation/)
    expect(logged()).toContain(`tencent refused (${reason}) FailedOperation.Some, scene register`)
    expect(sms.messages).toHaveLength(1)
  })

  it('frees the cooldown at once, and leaves nothing that verifies', async () => {
    answer({ kind: 'refused', reason: 'account' })
    expect(await sms.send()).not.toHaveProperty('retryAfter')
    expect(await verify()).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    answer({ kind: 'sent' })
    expect(await sms.send()).toMatchObject({ errCode: 0 })
    expect(await verify()).toMatchObject({ errCode: 0 })
  })

  it('stays in the hourly and daily counts', async () => {
    answer({ kind: 'refused', reason: 'badNumber' })
    for (let i = 0; i < 5; i++) expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
  })

  it('voids the code of the message before: it has been asked to be replaced', async () => {
    await sms.send()
    const code = sms.lastCode()
    sms.clock.now += 60_000
    answer({ kind: 'refused', reason: 'noMoney' })
    await sms.send()
    expect(await sms.verifyCode({ mobile: MOBILE, scene: 'register', code })).toMatchObject({
      errCode: 'uni-sms-code-verify-fail',
    })
  })

  it('that comes after the cooldown does not free the one of a later message', async () => {
    sms.provider.answers = async () => {
      sms.clock.now += 60_000
      sms.provider.answers = () => ({ kind: 'sent' })
      expect(await sms.send({ deviceId: 'another' })).toMatchObject({ errCode: 0 })
      return { kind: 'refused', reason: 'account' }
    }
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-too-many-requests', retryAfter: 60 })
  })
})

describe('an unknown outcome', () => {
  it.each<[string, () => SendOutcome | Promise<SendOutcome>]>([
    ['a time-out', () => ({ kind: 'unknown', providerCode: 'InternalError.Timeout' })],
    ['a fault of the provider itself', () => Promise.reject(new TypeError(`no template for ${MOBILE}`))],
  ])('(%s) keeps the cooldown, takes the code, and is never sent again', async (_, answers) => {
    sms.provider.answers = answers
    expect(await sms.send()).toMatchObject({
      errCode: 'uni-sms-code-send-unknown',
      retryAfter: 60,
      expiresIn: 300,
      codeLength: 6,
      needNewCaptcha: true,
    })
    expect(sms.messages).toHaveLength(1)
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-too-many-requests', retryAfter: 60 })
    expect(await verify()).toMatchObject({ errCode: 0 })
    expect(logged()).toMatch(/tencent gave no clear answer (InternalError\.Timeout|TypeError), scene register/)
  })
})

it('a slow provider: the times in the answer are those that are left when it comes', async () => {
  sms.provider.answers = () => {
    sms.clock.now += 7000
    return { kind: 'sent' }
  }
  expect(await sms.send()).toMatchObject({ errCode: 0, retryAfter: 53, expiresIn: 293 })
})

it('while a message is on its way its code does not verify', async () => {
  let early: unknown
  sms.provider.answers = async () => {
    early = await verify()
    return { kind: 'sent' }
  }
  await sms.send()
  expect(early).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  expect(await verify()).toMatchObject({ errCode: 0 })
})

it('no number, code or text of a provider reaches the log', async () => {
  answer({ kind: 'refused', reason: 'badNumber', providerCode: `number ${MOBILE} is bad: "+86${MOBILE}" 您的验证码` })
  await sms.send()
  answer({ kind: 'unknown', providerCode: 'x'.repeat(500) })
  await sms.send()
  sms.provider.answers = () => Promise.reject(new Error(`${MOBILE} ${sms.lastCode()}`))
  sms.clock.now += 60_000
  await sms.send()
  const isRegistered = () => Promise.reject(new Error(`no row for ${MOBILE}`))
  sms.clock.now += 60_000
  expect(await sms.send({ isRegistered })).toMatchObject({
    errCode: 'uni-sms-code-interior-fail',
    needNewCaptcha: true,
  })
  expect(log.mock.calls.length).toBe(4)
  expect(logged()).not.toContain(MOBILE)
  for (const { code } of sms.messages) expect(logged()).not.toContain(code)
  expect(logged()).not.toMatch(/您|x{81}/)
})
