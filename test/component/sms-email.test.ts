import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { EMAIL_FORMS } from '../support/typed-forms'
import { settle } from './support/client'
import { cloudError, required } from './support/cloud-call'
import { unmountAll } from './support/mount'
import { installSmsClient, smsCodePage, type SmsClient } from './support/sms-client'

const EMAIL = 'person@example.com'
const MOBILE = '13800138000'

let client: SmsClient
beforeEach(() => {
  client = installSmsClient()
})
afterEach(unmountAll)

const emailPage = (props: Record<string, unknown> = {}) => smsCodePage(client, { channel: 'email', ...props })

describe('a code by e-mail', () => {
  test('is asked for with an address, and its ticket comes with the last digit', async () => {
    const { vm, page, typeAddress, typeCode, press, message, addressInput, label } = await emailPage({ verify: true })
    expect(page.text()).toContain('邮箱')
    expect(page.text()).not.toMatch(/手机|短信/)
    expect(addressInput().closest('.uni-sms-code__email'), 'to be styled').not.toBeNull()
    expect(page.find('.uni-sms-code__mobile').exists()).toBe(false)
    expect(addressInput().getAttribute('autocomplete')).toBe('email')
    expect(addressInput().getAttribute('inputmode')).toBe('email')
    expect(addressInput().getAttribute('autocapitalize')).toBe('none')
    await typeAddress(EMAIL)
    await press()
    expect(client.last()).toMatchObject({ method: 'sendEmailCode', params: { email: EMAIL, scene: 'register' } })
    expect(client.last().params).not.toHaveProperty('mobile')
    await client.last().reply({ retryAfter: 60, expiresIn: 300, codeLength: 6 })
    expect(message().text()).toBe('验证码已发送')
    expect(label()).toBe('60 秒后重发')
    expect(vm.sent).toEqual([{ mobile: '', email: EMAIL, retryAfter: 60, codeLength: 6 }])
    await typeCode('123456')
    expect(client.last()).toMatchObject({
      method: 'verifyEmailCode',
      params: { email: EMAIL, code: '123456', scene: 'register' },
    })
    await client.last().reply({ ticket: 'one', expiresIn: 300 })
    expect([vm.ticket, vm.email, vm.mobile]).toEqual(['one', EMAIL, ''])
    expect(vm.completions).toEqual([{ mobile: '', email: EMAIL, code: '123456', ticket: 'one' }])
  })

  test('is sent behind a captcha where the server asks for one', async () => {
    const { typeAddress, press, isAskingForCaptcha, answerCaptcha } = await emailPage()
    await typeAddress(EMAIL)
    await press()
    await client.last().refuse(required())
    expect(isAskingForCaptcha()).toBe(true)
    await answerCaptcha('abcd')
    expect(client.last()).toMatchObject({ method: 'sendEmailCode', params: { email: EMAIL, captcha: 'abcd' } })
  })

  test.each(EMAIL_FORMS)('understands %j as %s', async (typed, address) => {
    const { vm, typeAddress, press } = await emailPage()
    await typeAddress(typed)
    expect(vm.email).toBe(address)
    await press()
    expect(client.last().params['email']).toBe(address)
  })

  test('leaves what is still typed alone: a point may have more after it', async () => {
    const { vm, typeAddress, addressInput } = await emailPage()
    for (let length = 1; length <= 'o.b@mail.example.co.uk'.length; length++) {
      const typed = 'o.b@mail.example.co.uk'.slice(0, length)
      await typeAddress(typed)
      expect(addressInput().value).toBe(typed)
    }
    expect(vm.email).toBe('o.b@mail.example.co.uk')
  })

  test.each([
    ['', '请输入邮箱地址'],
    ['person', '请输入正确的邮箱地址'],
    ['person@example', '请输入正确的邮箱地址'],
    ['a person@example.com', '请输入正确的邮箱地址'],
    [MOBILE, '请输入正确的邮箱地址'],
  ])('is not sent to %j: the field says so and has the focus', async (typed, words) => {
    const { vm, typeAddress, press, message, addressInput } = await emailPage()
    await typeAddress(typed)
    await press()
    expect(client.calls).toHaveLength(0)
    expect(message().text()).toBe(words)
    expect(document.activeElement).toBe(addressInput())
    expect(addressInput().getAttribute('aria-invalid')).toBe('true')
    expect(vm.errors).toEqual([{ errCode: 'uni-sms-code-email-invalid', errMsg: words }])
  })

  test.each(['uni-sms-code-email-invalid', 'uni-sms-code-email-registered'])(
    'that the server refuses with %s is the address’s fault',
    async (errCode) => {
      const { typeAddress, press, message, addressInput } = await emailPage()
      await typeAddress(EMAIL)
      await press()
      await client.last().refuse(cloudError(errCode, '服务器的话'))
      expect(message().text()).toBe('服务器的话')
      expect(addressInput().getAttribute('aria-invalid')).toBe('true')
    },
  )

  test('speaks of e-mails in Traditional Chinese, too, where the server does', async () => {
    await client.setLocale('zh-Hant')
    const { page, typeAddress, press, message } = await emailPage()
    expect(page.text()).not.toMatch(/手機|簡訊/)
    await typeAddress(EMAIL)
    await press()
    await client.last().refuse(cloudError('uni-sms-code-send-unknown', '郵件可能已經發出', { retryAfter: 60 }))
    expect(message().text()).toBe('郵件可能已經發出')
  })
})

