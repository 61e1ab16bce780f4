import { describe, expect, test } from 'vitest'

import { captchaOn, countCalls } from './support/captcha-page'
import { readAnswer, wrongFor } from './support/codes'
import { host, useBrowserAndHost, visitor } from './support/setting'

import type { Page } from 'playwright-core'

useBrowserAndHost()

async function openRegister(page: Page = visitor.page) {
  await page.goto(`${host.url}/#/pages/register/register`)
  const captcha = captchaOn(page)
  await captcha.source()
  const [username, password] = [page.locator('input').nth(0), page.locator('input').nth(1)]
  await username.fill('lily')
  await password.fill('hunter2')
  return {
    captcha,
    username,
    password,
    status: page.locator('.form__status'),
    submit: () => page.locator('.form__submit').click(),
  }
}

const answer = () => readAnswer(host.dataDir, 'register')

describe('a person registers', () => {
  test('reads the picture, types it, and is in; nothing stands in the console', async () => {
    const { captcha, status, submit } = await openRegister()
    expect(await captcha.source()).toMatch(/^data:image\/png;base64,/)
    expect(await captcha.image.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0)
    await captcha.input.fill(answer())
    await submit()
    await expectText(status, '注册成功')
    expect(visitor.errors).toEqual([])
  })

  test('the picture takes as many characters as it shows, and its box is as large as the server says', async () => {
    const { captcha } = await openRegister()
    await captcha.input.fill('\u200b a \u2060bc d e')
    await expect.poll(() => captcha.input.inputValue()).toBe('abcd')
    const box = await captcha.picture.boundingBox()
    expect([box?.width, box?.height]).toEqual([150, 40])
  })

  test('Enter in the captcha submits, with the last key counted', async () => {
    const { captcha, status } = await openRegister()
    await captcha.input.focus()
    await visitor.page.keyboard.type(answer())
    await visitor.page.keyboard.press('Enter')
    await expectText(status, '注册成功')
  })

  test('a wrong answer says so, draws a new picture, focuses its empty input and keeps all else', async () => {
    const { captcha, username, password, status, submit } = await openRegister()
    const before = await captcha.source()
    await captcha.input.fill(wrongFor(answer()))
    await submit()
    await expectText(status, '验证码错误')
    await captcha.renewed(before)
    await expect.poll(() => captcha.input.inputValue()).toBe('')
    expect(await captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
    expect([await username.inputValue(), await password.inputValue()]).toEqual(['lily', 'hunter2'])
    await captcha.input.fill(answer())
    await submit()
    await expectText(status, '注册成功')
  })

  test('an answer that was used already does not pass again', async () => {
    const { captcha, status, submit } = await openRegister()
    const before = await captcha.source()
    await captcha.input.fill(answer())
    await submit()
    await expectText(status, '注册成功')
    await submit()
    await expectText(status, '验证码已失效')
    await captcha.renewed(before)
  })

  test('without an answer nothing is sent, and the input gets the focus', async () => {
    const { captcha, status, submit } = await openRegister()
    const verifications = countCalls(visitor.page, 'verify')
    await submit()
    await expectText(status, '请输入验证码')
    expect(await captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
    expect(verifications()).toBe(0)
  })
})

describe('a person wants another picture', () => {
  test('a tap draws it, and the old answer is worth nothing', async () => {
    const { captcha, status, submit } = await openRegister()
    const before = await captcha.source()
    const old = answer()
    await captcha.picture.click()
    await captcha.renewed(before)
    await captcha.input.fill(old)
    await submit()
    await expectText(status, '验证码已更换')
  })

  test('Enter and Space on the picture do the same as a tap', async () => {
    const { captcha, password } = await openRegister()
    for (const key of ['Enter', 'Space']) {
      const before = await captcha.source()
      await password.focus()
      await visitor.page.keyboard.press('Tab')
      expect(await captcha.refresh.evaluate((button) => button === document.activeElement)).toBe(true)
      await visitor.page.keyboard.press(key)
      await captcha.renewed(before)
    }
  })

  test('ten quick taps are two requests, and the picture on the screen is the valid one', async () => {
    const { captcha, status, submit } = await openRegister()
    const before = await captcha.source()
    const requests = countCalls(visitor.page, 'getImageCaptcha')
    const held: (() => void)[] = []
    await visitor.page.route('**/unicloud/client', async (route) => {
      if (held.length < 2) await new Promise<void>((resolve) => held.push(resolve))
      await route.continue()
    })
    for (let tap = 0; tap < 10; tap++) await captcha.picture.click()
    await expect.poll(() => held.length).toBe(1)
    expect(requests()).toBe(1)
    held[0]?.()
    await expect.poll(() => held.length).toBe(2)
    held[1]?.()
    await captcha.renewed(before)
    expect(requests()).toBe(2)
    await captcha.input.fill(answer())
    await submit()
    await expectText(status, '注册成功')
  })
})

describe('two tabs of one browser', () => {
  test('the older tab gets a new picture and keeps its other fields; the last drawn picture verifies', async () => {
    const older = await openRegister()
    const old = answer()
    const before = await older.captcha.source()
    const tab = await visitor.openTab()
    const newer = await openRegister(tab)
    await older.captcha.input.fill(old)
    await older.submit()
    await expectText(older.status, '验证码已更换')
    await older.captcha.renewed(before)
    expect(await older.username.inputValue()).toBe('lily')
    const voided = await newer.captcha.source()
    await newer.captcha.input.fill(wrongFor(answer()))
    await newer.submit()
    await expectText(newer.status, '验证码错误')
    await newer.captcha.renewed(voided)
    await newer.captcha.input.fill(answer())
    await newer.submit()
    await expectText(newer.status, '注册成功')
  })

  test('different scenes do not disturb each other', async () => {
    const { captcha, status, submit } = await openRegister()
    const right = answer()
    const tab = await visitor.openTab()
    await tab.goto(`${host.url}/#/pages/arithmetic/arithmetic`)
    await captchaOn(tab).source()
    await captcha.input.fill(right)
    await submit()
    await expectText(status, '注册成功')
  })
})

describe('the network', () => {
  test('is gone while loading: a retry is offered, and works when it is back', async () => {
    const { captcha } = await openRegister()
    await visitor.page.context().setOffline(true)
    await captcha.picture.click()
    await expectText(captcha.notice, '网络未连接，点击重试')
    expect(await captcha.image.count()).toBe(0)
    await visitor.page.context().setOffline(false)
    await captcha.picture.click()
    expect(await captcha.source()).toMatch(/^data:image/)
    expect(await captcha.notice.count()).toBe(0)
  })

  test('is gone while submitting: the message says so, nothing that was typed is lost, and a second try passes', async () => {
    const { captcha, status, submit } = await openRegister()
    const before = await captcha.source()
    const right = answer()
    await captcha.input.fill(right)
    await visitor.page.context().setOffline(true)
    await submit()
    await expectText(status, '网络不可用')
    expect(await captcha.input.inputValue()).toBe(right)
    expect(await captcha.source()).toBe(before)
    await visitor.page.context().setOffline(false)
    await submit()
    await expectText(status, '注册成功')
  })

  test('leads to a server that is down and comes up again: the captcha survives that', async () => {
    const { captcha, status, submit } = await openRegister()
    const right = answer()
    await host.stop()
    await captcha.input.fill(right)
    await submit()
    await expectText(status, '网络不可用')
    await host.restart()
    await submit()
    await expectText(status, '注册成功')
  })
})

async function expectText(locator: ReturnType<Page['locator']>, text: string): Promise<void> {
  await locator.filter({ hasText: text }).waitFor()
}
