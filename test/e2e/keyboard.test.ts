import { describe, expect, test } from 'vitest'

import { captchaOn, countCalls } from './support/captcha-page'
import { readAnswer } from './support/codes'
import { host, useBrowserAndHost, visitor } from './support/setting'
import { readCells, tapCaptchaOn } from './support/taps'

useBrowserAndHost()

const keys = () => visitor.page.keyboard

/** What has the focus, as a screen reader would say it. */
function focused(): Promise<string> {
  return visitor.page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return 'nothing'
    const role = element.getAttribute('role') ?? element.tagName.toLowerCase()
    return `${role} ${element.getAttribute('aria-label') ?? element.textContent?.trim() ?? ''}`.trim()
  })
}

/** Presses Tab until something of that name has the focus: for some time, since a page that was just opened is empty. */
async function tabTo(name: string): Promise<void> {
  const end = Date.now() + 20_000
  for (let press = 0; press < 20 || Date.now() < end; press++) {
    if ((await focused()).includes(name)) return
    await keys().press('Tab')
  }
  throw new Error(`Tab does not reach ${name}; it is on ${await focused()}`)
}

/** Follows Tab through the page once: names in order, each with whether a person sees that it is there. */
async function stops(most: number): Promise<{ name: string; isSeen: boolean }[]> {
  const found: { name: string; isSeen: boolean }[] = []
  for (let press = 0; press < most; press++) {
    await keys().press('Tab')
    const isSeen = await visitor.page.evaluate(() => {
      const element = document.activeElement
      const shown = element?.closest('uni-input') ?? element
      return Boolean(shown) && getComputedStyle(shown as Element).outlineStyle !== 'none'
    })
    found.push({ name: await focused(), isSeen })
  }
  return found
}