describe('another channel on the same page', () => {
  test('has a field, a countdown and a code of its own', async () => {
    const { page, vm, typeMobile, typeAddress, typeCode, press, label, message, codeInput } = await smsCodePage(
      client,
      {
        verify: true,
      },
    )
    await typeMobile(MOBILE)
    await press()
    await client.last().reply({ retryAfter: 60, codeLength: 6 })
    await typeCode('123456')
    await client.last().reply({ ticket: 'one', expiresIn: 300 })
    expect(vm.ticket).toBe('one')
    await page.setProps({ channel: 'email' })
    await settle()
    expect([vm.ticket, codeInput().value, message().text()]).toEqual(['', '', ''])
    expect(label()).toBe('获取验证码')
    await typeAddress(EMAIL)
    await press()
    expect(client.last()).toMatchObject({ method: 'sendEmailCode', params: { email: EMAIL } })
    await page.setProps({ channel: 'sms' })
    await client.last().reply({ retryAfter: 90, codeLength: 6 })
    expect(vm.mobile).toBe(MOBILE)
    expect(label(), 'the number’s own').toBe('60 秒后重发')
    expect(vm.email).toBe(EMAIL)
  })

  test.each([
    ['a refusal', cloudError('uni-sms-code-mobile-registered', '该手机号已经被注册')],
    ['a failure', cloudError('uni-sms-code-send-fail', '发送短信失败，请稍后重试')],
    [
      'an unknown outcome',
      cloudError('uni-sms-code-send-unknown', '短信可能已经发出', { retryAfter: 60, codeLength: 6 }),
    ],
  ])('hears nothing of a message by SMS that ends in %s', async (_what, error) => {
    const { page, vm, typeMobile, typeAddress, press, label, message, addressInput } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await page.setProps({ channel: 'email' })
    await typeAddress(EMAIL)
    await client.last().refuse(error)
    expect([message().text(), vm.errors]).toEqual(['', []])
    expect(addressInput().getAttribute('aria-invalid')).toBeNull()
    expect([label(), vm.email]).toEqual(['获取验证码', EMAIL])
    await press()
    expect(client.last()).toMatchObject({ method: 'sendEmailCode', params: { email: EMAIL } })
  })

  test('keeps the length of its own codes when an SMS was sent meanwhile', async () => {
    const { page, vm, typeMobile, typeAddress, typeCode, press } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await page.setProps({ channel: 'email' })
    await typeAddress(EMAIL)
    await client.last().reply({ retryAfter: 60, codeLength: 4 })
    expect(vm.sent, 'the page may know').toEqual([{ mobile: MOBILE, retryAfter: 60, codeLength: 4 }])
    await typeCode('123456')
    expect(vm.completions).toEqual([{ mobile: '', email: EMAIL, code: '123456', ticket: '' }])
  })

  test.each(['wrong', 'right'])('hears nothing of a number’s code that is %s', async (which) => {
    const { page, vm, typeMobile, typeAddress, typeCode, message } = await smsCodePage(client, { verify: true })
    await typeMobile(MOBILE)
    await typeCode('123456')
    expect(message().text()).toBe('验证中…')
    await page.setProps({ channel: 'email' })
    await typeAddress(EMAIL)
    if (which === 'right') await client.last().reply({ ticket: 'one', expiresIn: 300 })
    else await client.last().refuse(cloudError('uni-sms-code-verify-fail', '验证码错误或已过期'))
    expect([message().text(), vm.errors, vm.ticket, vm.completions]).toEqual(['', [], '', []])
  })

  test('and another scene hear nothing of each other’s failures', async () => {
    const { page, vm, typeMobile, press, message } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await page.setProps({ scene: 'login' })
    await client.last().refuse(cloudError('uni-sms-code-mobile-registered', '该手机号已经被注册'))
    expect([message().text(), vm.errors]).toEqual(['', []])
  })
})
