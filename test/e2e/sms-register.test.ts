import { describe, expect, test } from 'vitest'

import { DESKTOP, PHONE, visit } from './support/browser'
import { countCalls } from './support/captcha-page'
import { readAnswer, wrongFor } from './support/codes'
import { browser, host, useBrowserAndHost, visitor } from './support/setting'
import { codeFor, freshMobile, messagesTo, smsCodeOn, wrongCodeFor } from './support/sms'

useBrowserAndHost(['--dev'])

async function openPage(page = visitor.page) {
  await page.goto(`${host.url}/#/pages/sms-register/sms-register`)
  const smsCode = smsCodeOn(page)
  await smsCode.send.waitFor()
  return {
    page,
    ...smsCode,
    panel: page.locator('.uni-popup-captcha__panel'),
    submit: () => page.locator('.form__submit').click(),
    pageSays: (text: string) => page.locator('.form__status').filter({ hasText: text }).waitFor(),
  }
}

describe('registering by SMS', () => {
  test('takes a captcha when the server asks, a code that is verified, and a ticket', async () => {
    const mobile = freshMobile()
    const { page, panel, captcha, askFor, answerCaptcha, says, enter, code, hasFocus, submit, pageSays, label, isOff } =
      await openPage()
    const [sends, pictures] = [countCalls(page, 'sendSmsCode'), countCalls(page, 'getImageCaptcha')]
    expect(await panel.isVisible()).toBe(false)
    await askFor(mobile)
    await panel.waitFor()
    await captcha.source()
    expect(pictures(), 'a picture is drawn only when one is asked for').toBe(1)
    expect(await label(), 'nothing counts down yet').toBe('获取验证码')
    await answerCaptcha(readAnswer(host.dataDir, 'register'))
    await says('验证码已发送')
    expect(sends()).toBe(2)
    expect(await panel.isVisible()).toBe(false)
    expect(await label()).toMatch(/^(60|5\d) 秒后重发$/)
    expect(await isOff()).toBe(true)
    await expect.poll(() => hasFocus(code)).toBe(true)

    await enter(await codeFor(host, mobile))
    await says('验证成功')
    await submit()
    await pageSays(`注册成功 ${mobile.slice(0, 3)}****${mobile.slice(-4)}`)
    await expect.poll(() => code.inputValue()).toBe('')
    await submit()
    await pageSays('请先验证手机号')
    expect(await messagesTo(host, mobile)).toHaveLength(1)
    expect(visitor.errors).toEqual([])
  })

  test('a wrong captcha gets a new picture, the words and the focus; the next answer sends', async () => {
    const mobile = freshMobile()
    const { page, captcha, askFor, answerCaptcha, says } = await openPage()
    await askFor(mobile)
    const before = await captcha.source()
    await answerCaptcha(wrongFor(readAnswer(host.dataDir, 'register')))
    await page.locator('[role=alert]').filter({ hasText: '验证码错误' }).waitFor()
    await captcha.renewed(before)
    await expect.poll(() => captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
    expect(await captcha.input.inputValue()).toBe('')
    expect(await messagesTo(host, mobile)).toEqual([])
    await answerCaptcha(readAnswer(host.dataDir, 'register'))
    await says('验证码已发送')
  })

  test('a malformed number is told without any request, with the focus in its field', async () => {
    const { page, askFor, says, mobile, hasFocus } = await openPage()
    const sends = countCalls(page, 'sendSmsCode')
    await askFor('12345')
    await says('请输入正确的手机号')
    await expect.poll(() => hasFocus(mobile)).toBe(true)
    expect(await mobile.getAttribute('aria-invalid')).toBe('true')
    expect(sends()).toBe(0)
  })

  test('a number that the server refuses is told before any captcha', async () => {
    const { askFor, says, panel, label } = await openPage()
    await askFor('12012345678')
    await says('手机号不正确')
    expect(await panel.isVisible()).toBe(false)
    expect(await label()).toBe('获取验证码')
  })

  test('a number that is registered already gets no message, and the captcha is spent', async () => {
    const { captcha, askFor, answerCaptcha, says, panel, label, send } = await openPage()
    await askFor('13800000000')
    const before = await captcha.source()
    await answerCaptcha(readAnswer(host.dataDir, 'register'))
    await says('该手机号已经被注册')
    expect(await panel.isVisible()).toBe(false)
    expect(await label()).toBe('获取验证码')
    expect(await messagesTo(host, '13800000000')).toEqual([])
    await send.click()
    await captcha.renewed(before)
  })

  test('a wrong code is told, the field is empty and has the focus, and the right code passes', async () => {
    const mobile = freshMobile()
    const { receive, enter, says, code, hasFocus } = await openPage()
    const right = await receive(host, mobile, 'register')
    await enter(wrongCodeFor(right))
    await says('验证码错误或已过期')
    await expect.poll(() => code.inputValue()).toBe('')
    await expect.poll(() => hasFocus(code)).toBe(true)
    await enter(right)
    await says('验证成功')
  })

  test('a whole message can be pasted', async () => {
    const { page, receive, says, code } = await openPage()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: host.url })
    const right = await receive(host, freshMobile(), 'register')
    await page.evaluate((text) => navigator.clipboard.writeText(text), `【某某】您的验证码是:${right},5分钟内有效`)
    await code.focus()
    await page.keyboard.press('Control+V')
    await says('验证成功')
    await expect.poll(() => code.inputValue()).toBe(right)
    expect(await code.getAttribute('autocomplete')).toBe('one-time-code')
  })

  test('a number that was changed after its code was verified is not registered', async () => {
    const { receive, enter, says, submit, pageSays, mobile } = await openPage()
    await enter(await receive(host, freshMobile(), 'register'))
    await says('验证成功')
    await mobile.fill(freshMobile())
    await expect.poll(() => visitor.page.locator('.uni-sms-code__message').innerText()).toBe('')
    await submit()
    await pageSays('请先验证手机号')
  })
})

