import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import PasswordLoginPage from './pages/password-login-page.vue'
import RegisterPage from './pages/register-page.vue'
import SmsForm from './pages/sms-form.vue'
import SmsLoginPage from './pages/sms-login-page.vue'
import { installClient, settle, type Client } from './support/client'
import { mountPage, unmountAll, toUser } from './support/mount'

let client: Client

beforeEach(() => {
  client = installClient()
})
afterEach(unmountAll)

const wrong = () => Promise.reject(Object.assign(new Error('验证码错误'), { errCode: 'uni-captcha-verify-fail' }))

describe('the ways in which uni-id-pages reach into the components', () => {
  test('registration: without a captcha, setting focusCaptchaInput on the ref focuses the input, each time', async () => {
    const page = await mountPage(RegisterPage, { register: wrong })
    await client.calls[0]?.reply()
    for (let round = 0; round < 2; round++) {
      await page.get('uni-button').trigger('click')
      await settle()
      expect(toUser(page).isFocused()).toBe(true)
      toUser(page).field().blur()
      await settle()
    }
    expect(client.calls).toHaveLength(1)
  })

  test('registration: a refusal draws a new picture and keeps the other fields', async () => {
    const sent: unknown[] = []
    const register = (form: object) => {
      sent.push({ ...form })
      return wrong()
    }
    const page = await mountPage(RegisterPage, { register })
    await client.calls[0]?.reply()
    const user = toUser(page)
    await user.type('abcd')
    await page.get('uni-button').trigger('click')
    await settle()
    expect(sent).toEqual([{ username: 'lily', captcha: 'abcd' }])
    expect(client.calls).toHaveLength(2)
    expect(page.vm.formData).toEqual({ username: 'lily', captcha: '' })
    expect(user.isFocused()).toBe(true)
  })

  test('login: appears with the focus when the server asks for it, draws anew without an argument', async () => {
    const page = await mountPage(PasswordLoginPage)
    await page.get('uni-button').trigger('click')
    await settle()
    await client.calls[0]?.reply()
    const user = toUser(page)
    expect(user.isFocused()).toBe(true)
    await user.type('abcd')
    user.field().blur()
    await page.get('uni-button').trigger('click')
    await settle()
    expect(client.calls.map((call) => call.scene)).toEqual(['login-by-pwd', 'login-by-pwd'])
    expect(page.vm.captcha).toBe('')
    expect(user.isFocused()).toBe(true)
  })

  test('SMS form: sends at the fourth character; a refusal draws anew and resets v-model in one go', async () => {
    const sent: string[] = []
    const send = (captcha: string) => {
      sent.push(captcha)
      return wrong()
    }
    const page = await mountPage(SmsForm, { focusCaptchaInput: true, send })
    await client.calls[0]?.reply({ maxLength: 4 })
    const user = toUser(page)
    expect(user.isFocused()).toBe(true)
    for (const typed of ['a', 'ab', 'abc', 'abcd']) await user.type(typed)
    expect(sent).toEqual(['abcd'])
    expect(client.calls).toHaveLength(2)
    await client.calls[1]?.reply({ maxLength: 4 })
    expect(page.vm.captcha).toBe('')
    expect(user.field().value).toBe('')
    await user.type('efgh')
    expect(sent).toEqual(['abcd', 'efgh'])
  })

  test('SMS login: the popup opens on the server’s word, confirms without close(), and the value is reset', async () => {
    const sent: string[] = []
    const login = (captcha: string) => {
      sent.push(captcha)
      return captcha === '' ? Promise.reject({ errCode: 'uni-id-captcha-required' }) : Promise.resolve()
    }
    const page = await mountPage(SmsLoginPage, { login })
    await page.get('uni-button').trigger('click')
    await settle()
    await client.calls[0]?.reply()
    const user = toUser(page)
    await user.type('abcd')
    await user.press(user.field(), 'Enter')
    expect(sent).toEqual(['', 'abcd'])
    expect(page.get<HTMLElement>('.uni-popup-captcha').element.style.display).toBe('none')
    expect(page.vm.captcha).toBe('')
  })
})
