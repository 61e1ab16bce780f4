import { join } from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'

import { axeFindings } from '../../e2e/support/axe'
import { captchaOn, countCalls, inputsReportAtOnce } from '../../e2e/support/captcha-page'
import { readAnswer, wrongFor } from '../../e2e/support/codes'
import { host, useBrowserAndHost, visitor } from '../../e2e/support/setting'
import { codeFor, freshMobile, smsCodeOn, wrongCodeFor } from '../../e2e/support/sms'
import { readCells, tapCaptchaOn } from '../../e2e/support/taps'
import { root } from '../../support/host'
import { buildX } from './support/project'

import type { Page, Request } from 'playwright-core'

beforeAll(() => buildX('h5'))
useBrowserAndHost(['--dev'], { STATIC_DIR: join(root, 'dist/targets/x/h5/dist/build/h5') })

/** What went wrong on the page, but for a shadow that uni's own header would load from its maker's server. */
const problems = () => visitor.errors.filter((text) => !text.includes('shadow-grey.png'))
const answer = (scene: string) => readAnswer(host.dataDir, scene)
const saysOn = (page: Page) => (text: string) => page.locator('.said').filter({ hasText: text }).waitFor()

async function open(name: string, query = '') {
  const { page } = visitor
  await page.goto(`${host.url}/#/pages/${name}/${name}${query}`)
  await page.locator('.page').last().waitFor()
  return { page, says: saysOn(page) }
}

async function openForm(scene: string) {
  const { page, says } = await open('register', `?scene=${scene}`)
  const captcha = captchaOn(page)
  return {
    page,
    says,
    captcha,
    field: page.locator('.uni-captcha'),
    link: page.locator('.uni-captcha__link').last(),
    typed: () => page.locator('.typed').innerText(),
    submit: () => page.locator('.submit').click(),
  }
}

