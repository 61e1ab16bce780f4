import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { settle } from './support/client'
import { cloudError } from './support/cloud-call'
import { unmountAll } from './support/mount'
import { installSmsClient, smsCodePage, type SmsClient } from './support/sms-client'
import { showPage } from './support/uni-app'

const MOBILE = '13800138000'
const OTHER = '13900139000'

let client: SmsClient
beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 21) })
  client = installSmsClient()
})
afterEach(() => {
  unmountAll()
  vi.useRealTimers()
})

async function pass(seconds: number): Promise<void> {
  vi.advanceTimersByTime(seconds * 1000)
  await settle()
}

describe('the send button', () => {
  test('counts down from the server’s seconds, is off meanwhile, and offers another code then', async () => {
    const { sendTo, press, label, isOff } = await smsCodePage(client)
    expect(label()).toBe('获取验证码')
    await sendTo(MOBILE, { retryAfter: 60 })
    expect([label(), isOff()]).toEqual(['60 秒后重发', true])
    await pass(1)
    expect(label()).toBe('59 秒后重发')
    await press()
    expect(client.calls).toHaveLength(1)
    await pass(58)
    expect([label(), isOff()]).toEqual(['1 秒后重发', true])
    await pass(1)
    expect([label(), isOff()]).toEqual(['重新获取', false])
    await press()
    expect(client.calls).toHaveLength(2)
  })

  test('shows a long wait in minutes', async () => {
    const { sendTo, label } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 3000 })
    expect(label()).toBe('50 分钟后重发')
    await pass(2880)
    expect(label()).toBe('120 秒后重发')
  })

  test('does not count down for a refusal that names no time', async () => {
    const { typeMobile, press, label } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await client.last().refuse(cloudError('uni-sms-code-send-fail', '发送短信失败'))
    expect(label()).toBe('获取验证码')
  })

  test.each([[-5], ['60'], [{ $gt: 0 }], [Infinity], [undefined]])(
    'waits a minute when the server’s seconds are %o',
    async (retryAfter) => {
      const { sendTo, label } = await smsCodePage(client)
      await sendTo(MOBILE, { retryAfter })
      expect(label()).toBe('60 秒后重发')
    },
  )

  test('is not held back by timers that slept with the device', async () => {
    const { sendTo, label } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    vi.setSystemTime(Date.now() + 45_000)
    showPage()
    await settle()
    expect(label()).toBe('15 秒后重发')
  })

  test('is not kept off for long by a clock that was put back', async () => {
    const { sendTo, label, isOff } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    vi.setSystemTime(Date.now() - 3_600_000)
    showPage()
    await settle()
    expect([label(), isOff()]).toEqual(['获取验证码', false])
  })
})

