import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { CODE_FORMS } from '../support/typed-forms'
import { settle } from './support/client'
import { cloudError } from './support/cloud-call'
import { unmountAll } from './support/mount'
import { installSmsClient, smsCodePage, type SmsClient } from './support/sms-client'

const MOBILE = '13800138000'
const wrongCode = () => cloudError('uni-sms-code-verify-fail', '验证码错误或已过期')

let client: SmsClient
beforeEach(() => {
  vi.useFakeTimers()
  client = installSmsClient()
})
afterEach(() => {
  unmountAll()
  vi.useRealTimers()
})

async function verifyingPage(props: Record<string, unknown> = {}) {
  const user = await smsCodePage(client, { verify: true, ...props })
  await user.typeMobile(MOBILE)
  return user
}

describe('the code field', () => {
  test.each([
    ['what was typed', '123456', '123456'],
    ['leading zeros', '000012', '000012'],
    ['a code with a space', '123 456', '123456'],
    ['a whole message', '【某某】您的验证码是:123456,5分钟内有效', '123456'],
    ['full-width digits', '１２３４５６', '123456'],
    ['one digit too many', '1234567', '123456'],
    ['letters', 'abc', ''],
  ])('takes %s, as typed, pasted or filled in', async (_what, text, code) => {
    const { vm, typeCode, codeInput } = await smsCodePage(client)
    await typeCode(text)
    expect(vm.code).toBe(code)
    expect(codeInput().value).toBe(code)
  })

  test.each(CODE_FORMS)('takes what means 012345: %s', async (_what, typed) => {
    const { vm, typeCode, codeInput } = await smsCodePage(client)
    await typeCode(typed)
    expect([vm.code, codeInput().value]).toEqual(['012345', '012345'])
  })

  test('is one field, open to one-time-code autofill and to paste', async () => {
    const { page, codeInput, mobileInput } = await smsCodePage(client)
    expect(page.findAll('.uni-sms-code__code input')).toHaveLength(1)
    const attributes = (input: Element) =>
      ['aria-label', 'autocomplete', 'inputmode'].map((name) => input.getAttribute(name))
    expect(attributes(codeInput())).toEqual(['短信验证码', 'one-time-code', 'numeric'])
    expect(attributes(mobileInput())).toEqual(['手机号', 'tel-national', 'tel'])
    expect(codeInput().maxLength, 'a pasted message is not cut').toBeGreaterThanOrEqual(100)
  })

  test('drops the seventh digit also on the screen', async () => {
    const { typeCode, codeInput } = await smsCodePage(client)
    await typeCode('123456')
    await typeCode('1234567')
    expect(codeInput().value).toBe('123456')
  })

  test('takes as many digits as the server says', async () => {
    const { vm, sendTo, typeCode } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60, codeLength: 4 })
    await typeCode('123456')
    expect(vm.code).toBe('1234')
    expect(vm.completions).toEqual([{ mobile: MOBILE, code: '1234', ticket: '' }])
  })

  test('is emptied when another code is on its way', async () => {
    const { vm, sendTo, typeCode } = await smsCodePage(client)
    await typeCode('123456')
    await sendTo(MOBILE)
    expect(vm.code).toBe('')
  })
})

describe('another scene', () => {
  test.each(['scene', 'channel'])('a code, its length and the message of the last %s are gone', async (what) => {
    const { page, vm, sendTo, typeCode, codeInput, message } = await smsCodePage(client)
    await sendTo(MOBILE, { retryAfter: 60, codeLength: 4 })
    await typeCode('123')
    expect([message().text(), vm.code]).toEqual(['验证码已发送', '123'])
    await page.setProps(what === 'scene' ? { scene: 'login' } : { channel: 'email' })
    await settle()
    expect([message().text(), vm.code, codeInput().value]).toEqual(['', '', ''])
    await typeCode('1234567')
    expect(vm.code).toBe('123456')
  })

  test('never verifies the code that was typed for the one before', async () => {
    const { page, vm, typeCode } = await verifyingPage()
    await typeCode('123456')
    await page.setProps({ scene: 'login' })
    await client.calls[0]?.reply({ ticket: 'one', expiresIn: 300 })
    expect(client.calls.map(({ params }) => params['scene'])).toEqual(['register'])
    expect([vm.ticket, vm.code, vm.completions]).toEqual(['', '', []])
  })
})

describe('without verify', () => {
  test('the page hears of a whole code once, and nothing is called', async () => {
    const { vm, typeMobile, typeCode } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await typeCode('12345')
    expect(vm.completions).toEqual([])
    await typeCode('123456')
    await typeCode('123456')
    expect(vm.completions).toEqual([{ mobile: MOBILE, code: '123456', ticket: '' }])
    expect(client.calls).toHaveLength(0)
  })
})

