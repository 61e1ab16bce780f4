import { describe, expect, test } from 'vitest'

import { PAGE_PATHS } from './support/app-pages'
import { axeFindings, listen } from './support/axe'
import { captchaOn } from './support/captcha-page'
import { readAnswer, wrongFor } from './support/codes'
import { host, useBrowserAndHost, visitor } from './support/setting'
import { tapCaptchaOn } from './support/taps'

useBrowserAndHost()

const SCHEMES = ['light', 'dark'] as const

/** As the language button does it, but before the application starts. */
async function speak(language: string): Promise<void> {
  await visitor.page.addInitScript((value) => localStorage.setItem('UNI_LOCALE', value), language)
}

async function open(path: string): Promise<void> {
  await visitor.page.goto(`${host.url}/#/${path}`)
  // Pages are loaded when they are first opened; until then there is a body and nothing in it.
  await visitor.page.locator('uni-page:last-child').locator('h1, [role=heading][aria-level="1"]').waitFor()
  await visitor.page.waitForLoadState('networkidle')
}

/** Switches the system's theme, and lets the page follow it. */
async function dress(colorScheme: (typeof SCHEMES)[number]): Promise<void> {
  await visitor.page.emulateMedia({ colorScheme })
  await visitor.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
}

const answered = (errCode: string, more: object = {}) => ({
  json: { success: true, data: { errCode, errMsg: 'The picture could not be made', ...more } },
})

/** Another language changes no colour: the dark pages are looked at in one of them. */
test.each([
  ['zh-Hans', SCHEMES],
  ['en', ['light']],
  ['zh-Hant', ['light']],
] as const)('axe-core finds nothing on any page in %s, %s', async (language, schemes) => {
  const { page } = visitor
  await speak(language)
  for (const path of PAGE_PATHS) {
    await open(path)
    expect(await page.evaluate(() => document.documentElement.lang), path).toBe(language)
    for (const colorScheme of schemes) {
      await dress(colorScheme)
      expect(await axeFindings(page), `${path}, ${colorScheme}`).toEqual([])
    }
  }
})

/** A captcha in each of its states, and the language it is looked at in: what is said there is tested elsewhere. */
const STATES: Record<string, ['zh-Hans' | 'en', () => Promise<void>]> = {
  'a picture on its way': [
    'zh-Hans',
    async () => {
      await visitor.page.route('**/unicloud/client', () => {})
      await visitor.page.goto(`${host.url}/#/pages/register/register`)
      await visitor.page.locator('.uni-captcha__spinner').waitFor()
    },
  ],
  'no network': [
    'en',
    async () => {
      await open('pages/register/register')
      await visitor.page.context().setOffline(true)
      await captchaOn(visitor.page).picture.click()
      await captchaOn(visitor.page).notice.waitFor()
    },
  ],
  'a failure with the server’s reason': [
    'zh-Hans',
    async () => {
      await visitor.page.route('**/unicloud/client', (route) => route.fulfill(answered('uni-captcha-create-fail')))
      await open('pages/register/register')
      await visitor.page.locator('.uni-captcha__status--shown').waitFor()
    },
  ],
  'too many requests': [
    'en',
    async () => {
      const refusal = answered('uni-captcha-too-many-requests', { retryAfter: 60 })
      await visitor.page.route('**/unicloud/client', (route) => route.fulfill(refusal))
      await open('pages/register/register')
      await captchaOn(visitor.page).notice.waitFor()
    },
  ],
  'an expired picture': [
    'zh-Hans',
    async () => {
      await open('pages/expiry/expiry')
      await captchaOn(visitor.page).notice.waitFor()
    },
  ],
  'a picture to tap on, by the keyboard, half answered': [
    'en',
    async () => {
      await open('pages/tap/tap')
      const captcha = tapCaptchaOn(visitor.page, '.tap__form')
      await captcha.source()
      await visitor.page.keyboard.press('Tab')
      await captcha.field.focus()
      for (const key of ['1', '8']) await visitor.page.keyboard.press(key)
      await captcha.field.locator('.uni-captcha__tap-mark').nth(1).waitFor()
    },
  ],
  'a wrong answer': [
    'en',
    async () => {
      await open('pages/register/register')
      for (const index of [0, 1]) await visitor.page.locator('input').nth(index).fill('lily')
      await captchaOn(visitor.page).input.fill(wrongFor(readAnswer(host.dataDir, 'register')))
      await visitor.page.locator('.form__submit').click()
      await visitor.page.locator('.form__status--error').waitFor()
      await visitor.page.locator('.uni-captcha__spinner').waitFor({ state: 'detached' })
    },
  ],
  'a proof of work on its way, and failed': [
    'zh-Hans',
    async () => {
      await open('pages/proof/proof')
      await visitor.page.route('**/unicloud/client', (route) => route.abort())
      await visitor.page.locator('.uni-captcha').first().locator('.uni-captcha__link').click()
      await visitor.page.locator('.uni-captcha__proof--failed').first().waitFor()
    },
  ],
  success: [
    'en',
    async () => {
      await open('pages/arithmetic/arithmetic')
      await captchaOn(visitor.page).input.fill(readAnswer(host.dataDir, 'arithmetic'))
      await visitor.page.locator('.form__submit').click()
      await visitor.page.locator('.form__status--success').waitFor()
    },
  ],
  'the popup, with nothing entered': [
    'zh-Hans',
    async () => {
      await open('pages/popup/popup')
      await visitor.page.locator('.form__submit').click()
      await captchaOn(visitor.page, '.uni-popup-captcha').source()
      await visitor.page.locator('.uni-popup-captcha__button--main').click()
      await visitor.page.locator('[role=alert]').first().waitFor()
    },
  ],
  'the popup, while an answer is looked at': [
    'en',
    async () => {
      await open('pages/login/login')
      const { page } = visitor
      await page.locator('input').nth(0).fill(`rose ${process.pid}`)
      await page.locator('input').nth(1).fill('wrong')
      for (let attempt = 0; attempt < 4; attempt++) {
        const reply = page.waitForResponse((response) => Boolean(response.request().postData()?.includes('login')))
        await page.locator('.form__submit').click()
        await reply
        // The form takes no other attempt before it has said what came of this one.
        if (attempt < 3) await page.locator('.form__status--error').waitFor()
      }
      const captcha = captchaOn(page, '.uni-popup-captcha')
      await captcha.source()
      await captcha.input.fill(readAnswer(host.dataDir, 'login'))
      await page.route('**/unicloud/client', () => {})
      await page.locator('.uni-popup-captcha__button--main').click()
      await page.locator('[role=dialog][aria-busy=true]').waitFor()
    },
  ],
}

