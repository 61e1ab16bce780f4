import { describe, expect, test } from 'vitest'

import { axeFindings } from './support/axe'
import { overflowing, visit } from './support/browser'
import { browser, host, useBrowserAndHost, visitor } from './support/setting'
import { freshMobile, smsCodeOn } from './support/sms'

useBrowserAndHost(['--dev'])

/** Asks for a code on the login page; answers it and its number. */
async function receiveCode(): Promise<{ mobile: string; code: string }> {
  const mobile = freshMobile()
  await visitor.page.goto(`${host.url}/#/pages/sms-login/sms-login`)
  const smsCode = smsCodeOn(visitor.page)
  await smsCode.send.waitFor()
  return { mobile, code: await smsCode.receive(host, mobile, 'login') }
}

describe('the development page', () => {
  test('shows a person the code that was asked for, on the next look', async () => {
    const look = await visitor.openTab()
    await look.goto(`${host.url}/development/sms`)
    const { mobile, code } = await receiveCode()
    await look.getByRole('link', { name: '刷新' }).click()
    const row = look.getByRole('row').filter({ hasText: mobile })
    await row.waitFor()
    expect(await row.getByRole('cell').first().innerText()).toBe(code)
    expect(visitor.errors).toEqual([])
  })

  test.each(['zh-CN', 'en-GB'])('has nothing that axe-core finds, in %s, light and dark', async (locale) => {
    await receiveCode()
    const { page, errors, close } = await visit(browser, undefined, locale)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.goto(`${host.url}/development/sms`)
      await page.getByRole('row').nth(1).waitFor()
      expect(await overflowing(page)).toEqual([])
      // Policies that forbid every script forbid axe-core's too; what is looked at is the page as it came.
      const html = await page.content()
      const copy = await (await browser.newContext({ colorScheme })).newPage()
      await copy.setContent(html)
      expect(await axeFindings(copy)).toEqual([])
      await copy.context().close()
    }
    expect(errors).toEqual([])
    await close()
  })
})
