// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://sms-weixin.test/" }
// An address of its own gives the file a process of its own: the engine boots one application in each.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { ProviderServer } from '../contract/support/provider-server'
import { readAnswer, wrongFor } from './support/codes'
import { startHostProcess, type HostProcess } from './support/host-process'
import { codeFor, freshMobile } from './support/sms'
import { bootMiniProgram, findNode, type SimulatedNode } from './support/weixin'

const APP_ID = 'wx0123456789abcdef'
let host: HostProcess
let wechat: ProviderServer
let phone: ReturnType<typeof bootMiniProgram>
let page: SimulatedNode

beforeAll(async () => {
  wechat = await ProviderServer.open()
  host = await startHostProcess(['--dev'], {
    UNI_SMS_CODE_WECHAT_APP_ID: APP_ID,
    UNI_SMS_CODE_WECHAT_APP_SECRET: 'secret-of-the-mini-program',
    UNI_SMS_CODE_WECHAT_ENDPOINT: wechat.endpoint,
  })
  phone = bootMiniProgram(host.url)
})
afterAll(async () => {
  await host?.dispose()
  await wechat?.close()
})
afterEach(() => {
  page.detach()
  wechat.next.length = 0
})

const calls = (method: string) => phone.requests.filter((body) => body.includes(`\\"method\\":\\"${method}\\"`)).length

function openPage(name: string) {
  page = phone.openPage(name)
  const component = () => findNode(page, '.r')
  const part = (what: string) => findNode(component(), `.uni-sms-code__${what}`)
  const popup = () => findNode(component(), '.r')
  const captcha = (what: string) => findNode(findNode(popup(), '.r'), `.uni-captcha__${what}`)
  return {
    part,
    label: () => part('send').dom.textContent,
    message: () => part('message').dom.textContent,
    input: (field: 'mobile' | 'code') => part(field).data,
    type: (field: 'mobile' | 'code', value: string) => part(field).dispatchEvent('input', { detail: { value } }),
    press: () => part('send').dispatchEvent('tap'),
    givePhoneNumber: (detail: object) => part('quick').dispatchEvent('getphonenumber', { detail }),
    isAsking: () => findNode(popup(), '.uni-popup-captcha').dom.style.display !== 'none',
    popupText: () => popup().dom.textContent,
    source: () => String(findNode(popup(), '.r').querySelector('.uni-captcha__image')?.data['src'] ?? ''),
    answerCaptcha: (value: string) => captcha('input').dispatchEvent('confirm', { detail: { value } }),
    submit: () => findNode(page, '.form__submit').dispatchEvent('tap'),
    says: (text: string) => expect.poll(() => page.dom.textContent).toContain(text),
  }
}

describe('registering by SMS in WeChat', () => {
  test('asks for the captcha, counts down after the server has sent, verifies and registers', async () => {
    const mobile = freshMobile()
    const form = openPage('sms-register')
    expect(form.label()).toBe('获取验证码')
    expect(form.input('code')).toMatchObject({ placeholder: '请输入短信验证码', value: '' })
    form.type('mobile', mobile)
    form.press()
    await expect.poll(form.isAsking).toBe(true)
    await expect.poll(form.source).toMatch(/^data:image\/png;base64,/)
    expect(form.label()).toBe('获取验证码')
    const before = form.source()
    form.answerCaptcha(wrongFor(readAnswer(host.dataDir, 'register')))
    await expect.poll(form.popupText).toContain('验证码错误')
    await expect.poll(form.source).not.toBe(before)
    await expect.poll(form.source).toMatch(/^data:image/)
    form.answerCaptcha(readAnswer(host.dataDir, 'register'))
    await expect.poll(form.message).toBe('验证码已发送')
    expect(form.isAsking()).toBe(false)
    expect(form.label()).toMatch(/^(60|5\d) 秒后重发$/)
    await expect.poll(() => form.input('code')['focus']).toBe(true)
    form.press()
    form.type('code', await codeFor(host, mobile))
    await expect.poll(form.message).toBe('验证成功')
    form.submit()
    await form.says(`注册成功 ${mobile.slice(0, 3)}****`)
    expect(calls('sendSmsCode')).toBe(3)
  })

  test('keeps the countdown when the page is opened again', async () => {
    const form = openPage('sms-register')
    expect(form.label()).toMatch(/^\d\d 秒后重发$/)
  })

  test('says that a number is wrong, with the focus in its field', async () => {
    const form = openPage('sms-login')
    form.type('mobile', '123')
    form.press()
    await expect.poll(form.message).toBe('请输入正确的手机号')
    await expect.poll(() => form.input('mobile')['focus']).toBe(true)
  })
})

describe('WeChat’s phone-number quick verification', () => {
  const token = { json: { access_token: 'a-token', expires_in: 7200 } }
  const number = (mobile: string) => {
    const watermark = { timestamp: 1, appid: APP_ID }
    const info = { phoneNumber: `+86${mobile}`, purePhoneNumber: mobile, countryCode: '86', watermark }
    return { json: { errcode: 0, errmsg: 'ok', phone_info: info } }
  }

  test('is a button of WeChat’s own beside the SMS, and gives a ticket without any message', async () => {
    const mobile = freshMobile()
    const form = openPage('sms-register')
    expect(form.part('quick').dom.textContent).toContain('微信手机号快速验证')
    wechat.next.push(token, number(mobile))
    form.givePhoneNumber({ code: 'a-code', errMsg: 'getPhoneNumber:ok' })
    await expect.poll(form.message).toBe('验证成功')
    expect(JSON.parse(wechat.last.body)).toEqual({ code: 'a-code' })
    form.submit()
    await form.says(`注册成功 ${mobile.slice(0, 3)}****${mobile.slice(-4)}`)
  })

  test('signs in at once on the login page', async () => {
    const mobile = freshMobile()
    const form = openPage('sms-login')
    wechat.next.push(number(mobile))
    form.givePhoneNumber({ code: 'another-code' })
    await form.says(`登录成功 ${mobile.slice(0, 3)}****${mobile.slice(-4)}`)
  })

  test('that WeChat refuses is told, and the SMS is still there', async () => {
    const form = openPage('sms-login')
    wechat.next.push({ json: { errcode: 40029, errmsg: 'invalid code' } })
    form.givePhoneNumber({ code: 'used' })
    await expect.poll(form.message).toBe('获取手机号失败，请重试或使用短信验证码')
  })

  test('that the user declines changes nothing; one without quota says that an SMS will do', async () => {
    const form = openPage('sms-login')
    const asked = calls('getPhoneNumber')
    form.givePhoneNumber({ errMsg: 'getPhoneNumber:fail user deny' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(form.message()).toBe('')
    form.givePhoneNumber({ errMsg: 'getPhoneNumber:fail', errno: 1400001 })
    await expect.poll(form.message).toBe('微信手机号验证暂不可用，请使用短信验证码')
    expect(calls('getPhoneNumber')).toBe(asked)
  })
})