test.each(Object.entries(STATES).map(([state, [language, reach]]) => [state, language, reach] as const))(
  'axe-core finds nothing in %s, light and dark, in %s',
  async (_, language, reach) => {
    await speak(language)
    await reach()
    for (const colorScheme of SCHEMES) {
      await dress(colorScheme)
      expect(await axeFindings(visitor.page), colorScheme).toEqual([])
    }
  },
)

describe('a screen reader', () => {
  test('finds in a captcha the picture, the way to another one and the input, each once and by name', async () => {
    await open('pages/register/register')
    expect(await visitor.page.locator('.uni-captcha').ariaSnapshot()).toBe(
      ['- img "图形验证码，看不清可以换一张"', '- button "换一张"', '- textbox "验证码"', '- status'].join('\n'),
    )
  })

  test('finds in the popup a dialog with a name, and all that is in it', async () => {
    await open('pages/popup/popup')
    await visitor.page.locator('.form__submit').click()
    await captchaOn(visitor.page, '.uni-popup-captcha').source()
    expect(await visitor.page.getByRole('dialog', { name: '请完成验证' }).ariaSnapshot()).toBe(
      [
        '- dialog "请完成验证":',
        '  - heading "请完成验证" [level=2]',
        '  - img "图形验证码，看不清可以换一张"',
        '  - button "换一张"',
        '  - textbox "验证码"',
        '  - status',
        '  - button "取消"',
        '  - button "确定"',
      ].join('\n'),
    )
  })

  test('finds no picture where there is none, but what is going on and the way on', async () => {
    await visitor.page.route('**/unicloud/client', (route) => route.abort())
    await visitor.page.goto(`${host.url}/#/pages/register/register`)
    await captchaOn(visitor.page).notice.waitFor()
    expect(await visitor.page.locator('.uni-captcha').ariaSnapshot()).toBe(
      ['- button "重试"', '- textbox "验证码"', '- status: 加载失败，点击重试'].join('\n'),
    )
  })

  test('hears of another picture once when it is asked for and once when it is there', async () => {
    await open('pages/register/register')
    const captcha = captchaOn(visitor.page)
    const before = await captcha.source()
    const said = await listen(visitor.page)
    await captcha.picture.click()
    await captcha.renewed(before)
    expect(await said()).toEqual(['验证码加载中', '验证码已更新'])
  })

  test('hears once why it has to wait, not every second', async () => {
    const refusal = answered('uni-captcha-too-many-requests', { retryAfter: 3 })
    await open('pages/register/register')
    await visitor.page.route('**/unicloud/client', (route) => route.fulfill(refusal))
    const said = await listen(visitor.page)
    await captchaOn(visitor.page).picture.click()
    await captchaOn(visitor.page).notice.filter({ hasText: '可以重试了' }).waitFor()
    expect(await said()).toEqual([
      '验证码加载中',
      expect.stringMatching(/^操作过于频繁，请 [123] 秒后重试$/),
      '可以重试了，点击刷新',
    ])
  })

  test('hears once that an answer was wrong', async () => {
    await open('pages/register/register')
    for (const index of [0, 1]) await visitor.page.locator('input').nth(index).fill('lily')
    const captcha = captchaOn(visitor.page)
    const before = await captcha.source()
    await captcha.input.fill(wrongFor(readAnswer(host.dataDir, 'register')))
    const said = await listen(visitor.page)
    await visitor.page.locator('.form__submit').click()
    await captcha.renewed(before)
    expect((await said()).sort()).toEqual(['验证码加载中', '验证码已更新', '验证码错误'].sort())
  })
})
