import { describe, expect, test } from 'vitest'

import { captchaOn, countCalls } from './support/captcha-page'
import { readAnswer, wrongFor } from './support/codes'
import { host, useBrowserAndHost, visitor } from './support/setting'

useBrowserAndHost()

async function popupPage() {
  const { page } = visitor
  await page.goto(`${host.url}/#/pages/popup/popup`)
  const opener = page.locator('.form__submit')
  await opener.waitFor()
  const captcha = captchaOn(page, '.uni-popup-captcha')
  return {
    page,
    captcha,
    panel: page.locator('.uni-popup-captcha__panel'),
    button: (label: string) => page.locator('.uni-popup-captcha__button').filter({ hasText: label }),
    open: async () => {
      await opener.click()
      await captcha.source()
      await captcha.focused()
    },
    /** what uni or its client puts on the screen: a toast for an answer, a dialog for an error */
    says: (text: string) => page.locator('uni-toast, uni-modal').filter({ hasText: text }).waitFor(),
  }
}

const answer = () => readAnswer(host.dataDir, 'test')

describe('the popup example of the documentation', () => {
  test('asks for nothing until it opens, then shows a picture and has the focus in its input', async () => {
    const requests = countCalls(visitor.page, 'getImageCaptcha')
    const { open, captcha, panel } = await popupPage()
    expect(requests()).toBe(0)
    expect(await panel.isVisible()).toBe(false)
    await open()
    expect(requests()).toBe(1)
    expect(await panel.isVisible()).toBe(true)
    await expect.poll(() => captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
    expect(visitor.errors).toEqual([])
  })

  test('a right answer closes it and passes', async () => {
    const { open, captcha, button, panel, says } = await popupPage()
    await open()
    await captcha.input.fill(answer())
    await button('确定').click()
    await says('验证通过')
    expect(await panel.isVisible()).toBe(false)
    expect(visitor.errors).toEqual([])
  })

  test('a wrong answer is told, and opening it again starts with a fresh picture and an empty input', async () => {
    const { open, captcha, button, says, page } = await popupPage()
    await open()
    const before = await captcha.source()
    await captcha.input.fill(wrongFor(answer()))
    await button('确定').click()
    await says('验证码错误')
    await page.locator('.uni-modal__btn_primary').click()
    await open()
    await captcha.renewed(before)
    await expect.poll(() => captcha.input.inputValue()).toBe('')
    await captcha.input.fill(answer())
    await button('确定').click()
    await says('验证通过')
  })

  test('Enter in the input confirms, all that was typed counts', async () => {
    const { open, page, says } = await popupPage()
    await open()
    await page.keyboard.type(answer())
    await page.keyboard.press('Enter')
    await says('验证通过')
  })

  test('nothing entered is told, and the popup stays', async () => {
    const { open, button, page, panel, captcha } = await popupPage()
    const verifications = countCalls(page, 'verify')
    await open()
    await button('确定').click()
    await page.locator('.uni-popup-captcha__hint').filter({ hasText: '请输入验证码' }).waitFor()
    await page.keyboard.press('Enter')
    expect(await panel.isVisible()).toBe(true)
    await expect.poll(() => captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
    expect(verifications()).toBe(0)
  })

  test.each(['button', 'mask', 'Escape'])('the %s leaves without an answer', async (way) => {
    const { open, button, page, panel } = await popupPage()
    const verifications = countCalls(page, 'verify')
    await open()
    await page.keyboard.type('abcd')
    if (way === 'button') await button('取消').click()
    else if (way === 'Escape') await page.keyboard.press('Escape')
    else await page.locator('.uni-popup-captcha__mask').click({ position: { x: 10, y: 200 } })
    await panel.waitFor({ state: 'hidden' })
    expect(verifications()).toBe(0)
    expect(visitor.errors).toEqual([])
  })

  test('its buttons work from the keyboard', async () => {
    const { open, page, panel, captcha, says } = await popupPage()
    await open()
    await captcha.input.fill(answer())
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await panel.waitFor({ state: 'hidden' })
    await says('验证通过')
  })
})

describe('going back in the browser', () => {
  test('closes the popup first, and leaves the page the next time', async () => {
    const { page } = visitor
    await page.goto(`${host.url}/`)
    await page.locator('uni-navigator').filter({ hasText: '兼容 DCloud 的弹窗' }).click()
    const panel = page.locator('uni-page:last-child .uni-popup-captcha__panel')
    await page.locator('uni-page:last-child .form__submit').click()
    await panel.waitFor()
    await page.evaluate(() => history.back())
    await panel.waitFor({ state: 'hidden' })
    expect(page.url()).toContain('pages/popup/popup')
    await page.evaluate(() => history.back())
    await page.waitForURL((url) => !url.hash.includes('popup'))
    expect(visitor.errors).toEqual([])
  })
})

describe('the popup', () => {
  test('keeps its size and the widths of its buttons, whatever it says', async () => {
    const { open, button, page, panel } = await popupPage()
    await open()
    // The opening moves it.
    await panel.evaluate((element) => Promise.all(element.getAnimations().map(({ finished }) => finished)))
    const sizes = async () => ({
      panel: await panel.boundingBox(),
      widths: await page
        .locator('.uni-popup-captcha__button')
        .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().width))),
    })
    const before = await sizes()
    expect(before.widths[0]).toBe(before.widths[1])
    await button('确定').click()
    await page.locator('.uni-popup-captcha__hint').waitFor()
    expect(await sizes()).toEqual(before)
  })

  test('moves in, unless the person wants less motion', async () => {
    const { open, panel, page } = await popupPage()
    const animation = () => panel.evaluate((element) => getComputedStyle(element).animationName)
    await open()
    // The build gives it a name of its own.
    expect(await animation()).toMatch(/^uni-popup-captcha-rise/)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await animation()).toBe('none')
  })
})

describe('the page that asks when calls are frequent', () => {
  test('lets two through, then asks, and goes on by itself with the right answer', async () => {
    const { page } = visitor
    await page.goto(`${host.url}/#/pages/frequent/frequent`)
    const captcha = captchaOn(page, '.uni-popup-captcha')
    const claim = () => page.locator('.form__submit').click()
    const says = (text: string) => page.locator('.form__status').filter({ hasText: text }).waitFor()
    for (const count of [1, 2]) {
      await claim()
      await says(`已领取 ${count} 张`)
      expect(await page.locator('.uni-popup-captcha__panel').isVisible()).toBe(false)
    }
    await claim()
    await captcha.source()
    await captcha.input.fill(readAnswer(host.dataDir, 'claim'))
    await page.keyboard.press('Enter')
    await says('已领取 3 张')
    expect(visitor.errors).toEqual([])
  })
})
