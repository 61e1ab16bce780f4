import { describe, expect, test } from 'vitest'

import { captchaOn, countCalls, inputsReportAtOnce } from './support/captcha-page'
import { readCodes, readAnswer, wrongFor } from './support/codes'
import { host, useBrowserAndHost, visitor } from './support/setting'

useBrowserAndHost()

async function loginPage(username: string) {
  const { page } = visitor
  await page.goto(`${host.url}/#/pages/login/login`)
  const [, password = ''] = /：(\S+)$/.exec((await page.locator('.credentials__hint').textContent()) ?? '') ?? []
  expect(password, 'the page says the password of the demo').not.toBe('')
  await page.locator('.credentials__name input').fill(username)
  const status = page.locator('.form__status')
  return {
    page,
    status,
    password,
    captcha: captchaOn(page, '.uni-popup-captcha'),
    panel: page.locator('.uni-popup-captcha__panel'),
    button: (label: string) => page.locator('.uni-popup-captcha__button').filter({ hasText: label }),
    logins: countCalls(page, 'login'),
    pictures: countCalls(page, 'getImageCaptcha'),
    says: (text: string) => status.filter({ hasText: text }).waitFor(),
    /** sends the form and waits for the cloud side's answer */
    tryPassword: async (typed: string) => {
      await inputsReportAtOnce(page)
      await page.locator('.credentials__password input').fill(typed)
      const answered = page.waitForResponse((response) => Boolean(response.request().postData()?.includes('login')))
      await page.locator('.form__submit').click()
      await answered
    },
  }
}

type LoginPage = Awaited<ReturnType<typeof loginPage>>

async function failThreeTimes({ tryPassword, says, status }: LoginPage): Promise<void> {
  for (let time = 0; time < 3; time++) {
    await tryPassword('wrong')
    await says('用户名或密码错误')
    expect(await status.count()).toBe(1)
  }
}

const answer = () => readAnswer(host.dataDir, 'login')

describe('a login', () => {
  test('asks for nothing until it has failed three times, then for a captcha, and forgets after a success', async () => {
    const login = await loginPage('lily')
    const { page, captcha, panel, button, says, password, logins, pictures } = login
    await failThreeTimes(login)
    expect(logins()).toBe(3)
    expect(pictures()).toBe(0)
    expect(await panel.isVisible()).toBe(false)

    await login.tryPassword(password)
    await panel.waitFor()
    const before = await captcha.source()
    await expect.poll(() => captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)

    await captcha.input.fill(wrongFor(answer()))
    await button('确定').click()
    await page.locator('[role=alert]').filter({ hasText: '验证码错误' }).waitFor()
    await captcha.renewed(before)
    await expect.poll(() => captcha.input.inputValue()).toBe('')
    await expect.poll(() => captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)

    await page.keyboard.type(answer())
    await page.keyboard.press('Enter')
    await says('登录成功')
    expect(await panel.isVisible()).toBe(false)
    expect(logins()).toBe(6)
    expect(pictures()).toBe(2)

    await failThreeTimes(login)
    expect(logins()).toBe(9)
    expect(pictures(), 'the success has cleared the failures').toBe(2)
    expect(visitor.errors).toEqual([])
  })

  test('with a right captcha and a wrong password closes the popup and says what is wrong', async () => {
    const login = await loginPage('rose')
    const { captcha, panel, button, says } = login
    await failThreeTimes(login)
    await login.tryPassword('wrong')
    await captcha.source()
    await captcha.input.fill(answer())
    await button('确定').click()
    await says('用户名或密码错误')
    expect(await panel.isVisible()).toBe(false)
    expect(readCodes(host.dataDir, 'login').filter((row) => row.code === answer())[0]?.state).toBe(1)
  })

  test('is not sent again when the captcha is cancelled, and can be tried once more', async () => {
    const login = await loginPage('iris')
    const { captcha, panel, button, status, says, password, logins } = login
    await failThreeTimes(login)
    await login.tryPassword(password)
    const before = await captcha.source()
    await button('取消').click()
    await panel.waitFor({ state: 'hidden' })
    expect(await status.count()).toBe(0)
    expect(logins()).toBe(4)
    await login.tryPassword(password)
    await captcha.renewed(before)
    await captcha.input.fill(answer())
    await button('确定').click()
    await says('登录成功')
  })

  test('sends a confirmed captcha once, however often it is confirmed on a slow network', async () => {
    const login = await loginPage('daisy')
    const { page, captcha, button, says, password, logins } = login
    await failThreeTimes(login)
    await login.tryPassword(password)
    await captcha.source()
    await captcha.input.fill(answer())
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/unicloud/client', async (route) => {
      await held
      await route.continue()
    })
    await button('确定').click()
    const busy = button('验证中')
    await busy.waitFor()
    expect(await busy.getAttribute('aria-disabled')).toBe('true')
    await busy.click({ force: true })
    await captcha.input.press('Enter')
    release()
    await says('登录成功')
    expect(logins()).toBe(5)
  })
})
