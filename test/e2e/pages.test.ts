import { describe, expect, test } from 'vitest'

import { PAGE_PATHS } from './support/app-pages'
import { DESKTOP, overflowing, PHONE, PIXEL_RATIOS, visit } from './support/browser'
import { captchaOn, countCalls } from './support/captcha-page'
import { readCodes, readAnswer, wrongFor } from './support/codes'
import { browser, host, useBrowserAndHost, visitor } from './support/setting'
import { readCells, tapCaptchaOn } from './support/taps'

import type { Page } from 'playwright-core'

useBrowserAndHost()

async function open(name: string) {
  await visitor.page.goto(`${host.url}/#/pages/${name}/${name}`)
  const captcha = captchaOn(visitor.page)
  await captcha.source()
  return {
    captcha,
    says: (text: string) => visitor.page.locator('.form__status').filter({ hasText: text }).waitFor(),
    submit: () => visitor.page.locator('.form__submit').click(),
  }
}

describe('the arithmetic page', () => {
  test('passes with the result of the sum', async () => {
    const { captcha, says, submit } = await open('arithmetic')
    const answer = readAnswer(host.dataDir, 'arithmetic')
    expect(answer).toMatch(/^\d{1,2}$/)
    await expect.poll(() => captcha.input.getAttribute('inputmode')).toBe('numeric')
    expect(await visitor.page.locator('.uni-captcha__placeholder').textContent()).toBe('请输入计算结果')
    await captcha.input.fill('123')
    await expect.poll(() => captcha.input.inputValue()).toBe('12')
    await captcha.input.fill(answer)
    await submit()
    await says('验证通过')
  })

  test('one mistake spends the sum: a new one comes, and its result passes', async () => {
    const { captcha, says, submit } = await open('arithmetic')
    const before = await captcha.source()
    const spent = readAnswer(host.dataDir, 'arithmetic')
    await captcha.input.fill(spent === '1' ? '2' : '1')
    await submit()
    await says('验证码错误')
    await captcha.renewed(before)
    await captcha.input.fill(readAnswer(host.dataDir, 'arithmetic'))
    await submit()
    await says('验证通过')
  })
})

describe('the page with a picture to tap on', () => {
  async function openTap(page: Page = visitor.page) {
    await page.goto(`${host.url}/#/pages/tap/tap`)
    const captcha = tapCaptchaOn(page, '.tap__form')
    await captcha.source()
    return {
      page,
      captcha,
      submit: () => page.locator('.tap__form .form__submit').click(),
      says: (text: string) => page.locator('.form__status').filter({ hasText: text }).waitFor(),
    }
  }

  /** A point of the picture as it is drawn: off the middle of the cell, where the character still is. */
  async function pointIn(image: ReturnType<typeof tapCaptchaOn>['image'], cell: number) {
    await image.scrollIntoViewIfNeeded()
    const { x, y, width } = (await image.boundingBox())!
    const px = width / 300
    return [x + (((cell - 1) % 4) * 75 + 55) * px, y + (50 + Math.floor((cell - 1) / 4) * 75 + 18) * px] as const
  }

  test.each([1, 2])('passes by fingers on a screen of pixel ratio %f', async (pixelRatio) => {
    const phone = await visit(browser, PHONE, 'zh-CN', pixelRatio, true)
    const { page, captcha, submit, says } = await openTap(phone.page)
    const cells = readCells(host.dataDir, 'tap')
    for (const cell of cells) await page.touchscreen.tap(...(await pointIn(captcha.image, cell)))
    expect(await captcha.marked()).toEqual(cells)
    expect(await captcha.words.innerText()).toBe('已选 4/4')
    await submit()
    await says('验证通过')
    expect(phone.errors).toEqual([])
    await phone.close()
  })

  test.each([
    ['200 % zoom', DESKTOP, 'zoom: 2'],
    ['words of twice the size', PHONE, '--uni-captcha-font-size: 32px'],
  ])('passes by a mouse at %s, without scrolling sideways', async (_what, viewport, style) => {
    await visitor.page.setViewportSize(viewport)
    const { page, captcha, submit, says } = await openTap()
    await page.evaluate((text) => document.documentElement.setAttribute('style', text), style)
    expect(await overflowing(page)).toEqual([])
    const cells = readCells(host.dataDir, 'tap')
    for (const cell of cells) await page.mouse.click(...(await pointIn(captcha.image, cell)))
    expect(await captcha.marked()).toEqual(cells)
    await submit()
    await says('验证通过')
  })

  test('asks for another picture after a wrong answer, without marks and with the focus on it', async () => {
    const { page, captcha, submit, says } = await openTap()
    const before = await captcha.source()
    for (const target of [captcha.cell(1), captcha.undo, captcha.renew]) {
      const { width, height } = (await target.boundingBox())!
      expect(Math.min(width, height), 'large enough for a finger').toBeGreaterThanOrEqual(44)
    }
    const { x, y } = (await captcha.image.boundingBox())!
    await page.mouse.click(x + 40, y + 20)
    expect(await captcha.marked(), 'the strip is not tapped on').toEqual([])
    const [first = 0, second = 0, ...others] = readCells(host.dataDir, 'tap')
    for (const cell of [second, first, ...others]) await captcha.cell(cell).click()
    await submit()
    await says('验证码错误')
    await expect.poll(() => captcha.image.getAttribute('src')).not.toBe(before)
    await captcha.source()
    expect(await captcha.marked()).toEqual([])
    await expect.poll(() => captcha.field.evaluate((field) => field === document.activeElement)).toBe(true)
    for (const cell of readCells(host.dataDir, 'tap')) await captcha.cell(cell).click()
    await submit()
    await says('验证通过')
  })

  test('passes in the popup by its button, after a character too few', async () => {
    const { page, says } = await openTap()
    await page.setViewportSize({ width: 320, height: 568 })
    await page.locator('.tap__open').click()
    const popup = tapCaptchaOn(page, '.uni-popup-captcha')
    await popup.source()
    expect(await overflowing(page)).toEqual([])
    const cells = readCells(host.dataDir, 'tap')
    for (const cell of cells.slice(1)) await page.mouse.click(...(await pointIn(popup.image, cell)))
    const confirm = page.locator('.uni-popup-captcha__button--main')
    await confirm.click()
    expect(await page.locator('.uni-popup-captcha__hint').innerText()).toBe('依次点击上方的四个字符')
    for (let undone = 0; undone < 3; undone++) await popup.undo.click()
    for (const cell of cells) await page.mouse.click(...(await pointIn(popup.image, cell)))
    await confirm.click()
    await says('验证通过')
    expect(visitor.errors).toEqual([])
  })
})