describe('a form of uni-app x in a browser', () => {
  test('shows the picture in the size that the server says, and a right answer passes', async () => {
    const { captcha, typed, submit, says } = await openForm('register')
    expect(await captcha.source()).toMatch(/^data:image\/png;base64,/)
    const box = await captcha.image.evaluate((image) => {
      const { width, height } = image.closest('.uni-captcha__image')!.getBoundingClientRect()
      return [width, height]
    })
    expect(box).toEqual([150, 40])
    await captcha.input.fill(answer('register'))
    await expect.poll(typed).toBe(answer('register'))
    await submit()
    await says('验证通过')
    expect(problems()).toEqual([])
  })

  test('asks for another picture after a wrong answer, empties the input and has the focus there', async () => {
    const { captcha, submit, says, typed } = await openForm('register')
    const before = await captcha.source()
    await captcha.input.fill(wrongFor(answer('register')))
    await submit()
    await says('验证码错误')
    await captcha.renewed(before)
    expect(await typed()).toBe('')
    expect(await captcha.input.inputValue()).toBe('')
    await expect.poll(() => captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
  })

  test.each(['tap', 'keyboard'])('asks for another picture by %s', async (way) => {
    const { page, captcha } = await openForm('register')
    const pictures = countCalls(page, 'getImageCaptcha')
    const before = await captcha.source()
    if (way === 'tap') await captcha.picture.click()
    else {
      await captcha.refresh.focus()
      await page.keyboard.press('Enter')
    }
    await captcha.renewed(before)
    expect(pictures()).toBe(1)
  })

  test('says that a picture has expired, and the input gets a new one', async () => {
    const { captcha } = await openForm('short')
    const before = await captcha.source()
    await expect.poll(() => captcha.notice.innerText()).toBe('已过期，点击换一张')
    await captcha.input.focus()
    await captcha.renewed(before)
    expect(await captcha.notice.count()).toBe(0)
  })

  test('Enter submits all that was typed, and full-width letters count as what they look like', async () => {
    const { page, captcha, says } = await openForm('register')
    await captcha.source()
    const wide = answer('register').replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0))
    await captcha.input.fill(wide)
    await page.keyboard.press('Enter')
    await says('验证通过')
    expect(problems()).toEqual([])
  })

  test('a sum asks for its result, on a keyboard with digits', async () => {
    const { captcha, submit, says } = await openForm('arithmetic')
    await captcha.source()
    expect(await captcha.input.getAttribute('inputmode')).toBe('numeric')
    await captcha.input.fill(answer('arithmetic'))
    await submit()
    await says('验证通过')
  })

  test('takes taps on the characters of a picture, takes one back, and asks for another after a wrong answer', async () => {
    const { page, typed, submit, says, field } = await openForm('tap')
    const captcha = tapCaptchaOn(page)
    const before = await captcha.source()
    expect(await captcha.image.evaluate((image) => image.getBoundingClientRect().width)).toBe(300)
    for (const target of [captcha.cell(1), captcha.undo, captcha.renew]) {
      const { width, height } = (await target.boundingBox())!
      expect(Math.min(width, height), 'large enough for a finger').toBeGreaterThanOrEqual(44)
    }
    const [first = 0, second = 0, ...others] = readCells(host.dataDir, 'tap')
    for (const cell of [second, first, ...others]) await captcha.cell(cell).click()
    expect(await captcha.marked()).toEqual([second, first, ...others])
    expect(await field.locator('[role=status]').textContent()).toBe('已选 4/4')
    expect(await typed()).toMatch(/^tap(\.\d+,\d+){4}$/)
    await captcha.undo.click()
    expect(await typed()).toBe('')
    expect(await captcha.words.innerText()).toBe('已选 3/4')
    await captcha.cell(others.at(-1)!).click()
    await submit()
    await says('验证码错误')
    await expect.poll(() => captcha.image.getAttribute('src')).not.toBe(before)
    await captcha.source()
    expect(await captcha.marked()).toEqual([])
    await expect.poll(() => captcha.field.evaluate((element) => element === document.activeElement)).toBe(true)
    for (const cell of readCells(host.dataDir, 'tap')) await captcha.cell(cell).click()
    await submit()
    await says('验证通过')
    expect(problems()).toEqual([])
  })

  test('chooses characters by digits, and has other ways: another picture, and the proof of work', async () => {
    const { page, says, link, submit } = await openForm('tap')
    const captcha = tapCaptchaOn(page)
    const before = await captcha.source()
    await captcha.renew.click()
    await expect.poll(() => captcha.image.getAttribute('src')).not.toBe(before)
    await captcha.source()
    await captcha.field.focus()
    await page.keyboard.press('Shift')
    const cells = readCells(host.dataDir, 'tap')
    await page.keyboard.press(String(cells[1]))
    await page.keyboard.press('Backspace')
    for (const cell of cells) await page.keyboard.press(String(cell))
    expect(await captcha.marked()).toEqual(cells)
    await page.keyboard.press('Enter')
    await says('验证通过')
    await captcha.renew.click()
    await captcha.source()
    await link.click()
    const words = page.locator('.uni-captcha__proof-words')
    await expect.poll(() => words.textContent(), { timeout: 60_000 }).toBe('验证完成')
    await submit()
    await says('验证通过')
    expect(problems()).toEqual([])
  })

  test.each([
    ['words of twice the size', '--uni-captcha-font-size: 32px'],
    ['200 % zoom', 'zoom: 2'],
  ])('takes taps on a phone at %s, without scrolling sideways', async (_what, style) => {
    await visitor.page.setViewportSize({ width: 390, height: 844 })
    const { page, typed } = await openForm('tap')
    const captcha = tapCaptchaOn(page)
    await captcha.source()
    await page.evaluate((text) => document.documentElement.setAttribute('style', text), style)
    const cells = readCells(host.dataDir, 'tap')
    for (const cell of cells) await captcha.cell(cell).click()
    expect(await captcha.marked()).toEqual(cells)
    expect(await typed()).toMatch(/^tap(\.\d+,\d+){4}$/)
    const { x, width } = (await page.locator('.uni-captcha__tap-picture').boundingBox())!
    expect(x + width).toBeLessThanOrEqual(390)
  })

  test.each(['mouse', 'finger', 'tap', 'key'])('begins a proof that is slid by a %s, and is through', async (way) => {
    const { page, field, submit, says } = await openForm('proof-slide')
    const asked = countCalls(page, 'getChallenge')
    const track = page.locator('.uni-captcha__track')
    await track.filter({ hasText: '向右滑动或点击，完成验证' }).waitFor()
    const { x, y, width, height } = (await track.boundingBox())!
    expect([width, height >= 44]).toEqual([(await field.boundingBox())!.width, true])
    const middle = y + height / 2
    if (way === 'tap') await track.click()
    if (way === 'key') await track.press('ArrowRight')
    if (way === 'mouse') {
      await page.mouse.move(x + 20, middle)
      await page.mouse.down()
      await page.mouse.move(x + width / 2, middle, { steps: 4 })
      await page.mouse.up()
      await expect
        .poll(() => track.locator('.uni-captcha__handle').evaluate((handle) => (handle as HTMLElement).offsetLeft))
        .toBe(0)
      expect(asked()).toBe(0)
      await page.mouse.move(x + 20, middle)
      await page.mouse.down()
      await page.mouse.move(x + width - 1, middle, { steps: 4 })
      await page.mouse.up()
    }
    if (way === 'finger') {
      const finger = await page.context().newCDPSession(page)
      const touch = (type: 'touchStart' | 'touchMove', at: number) =>
        finger.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x: at, y: middle }] })
      await touch('touchStart', x + 20)
      for (let step = 1; step <= 8; step++) await touch('touchMove', x + 20 + ((width - 21) / 8) * step)
      await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    }
    await expect.poll(() => track.textContent(), { timeout: 60_000 }).toBe('✓ 验证完成')
    expect(asked()).toBe(1)
    if (way === 'key') expect(await track.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await field.locator('[role=status]').textContent()).toBe('验证完成')
    await submit()
    await says('验证通过')
    expect(problems()).toEqual([])
  })

  test.each([
    ['proof', true],
    ['proof-only', false],
  ])('the device computes in the scene %s, and is through', async (scene, isChosen) => {
    const { page, captcha, link, submit, says } = await openForm(scene)
    if (isChosen) {
      await captcha.source()
      await link.focus()
      await page.keyboard.press('Enter')
    }
    const words = page.locator('.uni-captcha__proof-words')
    await expect.poll(() => words.textContent(), { timeout: 60_000 }).toBe('验证完成')
    await submit()
    await says('验证通过')
    expect(problems()).toEqual([])
  })

  test('counts down where the server asks to wait', async () => {
    const { page } = visitor
    await page.route('**/unicloud/client', (route) => {
      const isPicture = route.request().postData()?.includes('getImageCaptcha') === true
      const data = { errCode: 'uni-captcha-too-many-requests', errMsg: 'too many', retryAfter: 4 }
      return isPicture ? route.fulfill({ json: { success: true, data } }) : route.continue()
    })
    const { captcha } = await openForm('register')
    await captcha.notice.filter({ hasText: /^操作过于频繁，请 [1-4] 秒后重试$/ }).waitFor()
    await captcha.notice.filter({ hasText: '可以重试了，点击刷新' }).waitFor()
  })

  test('that gets an empty answer says so, and a tap asks again', async () => {
    let asked = 0
    await visitor.page.route('**/unicloud/client', (route) => {
      const isFirst = route.request().postData()?.includes('getImageCaptcha') === true && asked++ === 0
      return isFirst ? route.fulfill({ json: { success: true, data: null } }) : route.continue()
    })
    const { captcha } = await openForm('register')
    await captcha.notice.filter({ hasText: '加载失败，点击重试' }).waitFor()
    await captcha.picture.click()
    await captcha.source()
    expect(problems()).toEqual([expect.stringContaining('errMsg "the answer is no object"')])
  })

  test.each([
    ['zh-Hans', '请输入验证码', '换一张'],
    ['zh-Hant', '請輸入驗證碼', '換一張'],
    ['en', 'Enter code', 'New image'],
  ])('speaks %s', async (language, placeholder, refresh) => {
    await visitor.page.addInitScript((value) => localStorage.setItem('UNI_LOCALE', value), language)
    const { page, captcha } = await openForm('register')
    await captcha.source()
    expect(await page.locator('.uni-input-placeholder').textContent()).toBe(placeholder)
    expect(await page.locator('.uni-captcha__change').innerText()).toBe(refresh)
    expect(await captcha.refresh.getAttribute('aria-label')).toBe(refresh)
  })
})