describe('with verify', () => {
  test('the last digit verifies, and the page gets the ticket', async () => {
    const { vm, typeCode, message } = await verifyingPage()
    await typeCode('123456')
    expect(client.last()).toMatchObject({
      method: 'verifySmsCode',
      params: { mobile: MOBILE, code: '123456', scene: 'register' },
    })
    expect(message().text()).toBe('验证中…')
    await client.last().reply({ ticket: 'one', expiresIn: 300 })
    expect(message().text()).toBe('验证成功')
    expect(vm.ticket).toBe('one')
    expect(vm.completions).toEqual([{ mobile: MOBILE, code: '123456', ticket: 'one' }])
    expect(client.calls).toHaveLength(1)
  })

  test('a wrong code is said, and the empty field has the focus', async () => {
    const { vm, typeCode, codeInput, message } = await verifyingPage()
    await typeCode('654321')
    await client.last().refuse(wrongCode())
    expect(message().text()).toBe('验证码错误或已过期')
    expect(codeInput().value).toBe('')
    expect(document.activeElement).toBe(codeInput())
    expect(codeInput().getAttribute('aria-invalid')).toBe('true')
    expect(vm.errors.map(({ errCode }) => errCode)).toEqual(['uni-sms-code-verify-fail'])
    expect([vm.ticket, vm.completions]).toEqual(['', []])
    await typeCode('123456')
    expect(client.calls).toHaveLength(2)
  })

  test.each([
    ['a network that is down', new Error('request:fail'), '网络不可用，请检查网络后重试'],
    [
      'too many tries',
      cloudError('uni-sms-code-too-many-requests', '请 60 秒后再试', { retryAfter: 60 }),
      '请 60 秒后再试',
    ],
  ])('after %s the code stays', async (_what, error, words) => {
    const { typeCode, codeInput, message, label } = await verifyingPage()
    await typeCode('123456')
    await client.last().refuse(error)
    expect(message().text()).toBe(words)
    expect(codeInput().value).toBe('123456')
    expect(label(), 'the wait is for verifying, not for sending').toBe('获取验证码')
  })

  test('an answer without a ticket is a failure', async () => {
    const { vm, typeCode, message } = await verifyingPage()
    await typeCode('123456')
    await client.last().reply({ ticket: { $ne: '' } })
    expect(message().text()).toBe('操作失败，请重试')
    expect([vm.ticket, vm.completions]).toEqual(['', []])
  })

  test('a code for no number is not sent', async () => {
    const { typeMobile, typeCode, message } = await verifyingPage()
    await typeMobile('138')
    await typeCode('123456')
    expect(client.calls).toHaveLength(0)
    expect(message().text()).toBe('请输入正确的手机号')
  })

  test('while one is looked at nothing is sent, and another code is looked at afterwards', async () => {
    const { vm, typeCode, press, isOff } = await verifyingPage()
    await typeCode('111111')
    expect(isOff()).toBe(true)
    await press()
    await typeCode('222222')
    expect(client.calls).toHaveLength(1)
    await client.calls[0]?.refuse(wrongCode())
    expect(client.last().params['code']).toBe('222222')
    expect(vm.code).toBe('222222')
    await client.last().reply({ ticket: 'two', expiresIn: 300 })
    expect(vm.ticket).toBe('two')
  })

  test('an answer for a number that is no longer shown gives no ticket', async () => {
    const { vm, typeCode, typeMobile } = await verifyingPage()
    await typeCode('123456')
    await typeMobile('13900139000')
    await client.calls[0]?.reply({ ticket: 'one', expiresIn: 300 })
    expect([vm.ticket, vm.completions]).toEqual(['', []])
  })
})

describe('the ticket', () => {
  async function ticketPage() {
    const user = await verifyingPage()
    await user.typeCode('123456')
    await client.last().reply({ ticket: 'one', expiresIn: 300 })
    return user
  }

  test.each(['number', 'code', 'scene'])('is taken back when another %s is shown', async (what) => {
    const { page, vm, typeMobile, typeCode, message } = await ticketPage()
    if (what === 'number') await typeMobile('13900139000')
    else if (what === 'code') await typeCode('12345')
    else await page.setProps({ scene: 'login' })
    await settle()
    expect(vm.ticket).toBe('')
    expect(message().text()).toBe('')
  })

  test('is taken back when it has expired', async () => {
    const { vm, message, codeInput } = await ticketPage()
    vi.advanceTimersByTime(299_000)
    expect(vm.ticket).toBe('one')
    vi.advanceTimersByTime(1000)
    await settle()
    expect(vm.ticket).toBe('')
    expect(codeInput().value).toBe('')
    expect(message().text()).toBe('验证已过期，请重新获取验证码')
  })

  test('is given up by reset(), with the code; the countdown goes on', async () => {
    const { vm, sendTo, typeCode, label, message, codeInput } = await verifyingPage()
    await sendTo(MOBILE, { retryAfter: 60 })
    await typeCode('123456')
    await client.last().reply({ ticket: 'one', expiresIn: 300 })
    vm.smsCode?.reset()
    await settle()
    expect([vm.ticket, codeInput().value, message().text()]).toEqual(['', '', ''])
    expect(label()).toBe('60 秒后重发')
  })
})

describe('quick verification', () => {
  test('is offered in WeChat only', async () => {
    const { page } = await smsCodePage(client, { quick: true })
    expect(page.find('.uni-sms-code__quick').exists()).toBe(false)
  })
})
