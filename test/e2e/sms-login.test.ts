import { describe, expect, test } from 'vitest'

import { countCalls } from './support/captcha-page'
import { host, useBrowserAndHost, visitor } from './support/setting'
import { freshMobile, smsCodeOn, wrongCodeFor } from './support/sms'

useBrowserAndHost(['--dev'])

async function openPage() {
  const { page } = visitor
  await page.goto(`${host.url}/#/pages/sms-login/sms-login`)
  const smsCode = smsCodeOn(page)
  await smsCode.send.waitFor()
  return {
    page,
    ...smsCode,
    submit: () => page.locator('.form__submit').click(),
    pageSays: (text: string) => page.locator('.form__status').filter({ hasText: text }).waitFor(),
  }
}

describe('signing in by SMS', () => {
  test('happens with the last digit, in one call of the business function', async () => {
    const mobile = freshMobile()
    const { page, receive, enter, pageSays, code } = await openPage()
    const right = await receive(host, mobile, 'login')
    const [logins, verifications] = [countCalls(page, 'login'), countCalls(page, 'verifySmsCode')]
    await enter(right)
    await pageSays(`登录成功 ${mobile.slice(0, 3)}****`)
    expect([logins(), verifications()]).toEqual([1, 0])
    await expect.poll(() => code.inputValue()).toBe('')
    expect(visitor.errors).toEqual([])
  })

  test('a wrong code is told and can be corrected; a right one is good for one use', async () => {
    const { receive, enter, pageSays, code } = await openPage()
    const right = await receive(host, freshMobile(), 'login')
    await enter(wrongCodeFor(right))
    await pageSays('验证码错误或已过期')
    await expect.poll(() => code.inputValue()).toBe('')
    await enter(right)
    await pageSays('登录成功')
    await enter(right)
    await pageSays('验证码错误或已过期')
  })

  test('a code of another number is worth nothing', async () => {
    const { receive, enter, pageSays, mobile } = await openPage()
    const code = await receive(host, freshMobile(), 'login')
    await mobile.fill(freshMobile())
    await enter(code)
    await pageSays('验证码错误或已过期')
  })

  test('without a code asks for one, and without a network says so and keeps what was typed', async () => {
    const { page, receive, enter, submit, pageSays, code, says, askFor } = await openPage()
    await submit()
    await pageSays('请先验证手机号')
    const right = await receive(host, freshMobile(), 'login')
    await page.context().setOffline(true)
    await enter(right)
    await pageSays('网络不可用')
    expect(await code.inputValue()).toBe(right)
    await askFor(freshMobile())
    await says('网络不可用')
    await page.context().setOffline(false)
  })

  test('speaks English', async () => {
    const { page, send, askFor, says } = await openPage()
    await page.locator('.shell__language').click()
    await expect.poll(() => send.innerText()).toBe('Get code')
    await askFor('12012345678')
    await says('Please enter a valid mobile number')
  })
})
