import { describe, expect, test } from 'vitest'

import { untilMinuteLasts } from '../support/wait'
import { captchaOn, countCalls, inputsReportAtOnce } from './support/captcha-page'
import { readAnswer, wrongFor } from './support/codes'
import { host, useBrowserAndHost, visitor } from './support/setting'

import type { Route } from 'playwright-core'

useBrowserAndHost()

const CLOUD = '**/unicloud/client'

/** Holds every call of the cloud from now on; what it returns lets them go. */
async function holdCalls(): Promise<() => Promise<void>> {
  const held: Route[] = []
  let isHolding = true
  const hold = (route: Route) => (isHolding ? void held.push(route) : route.continue())
  await visitor.page.route(CLOUD, hold)
  return async () => {
    isHolding = false
    for (const route of held) await route.continue()
    await visitor.page.unroute(CLOUD, hold)
  }
}

/** How much of what is on the page has jumped so far, as browsers measure it (CLS). */
function jumps(): Promise<number> {
  return visitor.page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
            if (!entry.hadRecentInput) sum += entry.value
          }
        }).observe({ type: 'layout-shift', buffered: true })
        setTimeout(() => resolve(sum), 200)
      }),
  )
}

async function openRegister() {
  const { page } = visitor
  await page.goto(`${host.url}/#/pages/register/register`)
  const captcha = captchaOn(page)
  await captcha.source()
  await page.locator('input').nth(0).fill('lily')
  await page.locator('input').nth(1).fill('hunter2')
  return { page, captcha, status: page.locator('.form__status'), submit: page.locator('.form__submit') }
}

const answer = () => readAnswer(host.dataDir, 'register')

describe('on a slow network', () => {
  test('something of the picture’s size holds its place: nothing jumps when it comes', async () => {
    const { page } = visitor
    const release = await holdCalls()
    await page.goto(`${host.url}/#/pages/register/register`)
    const { picture, source } = captchaOn(page)
    await page.locator('.uni-captcha__spinner').waitFor()
    const before = await picture.boundingBox()
    expect(before).toMatchObject({ width: 150, height: 40 })
    // Browsers forgive what jumps within half a second of a key or a tap.
    await page.waitForTimeout(700)
    await release()
    await source()
    expect(await picture.boundingBox()).toEqual(before)
    expect(await jumps()).toBe(0)
  })

  test('so it is for a scene whose pictures have another size, from the second visit on', async () => {
    const { page } = visitor
    const draw = (route: Route) =>
      route.fulfill({
        json: {
          success: true,
          data: {
            errCode: 0,
            captchaBase64: 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==',
            width: 200,
            height: 80,
            maxLength: 4,
            expiresIn: 180,
          },
        },
      })
    await page.route(CLOUD, draw)
    await page.goto(`${host.url}/#/pages/register/register`)
    await captchaOn(page).source()
    await page.unroute(CLOUD)
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    await page.route(CLOUD, async (route) => {
      await released
      await draw(route)
    })
    await page.reload()
    await page.locator('.uni-captcha__spinner').waitFor()
    expect(await captchaOn(page).picture.boundingBox()).toMatchObject({ width: 200, height: 80 })
    await page.waitForTimeout(700)
    release()
    await captchaOn(page).source()
    expect(await jumps()).toBe(0)
  })

  test('the popup does not jump, either', async () => {
    const { page } = visitor
    await page.goto(`${host.url}/#/pages/popup/popup`)
    const release = await holdCalls()
    await page.locator('.form__submit').click()
    await page.locator('.uni-captcha__spinner').waitFor()
    await page.waitForTimeout(700)
    await release()
    await captchaOn(page, '.uni-popup-captcha').source()
    expect(await jumps()).toBe(0)
  })
})

describe('offline', () => {
  test('it says so, and the picture comes by itself when the network is back', async () => {
    const { page, captcha } = await openRegister()
    await page.context().setOffline(true)
    await captcha.picture.click()
    await captcha.notice.filter({ hasText: '网络未连接，点击重试' }).waitFor()
    await page.context().setOffline(false)
    expect(await captcha.source()).toMatch(/^data:image/)
    expect(await page.locator('input').nth(0).inputValue()).toBe('lily')
  })
})

describe('a server that cannot draw', () => {
  test('is quoted, and asked again by a tap', async () => {
    const { page, captcha } = await openRegister()
    const data = { errCode: 'uni-captcha-store-unavailable', errMsg: '验证码存储暂不可用，请稍后重试' }
    await page.route(CLOUD, (route) => route.fulfill({ json: { success: true, data } }))
    await captcha.picture.click()
    await captcha.notice.filter({ hasText: '加载失败，点击重试' }).waitFor()
    expect(await page.locator('.uni-captcha__status').textContent()).toBe(data.errMsg)
    await page.unroute(CLOUD)
    await captcha.picture.click()
    expect(await captcha.source()).toMatch(/^data:image/)
    await captcha.input.fill(answer())
    await page.locator('.form__submit').click()
    await page.getByText('注册成功').waitFor()
  })
})