async function openPopup(scene = 'register') {
  const { page, says } = await open('popup', `?scene=${scene}`)
  const captcha = captchaOn(page, '.uni-popup-captcha')
  return {
    page,
    says,
    captcha,
    panel: page.locator('.uni-popup-captcha__panel'),
    button: (label: string) => page.locator('.uni-popup-captcha__button').filter({ hasText: label }),
    open: async () => {
      await page.locator('.open').click()
      await captcha.source()
      await captcha.focused()
    },
  }
}

describe('a popup of uni-app x in a browser', () => {
  test('opens with a picture and the focus, and confirms by itself at the length that the server says', async () => {
    const { page, open, captcha, panel, says } = await openPopup()
    const pictures = countCalls(page, 'getImageCaptcha')
    expect(await panel.isVisible()).toBe(false)
    await open()
    expect(pictures()).toBe(1)
    await expect.poll(() => captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
    await page.keyboard.type(answer('register'))
    await says('验证通过')
    expect(await panel.isVisible()).toBe(false)
    expect(problems()).toEqual([])
  })

  test('confirms a sum by its button', async () => {
    const { open, captcha, button, says, panel } = await openPopup('arithmetic')
    await open()
    await captcha.input.fill(answer('arithmetic'))
    if (await panel.isVisible()) await button('确定').click()
    await says('验证通过')
  })

  test('confirms by itself when all is tapped, and says what to do before', async () => {
    const { page, button, says, panel } = await openPopup('tap')
    await page.locator('.open').click()
    const captcha = tapCaptchaOn(page, '.uni-popup-captcha')
    await captcha.source()
    const cells = readCells(host.dataDir, 'tap')
    for (const cell of cells.slice(0, 3)) await captcha.cell(cell).click()
    await button('确定').click()
    await page.locator('.uni-popup-captcha__hint').filter({ hasText: '依次点击上方的四个字符' }).waitFor()
    await captcha.cell(cells[3]!).click()
    await says('验证通过')
    expect(await panel.isVisible()).toBe(false)
    expect(problems()).toEqual([])
  })

  test('says that nothing was typed, and stays', async () => {
    const { open, button, page, panel } = await openPopup()
    const verifications = countCalls(page, 'verify')
    await open()
    await button('确定').click()
    await page.locator('.uni-popup-captcha__hint').filter({ hasText: '请输入验证码' }).waitFor()
    expect(await panel.isVisible()).toBe(true)
    expect(verifications()).toBe(0)
  })

  test.each(['button', 'mask', 'Escape'])('is cancelled by the %s', async (way) => {
    const { open, button, page, panel, says } = await openPopup()
    await open()
    if (way === 'button') await button('取消').click()
    else if (way === 'Escape') await page.keyboard.press('Escape')
    else await page.locator('.uni-popup-captcha__mask').click({ position: { x: 10, y: 200 } })
    await panel.waitFor({ state: 'hidden' })
    await says('已取消')
    expect(problems()).toEqual([])
  })

  test('waits for the work that a picture carries', async () => {
    const { page, open, says, panel } = await openPopup('proof-beside')
    await open()
    await page.keyboard.type(answer('proof-beside'))
    await says('验证通过')
    expect(await panel.isVisible()).toBe(false)
  })

  test('confirms what is shown when the work is done, corrected after it was all typed', async () => {
    const { page, open, says, captcha, button } = await openPopup('proof-beside')
    let release = () => {}
    const isCorrected = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/unicloud/client', async (route) => {
      if (route.request().postData()?.includes('redeemSolutions') === true) await isCorrected
      await route.continue()
    })
    await open()
    const right = answer('proof-beside')
    await captcha.input.fill(wrongFor(right))
    await button('验证中').waitFor()
    await captcha.input.fill(right)
    release()
    await says('验证通过')
  })
})