describe('the countdown', () => {
  test('goes on after a reload and in a second tab, and the server holds to it anyway', async () => {
    const mobile = freshMobile()
    const first = await openPage()
    const second = await openPage(await visitor.openTab())
    await second.mobile.fill(mobile)
    await first.receive(host, mobile, 'register')
    await expect.poll(() => second.label()).toMatch(/^\d\d 秒后重发$/)
    expect(await second.isOff()).toBe(true)
    await first.page.reload()
    const again = smsCodeOn(first.page)
    await expect.poll(() => again.label()).toMatch(/^\d\d 秒后重发$/)
    const stored = await first.page.evaluate(() => JSON.stringify({ ...localStorage }))
    expect(stored).toContain('uni-sms-code:register')
    expect(stored).not.toContain(mobile)

    const stranger = await visit(browser)
    try {
      const elsewhere = await openPage(stranger.page)
      await elsewhere.askFor(mobile)
      await elsewhere.says('操作过于频繁')
      expect(await elsewhere.panel.isVisible(), 'limits are looked at before any captcha').toBe(false)
      expect(await elsewhere.label()).toMatch(/^\d\d 秒后重发$/)
    } finally {
      await stranger.close()
    }
    expect(await messagesTo(host, mobile)).toHaveLength(1)
  })

  test('ends with another code on offer', async () => {
    const { page } = visitor
    await page.clock.install()
    const { receive, label, isOff } = await openPage()
    await receive(host, freshMobile(), 'register')
    await page.clock.fastForward(61_000)
    await expect.poll(label).toBe('重新获取')
    expect(await isOff()).toBe(false)
  })
})

describe('the development page', () => {
  test('is linked from the form, and shows the code', async () => {
    const { page, receive } = await openPage()
    const code = await receive(host, freshMobile(), 'register')
    const opened = page.context().waitForEvent('page')
    await page.locator('[role=link]').click()
    const codes = await opened
    await codes.getByText(code).waitFor()
    expect(codes.url()).toBe(`${host.url}/development/sms`)
  })
})

describe.each([
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
])('on %s', (_what, viewport) => {
  test('the form does not scroll sideways, also while it counts down', async () => {
    await visitor.page.setViewportSize(viewport)
    const { page, receive } = await openPage()
    await receive(host, freshMobile(), 'register')
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    expect(visitor.errors).toEqual([])
  })
})
