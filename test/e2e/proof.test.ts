import { describe, expect, test } from 'vitest'

import { captchaOn, countCalls } from './support/captcha-page'
import { host, useBrowserAndHost, visitor } from './support/setting'

useBrowserAndHost()

/** The two forms of the page: one beside a picture, one in a scene that has none. */
async function openPage() {
  const { page } = visitor
  await page.goto(`${host.url}/#/pages/proof/proof`)
  await captchaOn(page, '.uni-captcha >> nth=0').source()
  const form = (index: number) => {
    const captcha = page.locator('.uni-captcha').nth(index)
    return {
      captcha,
      link: captcha.locator('.uni-captcha__link').last(),
      words: captcha.locator('.uni-captcha__proof-words'),
      bar: captcha.locator('[role=progressbar]'),
      status: page.locator('.form__status').nth(index),
      submit: page.locator('.form__submit').nth(index),
    }
  }
  return { page, beside: form(0), only: form(1) }
}

describe('a person who cannot read the picture', () => {
  test('presses the link, waits, and is through; the page stays alive meanwhile', async () => {
    const { page, beside } = await openPage()
    await beside.link.focus()
    await page.keyboard.press('Enter')
    await beside.bar.waitFor()
    // The page answers while the device computes.
    const frames = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let frames = 0
          const count = () => (++frames < 10 ? requestAnimationFrame(count) : resolve(frames))
          requestAnimationFrame(count)
        }),
    )
    expect(frames).toBe(10)
    await expect.poll(() => beside.words.textContent(), { timeout: 60_000 }).toBe('验证完成')
    await beside.submit.click()
    await expect.poll(() => page.locator('.form__status').first().textContent()).toBe('验证通过')
    expect(visitor.errors).toEqual([])
  })

  test('keeps the focus on the link, which now leads back to the picture', async () => {
    const { page, beside } = await openPage()
    await beside.link.focus()
    await page.keyboard.press('Enter')
    await beside.bar.waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('返回图形验证码')
    await page.keyboard.press('Enter')
    await captchaOn(page, '.uni-captcha >> nth=0').source()
    expect(await beside.bar.count()).toBe(0)
  })

  test('has no choice to make in a scene without pictures: it is computed by itself', async () => {
    const { page, only } = await openPage()
    await expect.poll(() => only.words.textContent(), { timeout: 60_000 }).toBe('验证完成')
    expect(await only.captcha.locator('.uni-captcha__link').count()).toBe(0)
    const pictures = countCalls(page, 'getImageCaptcha')
    await only.submit.click()
    await expect.poll(() => page.locator('.form__status').last().textContent()).toBe('验证通过')
    expect(pictures()).toBe(0)
  })
})