describe('the countdown', () => {
  test('goes on after a reload, before and after the number is entered again', async () => {
    const { sendTo } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    await pass(20)
    unmountAll()
    const { typeMobile, label, isOff } = await smsCodePage(client)
    expect([label(), isOff()]).toEqual(['40 秒后重发', true])
    await typeMobile(MOBILE)
    expect(label()).toBe('40 秒后重发')
    await pass(40)
    expect([label(), isOff()]).toEqual(['重新获取', false])
  })

  test('is the same in a second tab, also when that one was open before', async () => {
    const first = await smsCodePage(client)
    const second = await smsCodePage(client)
    await second.typeMobile(MOBILE)
    await first.sendTo(MOBILE, { retryAfter: 60 })
    window.dispatchEvent(new Event('storage'))
    await settle()
    expect(second.label()).toBe('60 秒后重发')
    await second.press()
    expect(client.calls).toHaveLength(1)
  })

  test('is of one number: another can be sent to at once', async () => {
    const { sendTo, typeMobile, label, press } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    await typeMobile(OTHER)
    expect(label()).toBe('获取验证码')
    await press()
    expect(client.last().params['mobile']).toBe(OTHER)
    await client.last().reply({ retryAfter: 90 })
    await typeMobile(MOBILE)
    expect(label()).toBe('60 秒后重发')
  })

  test('is of one scene', async () => {
    const { page, sendTo, label } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    await page.setProps({ scene: 'login' })
    expect(label()).toBe('获取验证码')
    await page.setProps({ scene: 'register' })
    expect(label()).toBe('60 秒后重发')
  })

  test('is kept without the number: neither in the key nor in the value', async () => {
    const { sendTo } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    const stored = JSON.stringify([...client.storage])
    expect(stored).toContain('uni-sms-code:register')
    expect(stored).not.toContain(MOBILE)
    const [record] = [...client.storage.values()] as Record<string, unknown>[]
    expect(Object.keys(record ?? {})[0], 'sixteen bits say nothing').toMatch(/^[\da-f]{1,4}$/)
  })

  test('is forgotten some minutes after its end, however many there were', async () => {
    const { sendTo } = await smsCodePage(client)
    for (let number = 0; number < 30; number++) await sendTo(`1380013${8000 + number}`, { retryAfter: 60 })
    const kept = () => Object.keys(client.storage.get('uni-sms-code:register') as object).length
    expect(kept()).toBeLessThanOrEqual(21)
    await pass(700)
    await sendTo(OTHER, { retryAfter: 60 })
    expect(kept()).toBe(1)
  })

  test.each([
    ['nothing', undefined],
    ['a text', 'x'],
    ['a list', [1, 2]],
    ['foreign values', { '1a2b': { endsAtMs: '9', lengthMs: {} }, '3c4d': null }],
  ])('is not confused by %s in the storage', async (_what, stored) => {
    client.storage.set('uni-sms-code:register', stored)
    const { sendTo, label } = await smsCodePage(client)
    expect(label()).toBe('获取验证码')
    await sendTo(MOBILE, { retryAfter: 60 })
    expect(label()).toBe('60 秒后重发')
  })

  test('runs where there is no storage', async () => {
    const forbidden = () => {
      throw new Error('forbidden')
    }
    Object.assign(uni, { getStorageSync: forbidden, setStorageSync: forbidden })
    const { sendTo, label } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    await pass(30)
    expect(label()).toBe('30 秒后重发')
  })

  test('is the later one where a full storage still holds an earlier one', async () => {
    const { sendTo, press, label } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    await pass(60)
    Object.assign(uni, {
      setStorageSync: () => {
        throw new Error('full')
      },
    })
    await press()
    await client.last().reply({ retryAfter: 90 })
    showPage()
    await settle()
    expect(label()).toBe('90 秒后重发')
  })

  test('is the later one where another tab has stored a later one', async () => {
    const { sendTo, label } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    const key = 'uni-sms-code:register'
    const [address] = Object.keys(client.storage.get(key) as object) as [string]
    client.storage.set(key, { [address]: { endsAtMs: Date.now() + 100_000, lengthMs: 100_000 } })
    showPage()
    await settle()
    expect(label()).toBe('100 秒后重发')
  })

  test('is announced when it begins and when it is over, not each second', async () => {
    const { sendTo, announcement, page } = await smsCodePage(client)
    expect(announcement()).toBe('')
    await sendTo(MOBILE, { retryAfter: 60 })
    expect(announcement()).toBe('60 秒后可以重新获取验证码')
    await pass(30)
    expect(announcement()).toBe('60 秒后可以重新获取验证码')
    await pass(30)
    expect(announcement()).toBe('可以重新获取验证码了')
    expect(page.get('.uni-sms-code__announcement').attributes()).toMatchObject({
      role: 'status',
      'aria-live': 'polite',
    })
  })

  test('leaves no timer behind', async () => {
    const { sendTo } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60 })
    unmountAll()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is kept and leaves no timer behind when the answer comes after the form has gone', async () => {
    const { typeMobile, press } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    unmountAll()
    await client.last().reply({ retryAfter: 60 })
    expect(vi.getTimerCount()).toBe(0)
    const { label } = await smsCodePage(client)
    expect(label()).toBe('60 秒后重发')
  })
})