describe('without a mouse', () => {
  test('a person goes from the first page to the form, asks for another picture, and registers', async () => {
    const { page } = visitor
    await page.goto(`${host.url}/`)
    await page.locator('.shell__title').waitFor()
    await tabTo('注册表单')
    await keys().press('Enter')
    const captcha = captchaOn(page, 'uni-page:last-child')
    const before = await captcha.source()
    await tabTo('用户名')
    await keys().type('lily')
    await tabTo('密码')
    await keys().type('hunter2')
    await tabTo('换一张')
    await keys().press('Space')
    await captcha.renewed(before)
    expect(await focused(), 'ready to type').toBe('input 验证码')
    await keys().type(readAnswer(host.dataDir, 'register'))
    await tabTo('button 注册')
    await keys().press('Space')
    await page.getByText('注册成功').waitFor()
    await tabTo('返回')
    await keys().press('Enter')
    await page.getByText('弹出式验证码').waitFor()
    expect(visitor.errors).toEqual([])
  })

  test('Enter in the captcha submits the form', async () => {
    await visitor.page.goto(`${host.url}/#/pages/arithmetic/arithmetic`)
    await captchaOn(visitor.page).source()
    await tabTo('验证码')
    await keys().type(readAnswer(host.dataDir, 'arithmetic'))
    await keys().press('Enter')
    await visitor.page.getByText('验证通过').waitFor()
  })

  test('digits choose the characters of a picture, Backspace takes one back, and Enter submits', async () => {
    const { page } = visitor
    await page.goto(`${host.url}/#/pages/tap/tap`)
    const captcha = tapCaptchaOn(page, '.tap__form')
    await captcha.source()
    const numbers = captcha.field.locator('.uni-captcha__tap-key')
    expect(await numbers.first().isVisible()).toBe(false)
    await tabTo('group 图形验证码：依次点击上方的四个字符')
    expect(await numbers.allInnerTexts()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
    expect(await numbers.first().isVisible()).toBe(true)
    const cells = readCells(host.dataDir, 'tap')
    const wrong = [1, 2, 3, 4, 5, 6, 7, 8].find((cell) => !cells.includes(cell))
    await keys().press(`Digit${wrong}`)
    await keys().press('Backspace')
    for (const cell of cells) await keys().press(`Digit${cell}`)
    expect(await captcha.marked()).toEqual(cells)
    expect(await page.locator('.tap__form .uni-captcha__status').textContent()).toBe('已选 4/4')
    await keys().press('Escape')
    expect(await focused()).toBe('nothing')
    await captcha.field.focus()
    await keys().press('Enter')
    await page.getByText('验证通过').waitFor()
    expect(visitor.errors).toEqual([])
  })

  test('a failed load is tried again', async () => {
    const { page } = visitor
    await page.route('**/unicloud/client', (route) => route.abort())
    await page.goto(`${host.url}/#/pages/register/register`)
    await page.getByText('加载失败').first().waitFor()
    await page.unroute('**/unicloud/client')
    await tabTo('重试')
    await keys().press('Enter')
    expect(await captchaOn(page).source()).toMatch(/^data:image/)
  })

  test('the language is switched', async () => {
    const { page } = visitor
    await page.goto(`${host.url}/#/pages/register/register`)
    await tabTo('button English')
    await keys().press('Enter')
    await page.getByText('Create an account').waitFor()
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
  })

  test('every stop of a form is seen, in the order of the page, and Tab leaves it again', async () => {
    await visitor.page.goto(`${host.url}/#/pages/register/register`)
    await captchaOn(visitor.page).source()
    const form = await stops(7)
    expect(form.map(({ name }) => name)).toEqual([
      'button 返回',
      'button English',
      'input 用户名',
      'input 密码',
      'button 换一张',
      'input 验证码',
      'button 注册',
    ])
    expect(form.filter(({ isSeen }) => !isSeen)).toEqual([])
  })
})

describe('the popup', () => {
  async function opened() {
    const { page } = visitor
    await page.goto(`${host.url}/#/pages/popup/popup`)
    await tabTo('显示弹出式验证码')
    await keys().press('Enter')
    const captcha = captchaOn(page, '.uni-popup-captcha')
    await captcha.source()
    await expect.poll(focused).toBe('input 验证码')
    return { page, captcha, panel: page.locator('.uni-popup-captcha__panel') }
  }

  test('opens with the focus in its input, is confirmed by Enter, and gives the focus back', async () => {
    const { page, panel } = await opened()
    await keys().type(readAnswer(host.dataDir, 'test'))
    await keys().press('Enter')
    await page.locator('uni-toast').filter({ hasText: '验证通过' }).waitFor()
    await panel.waitFor({ state: 'hidden' })
    await expect.poll(focused).toBe('button 显示弹出式验证码')
  })

  test.each(['Escape', 'Cancel'])('left by %s, gives the focus back to what opened it', async (way) => {
    const { page, panel } = await opened()
    const verifications = countCalls(page, 'verify')
    if (way === 'Cancel') {
      await tabTo('取消')
      await keys().press('Enter')
    } else {
      await keys().press('Escape')
    }
    await panel.waitFor({ state: 'hidden' })
    await expect.poll(focused).toBe('button 显示弹出式验证码')
    expect(verifications()).toBe(0)
  })

  test('keeps Tab within itself, both ways, and shows where it is', async () => {
    await opened()
    const around = await stops(8)
    const names = ['button 取消', 'button 确定', 'button 换一张', 'input 验证码']
    expect(around.map(({ name }) => name)).toEqual([...names, ...names])
    expect(around.filter(({ isSeen }) => !isSeen)).toEqual([])
    for (const name of [...names].reverse().slice(1)) {
      await keys().press('Shift+Tab')
      expect(await focused()).toBe(name)
    }
  })

  test('draws another picture and keeps the focus', async () => {
    const { captcha } = await opened()
    const before = await captcha.source()
    await keys().press('Shift+Tab')
    await keys().press('Enter')
    await captcha.renewed(before)
    expect(await focused()).toBe('input 验证码')
  })

  test('that a refused login opened goes back to the button that was pressed', async () => {
    const { page } = visitor
    await page.goto(`${host.url}/#/pages/login/login`)
    await tabTo('用户名')
    await keys().type('rosa')
    await tabTo('密码')
    await keys().type('wrong')
    await tabTo('button 登录')
    const attempts = countCalls(page, 'login')
    for (let attempt = 1; attempt <= 4; attempt++) {
      const answered = page.waitForResponse((response) => Boolean(response.request().postData()?.includes('login')))
      await keys().press('Enter')
      await answered
      await expect.poll(attempts).toBe(attempt)
      if (attempt < 4) await page.locator('.form__status').filter({ hasText: '用户名或密码错误' }).waitFor()
    }
    await captchaOn(page, '.uni-popup-captcha').source()
    await expect.poll(focused).toBe('input 验证码')
    await keys().press('Escape')
    await expect.poll(focused).toBe('button 登录')
  })
})