describe('a wrong answer', () => {
  test('gives its reason, draws a new picture, has the focus in an empty field, and costs no other input', async () => {
    const { page, captcha, status, submit } = await openRegister()
    const before = await captcha.source()
    await captcha.input.fill(wrongFor(answer()))
    await submit.click()
    await status.filter({ hasText: '验证码错误' }).waitFor()
    await captcha.renewed(before)
    expect(await captcha.input.inputValue()).toBe('')
    expect(await captcha.input.evaluate((input) => input === document.activeElement)).toBe(true)
    expect(await page.locator('input').nth(0).inputValue()).toBe('lily')
    expect(await page.locator('input').nth(1).inputValue()).toBe('hunter2')
  })
})

describe('typed and confirmed in one go, faster than uni reports it', () => {
  test('a right answer passes', async () => {
    const { page, captcha, status } = await openRegister()
    await inputsReportAtOnce(page)
    await captcha.input.focus()
    await page.keyboard.type(answer())
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await status.filter({ hasText: '注册成功' }).waitFor()
  })

  test('a wrong answer leaves an empty field: what comes late does not come back', async () => {
    const { page, captcha, status } = await openRegister()
    const before = await captcha.source()
    await captcha.input.focus()
    await page.keyboard.type(wrongFor(answer()))
    await page.keyboard.press('Enter')
    await status.filter({ hasText: '验证码错误' }).waitFor()
    await captcha.renewed(before)
    await inputsReportAtOnce(page)
    expect(await captcha.input.inputValue()).toBe('')
    await page.keyboard.type(answer())
    await page.keyboard.press('Enter')
    await status.filter({ hasText: '注册成功' }).waitFor()
  })
})

describe('too many pictures', () => {
  test('are refused with the seconds left, which count down; then a tap asks again', async () => {
    const { page, captcha } = await openRegister()
    // Where another minute begins meanwhile, there is less to wait than is looked at here.
    await untilMinuteLasts(20_000)
    const refused = () => captcha.notice.filter({ hasText: /操作过于频繁，请 \d+ 秒后重试/ })
    for (let tap = 0; tap < 40 && (await refused().count()) === 0; tap++) {
      const reply = page.waitForResponse((response) => Boolean(response.request().postData()?.includes('getImage')))
      await captcha.picture.click()
      await reply
      await page.locator('.uni-captcha__spinner').waitFor({ state: 'detached' })
    }
    await refused().waitFor()
    const left = async () => Number(/\d+/.exec((await captcha.notice.textContent()) ?? '')?.[0])
    const first = await left()
    expect(first).toBeGreaterThan(3)
    expect(first).toBeLessThanOrEqual(120)
    const requests = countCalls(page, 'getImageCaptcha')
    await captcha.picture.click()
    await expect.poll(left).toBeLessThan(first)
    expect(requests(), 'a tap in the meantime asks for nothing').toBe(0)
    expect(await page.locator('.uni-captcha__refresh').getAttribute('aria-disabled')).toBe('true')
    await page.clock.install()
    await captcha.picture.click()
    await page.clock.fastForward(first * 1000)
    await captcha.notice.filter({ hasText: '可以重试了，点击刷新' }).waitFor()
    await captcha.picture.click()
    await expect.poll(requests).toBe(1)
  })
})

describe('an answer on its way', () => {
  test('is sent once, however often it is submitted, and a tap does not replace its picture', async () => {
    const { page, captcha, status, submit } = await openRegister()
    const before = await captcha.source()
    const [verifications, pictures] = [countCalls(page, 'verify'), countCalls(page, 'getImageCaptcha')]
    await captcha.input.fill(answer())
    const release = await holdCalls()
    await submit.click()
    await page.getByText('提交中').waitFor()
    await submit.click()
    await captcha.input.press('Enter')
    await captcha.picture.click()
    await release()
    await status.filter({ hasText: '注册成功' }).waitFor()
    expect(verifications()).toBe(1)
    expect(pictures()).toBe(0)
    expect(await captcha.source()).toBe(before)
  })

  test('that the popup has confirmed keeps its picture, and passes', async () => {
    const { page } = visitor
    await page.goto(`${host.url}/#/pages/login/login`)
    await page.locator('.credentials__name input').fill('tulip')
    const attempt = async (password: string) => {
      await inputsReportAtOnce(page)
      await page.locator('.credentials__password input').fill(password)
      const reply = page.waitForResponse((response) => Boolean(response.request().postData()?.includes('login')))
      await page.locator('.form__submit').click()
      await reply
    }
    for (let time = 0; time < 3; time++) {
      await attempt('wrong')
      await page.locator('.form__status').filter({ hasText: '用户名或密码错误' }).waitFor()
    }
    await attempt('open-sesame')
    const captcha = captchaOn(page, '.uni-popup-captcha')
    const before = await captcha.source()
    await captcha.input.fill(readAnswer(host.dataDir, 'login'))
    const pictures = countCalls(page, 'getImageCaptcha')
    const release = await holdCalls()
    await captcha.input.press('Enter')
    await page.locator('[role=dialog][aria-busy=true]').waitFor()
    await captcha.picture.click()
    expect(await captcha.source()).toBe(before)
    await release()
    await page.locator('.form__status').filter({ hasText: '登录成功' }).waitFor()
    expect(pictures()).toBe(0)
  })
})
