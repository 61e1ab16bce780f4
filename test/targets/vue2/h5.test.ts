import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { axeFindings } from '../../e2e/support/axe'
import { launchBrowser, visit, type Visit } from '../../e2e/support/browser'
import { captchaOn, countCalls, inputsReportAtOnce } from '../../e2e/support/captcha-page'
import { readAnswer, wrongFor } from '../../e2e/support/codes'
import { startHostProcess, type HostProcess } from '../../e2e/support/host-process'
import { codeFor, freshMobile, smsCodeOn } from '../../e2e/support/sms'
import { readCells, tapCaptchaOn } from '../../e2e/support/taps'
import { makeVue2Project, type Vue2Project } from './project'
import { STOCK_PAGES } from './stock-pages'

import type { Browser } from 'playwright-core'

let project: Vue2Project
let host: HostProcess
let browser: Browser
let visitor: Visit

beforeAll(async () => {
  project = makeVue2Project(STOCK_PAGES)
  await project.build('h5')
  host = await startHostProcess(['--dev'], { STATIC_DIR: project.getOutput('h5') })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await host?.dispose()
  project?.dispose()
})
beforeEach(async () => {
  visitor = await visit(browser)
})
afterEach(() => visitor.close())

async function open(name: string) {
  const { page } = visitor
  await page.goto(`${host.url}/#/pages/${name}/${name}`)
  return {
    page,
    submit: page.locator('.submit'),
    says: (text: string) => page.locator('.page__said').filter({ hasText: text }).waitFor(),
  }
}

async function openPopup() {
  const opened = await open('popup')
  const { page, submit } = opened
  const captcha = captchaOn(page, '.uni-popup-captcha')
  await submit.click()
  await captcha.source()
  return {
    ...opened,
    captcha,
    panel: page.locator('.uni-popup-captcha__panel'),
    button: (label: string) => page.locator('.uni-popup-captcha__button').filter({ hasText: label }),
  }
}