describe('the page whose pictures expire', () => {
  const expired = () => visitor.page.locator('.uni-captcha__notice').filter({ hasText: '已过期' }).waitFor()
  const expiredOnServer = () =>
    expect.poll(() => readCodes(host.dataDir, 'short').every((row) => row.expired_date <= Date.now())).toBe(true)

  test('an expired answer does not pass, and a new picture comes', async () => {
    const { captcha, says, submit } = await open('expiry')
    const before = await captcha.source()
    await captcha.input.fill(readAnswer(host.dataDir, 'short'))
    await expired()
    // The page counts from when it asked, the server from when it drew: a moment later.
    await expiredOnServer()
    await submit()
    await says('验证码已过期')
    await captcha.renewed(before)
  })

  test('coming back to the input renews an expired picture, and the new one passes', async () => {
    const { captcha, submit } = await open('expiry')
    const before = await captcha.source()
    const requests = countCalls(visitor.page, 'getImageCaptcha')
    await expired()
    expect(requests(), 'nothing is asked for while the page is hidden').toBe(0)
    await captcha.input.click()
    await captcha.renewed(before)
    expect(requests()).toBe(1)
    // It lives for five seconds, too: a busy machine may need one more.
    const answer = async () => {
      await captcha.source()
      await captcha.input.fill(readAnswer(host.dataDir, 'short'))
      await submit()
      return visitor.page.locator('.form__status').textContent()
    }
    await expect.poll(answer, { timeout: 60_000, interval: 300 }).toBe('验证通过')
  })

  test('coming back from another page renews it, too', async () => {
    await visitor.page.goto(`${host.url}/`)
    await visitor.page.locator('uni-navigator').filter({ hasText: '过期自动更换' }).click()
    const captcha = captchaOn(visitor.page, 'uni-page:last-child')
    const before = await captcha.source()
    await visitor.page.evaluate(() => (location.hash = '#/pages/arithmetic/arithmetic'))
    await captchaOn(visitor.page, 'uni-page:last-child').source()
    await expiredOnServer()
    await visitor.page.goBack()
    await captcha.renewed(before)
  })
})

describe('forms', () => {
  test.each([
    ['register', 'new-password'],
    ['login', 'current-password'],
  ])('of the page %s are forms that password managers know', async (name, password) => {
    const { page } = visitor
    await page.goto(`${host.url}/#/pages/${name}/${name}`)
    const fields = page.locator('form input')
    await fields.first().waitFor()
    await expect.poll(() => fields.nth(0).getAttribute('autocomplete')).toBe('username')
    await expect.poll(() => fields.nth(1).getAttribute('autocomplete')).toBe(password)
    expect(await fields.nth(1).getAttribute('type')).toBe('password')
  })

  test('say below a field what is missing in it, one field at a time', async () => {
    const { page } = visitor
    await page.goto(`${host.url}/#/pages/register/register`)
    const said = page.locator('.form__field').filter({ has: page.locator('.form__status--error') })
    await page.locator('.form__submit').click()
    await said.filter({ hasText: '请输入用户名' }).waitFor()
    expect(await said.count()).toBe(1)
    await page.locator('input').nth(0).fill('lily')
    await page.locator('.form__submit').click()
    await said.filter({ hasText: '请输入密码' }).waitFor()
    expect(await said.count()).toBe(1)
  })
})