describe('a guarded call of uni-app x in a browser', () => {
  test('asks for a captcha when calls become frequent, and repeats the call until the answer is right', async () => {
    const { page, says } = await open('claim')
    const captcha = captchaOn(page, '.uni-popup-captcha')
    const claims = countCalls(page, 'claim')
    for (let free = 1; free <= 2; free++) {
      await page.locator('.claim').click()
      await expect.poll(claims).toBe(free)
      await says('完成')
    }
    await page.locator('.claim').click()
    const before = await captcha.source()
    await captcha.focused()
    await page.keyboard.type(wrongFor(answer('claim')))
    await page.locator('.uni-popup-captcha__hint').filter({ hasText: '验证码错误' }).waitFor()
    await captcha.renewed(before)
    await captcha.focused()
    await page.keyboard.type(answer('claim'))
    await page.locator('.uni-popup-captcha__panel').waitFor({ state: 'hidden' })
    await says('完成')
    expect(claims()).toBe(5)
    expect(problems()).toEqual([])
  })

  test('rejects when the person cancels, and the call is not repeated', async () => {
    const { page, says } = await open('claim')
    const claims = countCalls(page, 'claim')
    for (let call = 1; call <= 3; call++) {
      await page.locator('.claim').click()
      await expect.poll(claims).toBe(call)
      if (call < 3) await says('完成')
    }
    await captchaOn(page, '.uni-popup-captcha').source()
    await page.keyboard.press('Escape')
    await says('the captcha was cancelled')
    expect(claims()).toBe(3)
  })

  test('is not made when the person cancels while it waits for the work to be known', async () => {
    const { page, says } = await open('claim')
    const claims = countCalls(page, 'claim')
    const isClaim = (request: Request) => request.postData()?.includes('\\"method\\":\\"claim\\"') === true
    await page.route('**/unicloud/client', (route) => {
      if (!isClaim(route.request())) return route.continue()
      const errCode = claims() === 1 ? 'uni-captcha-required' : 'uni-captcha-work-pending'
      const data = { errCode, errMsg: errCode, scene: 'claim', retryAfter: 1 }
      return route.fulfill({ json: { success: true, data } })
    })
    await page.locator('.claim').click()
    await captchaOn(page, '.uni-popup-captcha').source()
    await captchaOn(page, '.uni-popup-captcha').focused()
    const isTold = page.waitForResponse((response) => isClaim(response.request()))
    await page.keyboard.type(answer('claim'))
    await isTold
    await page.evaluate(() => new Promise(requestAnimationFrame))
    await page.keyboard.press('Escape')
    await says('the captcha was cancelled')
    expect(claims()).toBe(2)
  })
})