describe('a captcha in a project of Vue 2', () => {
  test('is drawn, replaced by a tap, refused when it is wrong and taken when it is right', async () => {
    const { page, submit, says } = await open('register')
    const captcha = captchaOn(page)
    const before = await captcha.source()
    expect(before).toMatch(/^data:image\/png;base64,/)
    await captcha.input.fill('abc')
    await captcha.picture.click()
    await captcha.renewed(before)
    await expect.poll(() => captcha.input.inputValue()).toBe('')
    const refreshed = await captcha.source()
    await captcha.input.fill(wrongFor(readAnswer(host.dataDir, 'register')))
    await inputsReportAtOnce(page)
    await submit.click()
    await says('验证码错误')
    await captcha.renewed(refreshed)
    await captcha.input.fill(readAnswer(host.dataDir, 'register'))
    await page.keyboard.press('Enter')
    await says('验证通过')
    expect(visitor.errors).toEqual([])
  })

  test('takes no more than it shows, and leaves out what no picture shows', async () => {
    const { page } = await open('register')
    const captcha = captchaOn(page)
    await captcha.source()
    await captcha.input.fill(' ａb－c d9 ')
    await expect.poll(() => captcha.input.inputValue()).toBe('ab-c')
  })

  test('is a sum where the scene says so, with the keyboard of digits', async () => {
    const { page, says, submit } = await open('arithmetic')
    const captcha = captchaOn(page)
    await captcha.source()
    expect(await captcha.input.getAttribute('inputmode')).toBe('numeric')
    await captcha.input.fill(readAnswer(host.dataDir, 'arithmetic'))
    await inputsReportAtOnce(page)
    await submit.click()
    await says('验证通过')
  })

  test('takes taps on characters where the scene says so, by a mouse and by the keyboard', async () => {
    const { page, says, submit } = await open('tap')
    const captcha = tapCaptchaOn(page)
    const before = await captcha.source()
    const [first = 0, second = 0, ...others] = readCells(host.dataDir, 'tap')
    for (const cell of [second, first, ...others]) await captcha.cell(cell).click()
    await submit.click()
    await says('验证码错误')
    await expect.poll(() => captcha.image.getAttribute('src')).not.toBe(before)
    await captcha.source()
    expect(await captcha.marked()).toEqual([])
    await captcha.field.focus()
    const cells = readCells(host.dataDir, 'tap')
    for (const cell of cells) await page.keyboard.press(`Digit${cell}`)
    await page.keyboard.press('Backspace')
    await page.keyboard.press(`Digit${cells[3]}`)
    expect(await captcha.marked()).toEqual(cells)
    await page.keyboard.press('Enter')
    await says('验证通过')
    expect(visitor.errors).toEqual([])
  })

  test('is replaced by itself once it has expired', async () => {
    const { page } = await open('expiry')
    const captcha = captchaOn(page)
    const before = await captcha.source()
    await captcha.notice.filter({ hasText: '过期' }).waitFor()
    await captcha.input.focus()
    await captcha.renewed(before)
    expect(visitor.errors).toEqual([])
  })

  test('is computed on the page in a scene without pictures, and its token passes', async () => {
    let workers = 0
    visitor.page.on('worker', () => workers++)
    const { page, submit, says } = await open('proof')
    const words = page.locator('.uni-captcha__proof-words')
    await expect.poll(() => words.textContent(), { timeout: 60_000 }).toBe('验证完成')
    expect(await page.locator('.uni-captcha__image').count()).toBe(0)
    await submit.click()
    await says('验证通过')
    expect(workers).toBe(0)
    expect(visitor.errors).toEqual([])
  })

  test('says what is wrong when the network is gone, and comes back by a tap', async () => {
    const { page } = await open('register')
    const captcha = captchaOn(page)
    const before = await captcha.source()
    await page.route('**/unicloud/client', (route) => route.abort())
    await captcha.picture.click()
    await captcha.notice.filter({ hasText: '加载失败' }).waitFor()
    await page.unroute('**/unicloud/client')
    await captcha.picture.click()
    await captcha.renewed(before)
  })

  test('is reached, named and pressed by keyboard', async () => {
    const { page } = await open('register')
    const captcha = captchaOn(page)
    const before = await captcha.source()
    await captcha.input.focus()
    await page.keyboard.press('Shift+Tab')
    expect(await captcha.refresh.evaluate((button) => button === document.activeElement)).toBe(true)
    expect(await captcha.refresh.getAttribute('aria-label')).toBe('换一张')
    await page.keyboard.press('Enter')
    await captcha.renewed(before)
    await expect.poll(() => captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
  })

  test('is replaced when the user comes back to its page after it has expired', async () => {
    const { page } = await open('expiry')
    const captcha = captchaOn(page)
    const before = await captcha.source()
    await captcha.notice.filter({ hasText: '过期' }).waitFor()
    expect(await captcha.source()).toBe(before)
    await page.evaluate(() => uni.navigateTo({ url: '/pages/index/index' }))
    await page.locator('.page__link').first().waitFor()
    await page.evaluate(() => uni.navigateBack())
    await captcha.renewed(before)
    expect(visitor.errors).toEqual([])
  })
})

describe('the popup in a project of Vue 2', () => {
  test('opens with the focus in its input and passes a right answer on', async () => {
    const { captcha, button, panel, says } = await openPopup()
    await expect.poll(() => captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
    await captcha.input.fill(readAnswer(host.dataDir, 'test'))
    await button('确定').click()
    await says('验证通过')
    expect(await panel.isVisible()).toBe(false)
    expect(visitor.errors).toEqual([])
  })

  test('tells that nothing was entered, and stays', async () => {
    const { page, button, panel } = await openPopup()
    const verifications = countCalls(page, 'verify')
    await button('确定').click()
    await page.locator('.uni-popup-captcha__hint').filter({ hasText: '请输入验证码' }).waitFor()
    expect(await panel.isVisible()).toBe(true)
    expect(verifications()).toBe(0)
  })

  test.each(['button', 'mask', 'Escape'])('leaves without an answer by the %s', async (way) => {
    const { page, button, panel, says } = await openPopup()
    await page.keyboard.type('abcd')
    if (way === 'button') await button('取消').click()
    else if (way === 'Escape') await page.keyboard.press('Escape')
    else await page.locator('.uni-popup-captcha__mask').click({ position: { x: 10, y: 200 } })
    await panel.waitFor({ state: 'hidden' })
    await says('已取消')
  })

  test('closes before the page does when the page is left', async () => {
    await visitor.page.goto(`${host.url}/`)
    await visitor.page.locator('.page__link').filter({ hasText: 'popup' }).click()
    const page = visitor.page.locator('uni-page').last()
    await page.locator('.submit').click()
    await page.locator('.uni-captcha__image img').waitFor({ state: 'attached' })
    const goBack = () => visitor.page.evaluate(() => uni.navigateBack())
    await goBack()
    await page.locator('.uni-popup-captcha__panel').waitFor({ state: 'hidden' })
    await page.locator('.page__said').filter({ hasText: '已取消' }).waitFor()
    await goBack()
    await visitor.page.locator('.page__link').first().waitFor()
  })
})

describe('a guard in a project of Vue 2', () => {
  test('asks for a captcha when the server demands one, and again until it is right', async () => {
    const { page, submit, says } = await open('login')
    const panel = page.locator('.uni-popup-captcha__panel')
    const captcha = captchaOn(page, '.uni-popup-captcha')
    const fill = async (password: string) => {
      await inputsReportAtOnce(page)
      await page.locator('.password input').fill(password)
      await inputsReportAtOnce(page)
    }
    await page.locator('.username input').fill('lily')
    for (let failures = 0; !(await panel.isVisible()); failures++) {
      expect(failures).toBeLessThan(10)
      await fill(`wrong-${failures}`)
      const answered = page.waitForResponse('**/unicloud/client')
      await submit.click()
      await answered
      await inputsReportAtOnce(page)
    }
    const before = await captcha.source()
    await captcha.input.fill(wrongFor(readAnswer(host.dataDir, 'login')))
    await page.keyboard.press('Enter')
    await page.locator('.uni-popup-captcha__hint').filter({ hasText: '验证码错误' }).waitFor()
    await captcha.renewed(before)
    await captcha.input.fill(readAnswer(host.dataDir, 'login'))
    await page.keyboard.press('Enter')
    await panel.waitFor({ state: 'hidden' })
    await says('用户名或密码错误')
  })
})

describe('the SMS form in a project of Vue 2', () => {
  test('takes a number, a captcha and a code, and gives a ticket', async () => {
    const mobile = freshMobile()
    const { page, submit, says } = await open('sms')
    const form = smsCodeOn(page)
    await form.send.waitFor()
    await form.askFor('12345')
    await form.says('请输入正确的手机号')
    await expect.poll(() => form.hasFocus(form.mobile)).toBe(true)
    const code = await form.receive(host, mobile, 'register')
    expect(code).toBe(await codeFor(host, mobile))
    expect(await form.label()).toMatch(/^(60|5\d) 秒后重发$/)
    expect(await form.isOff()).toBe(true)
    await form.enter(code)
    await form.says('验证成功')
    await submit.click()
    await says(`注册成功 ${mobile.slice(0, 3)}****${mobile.slice(-4)}`)
    await expect.poll(() => form.code.inputValue()).toBe('')
    expect(visitor.errors).toEqual([])
  })
})

describe('the form of codes by e-mail in a project of Vue 2', () => {
  test('takes an address, a captcha and a code, and gives a ticket', async () => {
    const address = 'lily@example.com'
    const { page, submit, says } = await open('email')
    const form = smsCodeOn(page)
    const input = page.locator('.uni-sms-code__email input')
    const send = async (typed: string) => {
      await input.fill(typed)
      await inputsReportAtOnce(page)
      await form.send.click()
    }
    await form.send.waitFor()
    await send('lily@')
    await form.says('请输入正确的邮箱地址')
    await send(address)
    await form.captcha.source()
    await form.answerCaptcha(readAnswer(host.dataDir, 'register'))
    await form.says('验证码已发送')
    await form.enter(await codeFor(host, address))
    await form.says('验证成功')
    await submit.click()
    await says('注册成功 l****@example.com')
    expect(visitor.errors).toEqual([])
  })
})

describe('pages as those of uni-id-pages, which reach into the components by ref', () => {
  async function openStock(name: string) {
    const opened = await open(name)
    const captcha = captchaOn(opened.page)
    return { ...opened, captcha, hasFocus: () => captcha.input.evaluate((input) => input === document.activeElement) }
  }

  test('set focusCaptchaInput for the focus, each time, and draw anew without an argument', async () => {
    const { page, submit, captcha, hasFocus, says } = await openStock('stock-register')
    const before = await captcha.source()
    for (let round = 0; round < 2; round++) {
      await captcha.input.evaluate((input) => (input as HTMLInputElement).blur())
      await submit.click()
      await expect.poll(hasFocus).toBe(true)
    }
    expect(await captcha.source()).toBe(before)
    await captcha.input.fill(wrongFor(readAnswer(host.dataDir, 'test')))
    await inputsReportAtOnce(page)
    await submit.click()
    await captcha.renewed(before)
    await expect.poll(() => captcha.input.inputValue()).toBe('')
    await expect.poll(hasFocus).toBe(true)
    await captcha.input.fill(readAnswer(host.dataDir, 'test'))
    await inputsReportAtOnce(page)
    await submit.click()
    await says('验证通过')
  })

  test('send at the fourth character, and reset what is bound together with the picture', async () => {
    const { page, captcha, hasFocus, says } = await openStock('stock-sms-form')
    const before = await captcha.source()
    await expect.poll(hasFocus).toBe(true)
    await page.keyboard.type(wrongFor(readAnswer(host.dataDir, 'test')))
    await captcha.renewed(before)
    await expect.poll(() => captcha.input.inputValue()).toBe('')
    await expect.poll(hasFocus).toBe(true)
    await page.keyboard.type(readAnswer(host.dataDir, 'test'))
    await says('验证通过')
  })

  test('open the popup on the server’s word, never close it, and empty what it bound', async () => {
    const { page, submit, says } = await openStock('stock-sms-login')
    await submit.click()
    await captchaOn(page, '.uni-popup-captcha').source()
    await captchaOn(page, '.uni-popup-captcha').focused()
    await page.keyboard.type(readAnswer(host.dataDir, 'test'))
    await page.keyboard.press('Enter')
    await says('验证通过')
    await page.locator('.uni-popup-captcha__panel').waitFor({ state: 'hidden' })
    expect(await page.locator('.bound').innerText()).toBe('[]')
  })
})

describe('looks and words in a project of Vue 2', () => {
  test.each([
    ['zh-CN', '换一张', '请输入验证码'],
    ['zh-TW', '換一張', '請輸入驗證碼'],
    ['en-US', 'New image', 'Enter code'],
  ])('follow the language %s', async (locale, refresh, placeholder) => {
    const stranger = await visit(browser, undefined, locale)
    await stranger.page.goto(`${host.url}/#/pages/register/register`)
    const { source, refresh: button, input } = captchaOn(stranger.page)
    await source()
    expect(await button.getAttribute('aria-label')).toBe(refresh)
    await stranger.page.locator('.uni-captcha__input').filter({ hasText: placeholder }).waitFor()
    expect(await input.getAttribute('aria-label')).not.toBe('')
    await stranger.close()
  })

  test('follow the theme of the system, and that of the application', async () => {
    const { page } = visitor
    await page.emulateMedia({ colorScheme: 'dark' })
    await open('register')
    await captchaOn(page).source()
    await page.locator('.uni-captcha-theme--dark').first().waitFor()
    await page.emulateMedia({ colorScheme: 'light' })
    await page.locator('.uni-captcha-theme--light').first().waitFor()
    await page.goto(`${host.url}/`)
    await page.locator('.theme').click()
    await page.locator('.page__link').filter({ hasText: 'register' }).click()
    await page.locator('.uni-captcha-theme--dark').first().waitFor()
  })

  test.each(['register', 'arithmetic', 'tap', 'login', 'sms', 'email'])(
    'axe finds nothing on the page %s',
    async (name) => {
      const { page } = await open(name)
      await page.locator('.submit').waitFor()
      if (name === 'register' || name === 'arithmetic') await captchaOn(page).source()
      if (name === 'tap') await tapCaptchaOn(page).source()
      expect(ofComponents(await axeFindings(page))).toEqual([])
    },
  )

  test('nor in the open popup, in the dark', async () => {
    await visitor.page.emulateMedia({ colorScheme: 'dark' })
    const { page } = await openPopup()
    expect(ofComponents(await axeFindings(page))).toEqual([])
  })
})

/** What is the plugin's: the example page and uni's own parts are not. */
function ofComponents(findings: string[]): string[] {
  return findings.filter(
    (finding) => finding.includes('uni-captcha') || finding.includes('uni-popup') || finding.includes('uni-sms'),
  )
}