describe('the first paint', () => {
  test('shows the frame of the page while the scripts are on their way, and has the font of the page in its header', async () => {
    const { page } = visitor
    await page.route('**/*.js', () => {})
    await page.goto(`${host.url}/`, { waitUntil: 'commit' })
    await page.locator('.first-paint').waitFor()
    // Lets go what is held.
    await page.unroute('**/*.js')
    await page.locator('.shell__title').waitFor()
    expect(await page.locator('.first-paint').count()).toBe(0)
    const fonts = await page.evaluate(() =>
      ['uni-page-head', 'uni-page-body'].map((tag) => getComputedStyle(document.querySelector(tag)!).fontFamily),
    )
    expect(fonts[0]).toBe(fonts[1])
  })

  test('comes compressed', async () => {
    const { page } = visitor
    const script = page.waitForResponse((response) => /assets\/index-.*\.js$/.test(response.url()))
    await page.goto(`${host.url}/`)
    await page.locator('.shell__title').waitFor()
    expect(await (await script).headerValue('content-encoding')).toBe('br')
  })
})

describe('the language', () => {
  test('is English in an English browser', async () => {
    const english = await visit(browser, PHONE, 'en-GB')
    await english.page.goto(`${host.url}/#/pages/register/register`)
    await english.page.getByText('Create an account').waitFor()
    await expect.poll(() => english.page.locator('.uni-captcha__placeholder').textContent()).toBe('Enter code')
    await english.close()
  })

  test('is Chinese until the person switches it, in the page, the component and the messages of the server', async () => {
    const { captcha, says, submit } = await open('register')
    const placeholder = visitor.page.locator('.uni-captcha__placeholder')
    expect(await placeholder.textContent()).toBe('请输入验证码')
    await visitor.page.locator('.shell__language').click()
    await visitor.page.getByText('Create an account').waitFor()
    await expect.poll(() => placeholder.textContent()).toBe('Enter code')
    await expect.poll(() => captcha.input.getAttribute('aria-label')).toBe('Captcha')
    expect(await visitor.page.title()).toBe('Registration form')
    await visitor.page.locator('input').nth(0).fill('lily')
    await visitor.page.locator('input').nth(1).fill('hunter2')
    await captcha.input.fill(wrongFor(readAnswer(host.dataDir, 'register')))
    await submit()
    await says('Incorrect captcha')
    await visitor.page.reload()
    await visitor.page.getByText('Create an account').waitFor()
  })
})

describe('every page', () => {
  // The administration is off on this host, and has tests of its own.
  const PAGES = PAGE_PATHS.filter((path) => path !== 'pages/admin/admin')

  test.each(
    PIXEL_RATIOS.flatMap((pixelRatio) => [
      ['a phone', pixelRatio, PHONE] as const,
      ['a desktop', pixelRatio, DESKTOP] as const,
    ]),
  )(
    'fits %s of pixel ratio %f without scrolling sideways, leaves the console empty and asks no other server',
    async (_what, pixelRatio, viewport) => {
      const visitor = await visit(browser, viewport, 'zh-CN', pixelRatio)
      const elsewhere: string[] = []
      visitor.page.on('request', (request) => {
        if (![host.url, 'data:'].some((own) => request.url().startsWith(own))) elsewhere.push(request.url())
      })
      for (const path of PAGES) {
        await visitor.page.goto(`${host.url}/#/${path}`)
        await visitor.page.locator('.shell__title').waitFor()
        await visitor.page.waitForLoadState('networkidle')
        expect(await overflowing(visitor.page), path).toEqual([])
        // uni's style has an animation that fetches a picture from its maker's server after three seconds.
        const later = await visitor.page.evaluate(() => getComputedStyle(document.body, '::after').animationName)
        expect(later, path).toBe('none')
      }
      expect(visitor.errors).toEqual([])
      expect(elsewhere).toEqual([])
      await visitor.close()
    },
  )

  test('can be reached from the first, also by keyboard', async () => {
    await visitor.page.goto(`${host.url}/`)
    await visitor.page.getByText('算术验证码').click()
    await visitor.page.getByText('计算图中算式，答错自动换题。').waitFor()
    await visitor.page.goto(`${host.url}/`)
    await visitor.page.locator('[role=link]').focus()
    await visitor.page.keyboard.press('Enter')
    await visitor.page.waitForURL('**/examples/web/')
  })
})