describe('the SMS form of uni-app x in a browser', () => {
  test('takes a captcha, a code that is verified, and a ticket', async () => {
    const mobile = freshMobile()
    const { page, says: pageSays } = await open('sms')
    const sms = smsCodeOn(page)
    await sms.askFor(mobile)
    await sms.captcha.source()
    expect(await sms.label(), 'nothing counts down yet').toBe('获取验证码')
    await sms.captcha.input.fill(answer('register'))
    await sms.says('验证码已发送')
    expect(await sms.label()).toMatch(/^(60|5\d) 秒后重发$/)
    expect(await sms.isOff()).toBe(true)
    await expect.poll(() => sms.hasFocus(sms.code)).toBe(true)
    const code = await codeFor(host, mobile)
    await sms.enter(wrongCodeFor(code))
    await sms.says('验证码错误或已过期')
    await expect.poll(() => sms.code.inputValue()).toBe('')
    await sms.enter(code)
    await sms.says('验证成功')
    await page.locator('.submit').click()
    await pageSays('注册成功')
    await expect.poll(() => sms.code.inputValue()).toBe('')
    expect(problems()).toEqual([])
  })

  test('refuses what is not a number, and asks the server for nothing', async () => {
    const { page } = await open('sms')
    const sms = smsCodeOn(page)
    const sends = countCalls(page, 'sendSmsCode')
    await sms.send.click()
    await sms.says('请输入手机号')
    await sms.askFor('12')
    await sms.says('请输入正确的手机号')
    expect(await sms.mobile.getAttribute('aria-invalid')).toBe('true')
    expect(sends()).toBe(0)
  })

  test('goes on counting down after a reload', async () => {
    const mobile = freshMobile()
    const { page } = await open('sms')
    const sms = smsCodeOn(page)
    await sms.askFor(mobile)
    await sms.captcha.source()
    await sms.captcha.input.fill(answer('register'))
    await sms.says('验证码已发送')
    await page.reload()
    await expect.poll(sms.label).toMatch(/^\d+ 秒后重发$/)
  })

  /** What the cloud side answers to `sendSmsCode` here, on a page with the form. */
  async function answerSends(data: object, name = 'sms') {
    await visitor.page.route('**/unicloud/client', (route) => {
      const isSend = route.request().postData()?.includes('sendSmsCode') === true
      return isSend ? route.fulfill({ json: { success: true, data } }) : route.continue()
    })
    const { page } = await open(name)
    return { page, sms: smsCodeOn(page) }
  }

  test('shows no code and no message of another scene, and takes six digits again', async () => {
    const { page, sms } = await answerSends({ errCode: 0, errMsg: '', retryAfter: 60, codeLength: 4 }, 'scenes')
    await sms.askFor(freshMobile())
    await sms.says('验证码已发送')
    await sms.enter('12345')
    await expect.poll(() => sms.code.inputValue()).toBe('1234')
    await page.locator('.other').click()
    await expect.poll(() => sms.code.inputValue()).toBe('')
    expect([await sms.message.innerText(), await page.locator('.code').innerText()]).toEqual(['', ''])
    await sms.enter('1234567')
    await expect.poll(() => sms.code.inputValue()).toBe('123456')
    expect(problems()).toEqual([])
  })

  test('counts down to the later end where the storage still holds an earlier one', async () => {
    const { page, sms } = await answerSends({ errCode: 0, errMsg: '', retryAfter: 60, codeLength: 6 })
    await sms.askFor(freshMobile())
    await sms.says('验证码已发送')
    const isStored = await page.evaluate(() => {
      const key = Object.keys(localStorage).find((name) => name.includes('uni-sms-code-x:'))!
      const stored = localStorage.getItem(key)!
      localStorage.setItem(key, stored.replace(/,\d{13},/, `,${Date.now() + 2000},`))
      window.dispatchEvent(new Event('storage'))
      return localStorage.getItem(key) !== stored
    })
    expect(isStored).toBe(true)
    await page.evaluate(() => new Promise(requestAnimationFrame))
    expect(await sms.label()).toMatch(/^[56]\d 秒后重发$/)
  })

  test('goes on counting down where the storage is full, and takes six digits where no length is told', async () => {
    await visitor.page.addInitScript(() => {
      const setItem = Storage.prototype.setItem
      Storage.prototype.setItem = function (key, value) {
        if (key.includes('uni-sms-code')) throw new DOMException('full', 'QuotaExceededError')
        setItem.call(this, key, value)
      }
    })
    const { page, sms } = await answerSends({ errCode: 0, errMsg: '', retryAfter: 60, codeLength: 0 })
    await sms.askFor(freshMobile())
    await sms.says('验证码已发送')
    await page.evaluate(() => window.dispatchEvent(new Event('storage')))
    expect(await sms.label()).toMatch(/^\d+ 秒后重发$/)
    expect(await sms.isOff()).toBe(true)
    await sms.code.fill('1234567')
    await expect.poll(() => sms.code.inputValue()).toBe('123456')
    expect(problems()).toEqual([])
  })

  test('says the server’s words where it names no seconds to wait', async () => {
    await visitor.page.addInitScript(() => localStorage.setItem('UNI_LOCALE', 'zh-Hant'))
    const errMsg = '今天的次數已用完'
    const { sms } = await answerSends({ errCode: 'uni-sms-code-too-many-requests', errMsg })
    await sms.askFor(freshMobile())
    await sms.says(errMsg)
  })
})

describe('pages of uni-id-pages-x in a browser', () => {
  async function openLogin() {
    const { page, says } = await open('login')
    return {
      page,
      says,
      plain: captchaOn(page, '.plain'),
      popup: captchaOn(page, '.uni-popup-captcha'),
      press: (name: string) => page.locator(`.${name}`).click(),
      text: (name: string) => page.locator(`.${name}`).innerText(),
    }
  }

  test('getImageCaptcha(true) by ref draws anew, empties what was typed and has the focus', async () => {
    const { plain, press, text } = await openLogin()
    const before = await plain.source()
    await plain.input.fill('ab')
    await expect.poll(() => text('typed')).toBe('ab')
    await press('anew')
    await plain.renewed(before)
    expect(await text('typed')).toBe('')
    await expect.poll(() => plain.input.evaluate((input) => input === document.activeElement)).toBe(true)
  })

  test('whenWorked() by ref is true at once where the picture carries no work', async () => {
    const { plain, press, says } = await openLogin()
    await plain.source()
    await press('worked')
    await says('may submit')
  })

  test.each(['focus', 'by-name'])('setFocus(true) moves the focus each time (%s)', async (way) => {
    const { plain, press } = await openLogin()
    await plain.source()
    for (let round = 0; round < 2; round++) {
      await press(way)
      await expect.poll(() => plain.input.evaluate((input) => input === document.activeElement)).toBe(true)
      await plain.input.blur()
    }
  })

  test('the popup calls back with v-model already set, under the title of the page', async () => {
    const { page, popup, press, text, says } = await openLogin()
    await press('login')
    await popup.source()
    expect(await page.locator('.uni-popup-captcha__title').innerText()).toBe('请输入验证码')
    const typed = answer('login-by-pwd')
    await popup.focused()
    await page.keyboard.type(typed)
    await says('验证通过')
    expect(await text('seen')).toBe(typed)
    expect(problems()).toEqual([])
  })

  test('a wrong answer is told by its code, and the next opening starts afresh', async () => {
    const { page, popup, press, says } = await openLogin()
    await press('login')
    const before = await popup.source()
    await popup.focused()
    await page.keyboard.type(wrongFor(answer('login-by-pwd')))
    await says('uni-captcha-verify-fail')
    await press('login')
    await popup.renewed(before)
    expect(await popup.input.inputValue()).toBe('')
    await page.keyboard.press('Escape')
    await says('cancelled')
  })
})

describe('keyboard, screen reader and theme of uni-app x in a browser', () => {
  test.each(['light', 'dark'] as const)('axe finds nothing in the %s theme', async (colorScheme) => {
    await visitor.page.emulateMedia({ colorScheme })
    const found: string[] = []
    const form = await openForm('proof')
    await form.captcha.source()
    found.push(...(await axeInside(form.page, '.uni-captcha')))
    // The same page with another query is not loaded again.
    await visitor.page.goto('about:blank')
    const tapped = tapCaptchaOn((await openForm('tap')).page)
    await tapped.source()
    await tapped.cell(1).click()
    found.push(...(await axeInside(visitor.page, '.uni-captcha')))
    await visitor.page.goto('about:blank')
    await openForm('proof-slide')
    await visitor.page.locator('.uni-captcha__track').waitFor()
    found.push(...(await axeInside(visitor.page, '.uni-captcha')))
    const popup = await openPopup()
    await popup.open()
    found.push(...(await axeInside(popup.page, '.uni-popup-captcha')))
    const { page } = await open('sms')
    // By the keyboard: a finger leaves it paler for a moment.
    await smsCodeOn(page).send.press('Enter')
    await smsCodeOn(page).says('请输入手机号')
    found.push(...(await axeInside(page, '.uni-sms-code')))
    expect(found).toEqual([])
    expect(await page.locator('.uni-sms-code').getAttribute('class')).toContain(`uni-captcha-theme--${colorScheme}`)
  })

  test('Tab goes round within the popup, and the focus returns to where it was', async () => {
    const { page, open, captcha, panel } = await openPopup()
    // uni's own button cannot have the focus.
    await page.locator('.open').evaluate((button) => button.setAttribute('tabindex', '0'))
    await page.locator('.open').focus()
    await open()
    await captcha.input.focus()
    await inputsReportAtOnce(page)
    for (let press = 0; press < 6; press++) {
      await page.keyboard.press('Tab')
      expect(await panel.evaluate((element) => element.contains(document.activeElement))).toBe(true)
    }
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'hidden' })
    await expect.poll(() => page.locator('.open').evaluate((button) => button === document.activeElement)).toBe(true)
  })
})

/** What axe finds in the component; uni's page around it has faults of its own. */
async function axeInside(page: Page, selector: string): Promise<string[]> {
  const lines = await axeFindings(page)
  const html = await page
    .locator(selector)
    .last()
    .evaluate((element) => element.outerHTML)
  return lines.filter((line) => html.includes(line.slice(line.indexOf(': ') + 2)))
}
