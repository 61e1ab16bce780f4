import { afterAll, describe, expect, test } from 'vitest'

import { axeFindings } from './support/axe'
import { launchBrowser, PHONE } from './support/browser'
import { copyBuiltProject } from './support/built-project'
import { captchaOn, countCalls } from './support/captcha-page'
import { readAnswer } from './support/codes'
import { browser, host, useBrowserAndHost, visitor } from './support/setting'

// The scene without a picture is computed on every page that is opened here, beside what is looked at.
const project = copyBuiltProject({ seconds: { 'proof-only': 0.05, 'proof-slide': 0.05 } })
afterAll(project.remove)
useBrowserAndHost([], { PROJECT_DIR: project.folder })

/** The forms of the page: one beside a picture, one in a scene that has none, one whose picture carries work. */
async function openPage(page = visitor.page, url = host.url) {
  await page.goto(`${url}/#/pages/proof/proof`)
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
  return { page, beside: form(0), only: form(1), carrying: form(2), slid: form(3) }
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

  test('keeps the focus where a proof that began by itself fails, is tried again, and passes', async () => {
    const { page } = visitor
    let isRefused = true
    let held: Promise<void> | undefined
    await page.route('**/unicloud/client', async (route) => {
      const asked = route.request().postData() ?? ''
      if (!asked.includes('getChallenge')) return route.continue()
      await held
      // The cloud object has no such method, and says so.
      await route.continue({ postData: isRefused ? asked.replaceAll('getChallenge', 'getNothing') : asked })
    })
    const { only } = await openPage()
    const focused = () => only.captcha.locator(':focus').evaluate((element) => element.getAttribute('role'))
    const press = async () => {
      let release = () => {}
      held = new Promise((resolve) => (release = resolve))
      await page.keyboard.press('Enter')
      await only.bar.waitFor()
      await expect.poll(focused).toBe('progressbar')
      release()
    }
    await only.link.focus()
    await press()
    await expect.poll(focused).toBe('button')
    expect(await only.link.innerText()).toBe('重试')
    isRefused = false
    await press()
    await expect.poll(() => only.words.textContent(), { timeout: 60_000 }).toBe('验证完成')
    await expect.poll(focused).toBe('img')
  })

  test('has no choice to make in a scene without pictures: it is computed by itself', async () => {
    const { page, only } = await openPage()
    await expect.poll(() => only.words.textContent(), { timeout: 60_000 }).toBe('验证完成')
    expect(await only.captcha.locator('.uni-captcha__link').count()).toBe(0)
    const pictures = countCalls(page, 'getImageCaptcha')
    await only.submit.click()
    await expect.poll(() => page.locator('.form__status').textContent()).toBe('验证通过')
    expect(pictures()).toBe(0)
  })
})

describe('a proof that is slid', () => {
  const track = '.uni-captcha__track'

  test('begins at the end of the track and not before it, has no fault that axe finds, and passes', async () => {
    const { page, only, slid } = await openPage()
    // The proof that begins by itself, on the same page, is not counted.
    await expect.poll(() => only.words.textContent(), { timeout: 60_000 }).toBe('验证完成')
    const asked = countCalls(page, 'getChallenge')
    const slider = slid.captcha.locator(track)
    await slider.scrollIntoViewIfNeeded()
    const { x, y, width, height } = (await slider.boundingBox())!
    expect([height >= 44, (await slid.captcha.locator('.uni-captcha__handle').boundingBox())!.width]).toEqual([
      true,
      44,
    ])
    const drag = async (toX: number) => {
      await page.mouse.move(x + 20, y + height / 2)
      await page.mouse.down()
      await page.mouse.move(toX, y + height / 2, { steps: 4 })
    }
    expect(await axeFindings(page)).toEqual([])
    await drag(x + width / 2)
    await expect
      .poll(async () => (await slid.captcha.locator('.uni-captcha__handle').boundingBox())!.x)
      .toBeGreaterThan(x + width / 4)
    await page.mouse.up()
    await expect
      .poll(async () => (await slid.captcha.locator('.uni-captcha__handle').boundingBox())!.x)
      .toBeLessThan(x + 3)
    expect(asked()).toBe(0)
    await drag(x + width - 1)
    await page.mouse.up()
    await expect.poll(() => slider.textContent(), { timeout: 60_000 }).toBe('✓ 验证完成')
    expect(asked()).toBe(1)
    expect(await axeFindings(page)).toEqual([])
    await slid.submit.click()
    await expect.poll(() => page.locator('.form__status').last().textContent()).toBe('验证通过')
    expect(visitor.errors).toEqual([])
  })

  test('follows a finger, which begins it at the end of the track and may still scroll the page', async () => {
    // So low that the page is scrolled down when the slider is in view.
    const viewport = { width: PHONE.width, height: 500 }
    const context = await browser.newContext({ hasTouch: true, isMobile: true, viewport, locale: 'zh-CN' })
    const { page, only, slid } = await openPage(await context.newPage())
    await expect.poll(() => only.words.textContent(), { timeout: 60_000 }).toBe('验证完成')
    const asked = countCalls(page, 'getChallenge')
    const slider = slid.captcha.locator(track)
    const handle = slid.captcha.locator('.uni-captcha__handle')
    const finger = await context.newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x = 0, y = 0) =>
      finger.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] })
    const middle = async () => {
      const { x, y, width, height } = (await slider.boundingBox())!
      return { x, y: y + height / 2, end: x + width }
    }
    await slider.scrollIntoViewIfNeeded()
    const { x, y, end } = await middle()
    await touch('touchStart', x + 20, y)
    for (let step = 1; step <= 4; step++) await touch('touchMove', x + 20 + ((end - x) / 8) * step, y)
    await expect.poll(async () => (await handle.boundingBox())!.x).toBeGreaterThan(x + (end - x) / 4)
    await touch('touchEnd')
    await expect.poll(async () => (await handle.boundingBox())!.x).toBeLessThan(x + 3)
    expect(asked()).toBe(0)
    // Along the page, it goes with the finger, and nothing is slid.
    const top = await page.evaluate(() => scrollY)
    await touch('touchStart', x + 20, y)
    for (let step = 1; step <= 8; step++) await touch('touchMove', x + 20, y + step * 20)
    await touch('touchEnd')
    await expect.poll(() => page.evaluate(() => scrollY)).toBeLessThan(top)
    expect(asked()).toBe(0)
    await slider.scrollIntoViewIfNeeded()
    const again = await middle()
    await touch('touchStart', x + 20, again.y)
    for (let step = 1; step <= 8; step++) await touch('touchMove', x + 20 + ((end - x - 21) / 8) * step, again.y)
    await touch('touchEnd')
    await expect.poll(() => slider.textContent(), { timeout: 60_000 }).toBe('✓ 验证完成')
    expect(asked()).toBe(1)
    await context.close()
  })

  test('is begun by an arrow key, keeps the focus, and by one touch of a finger', async () => {
    const { page, slid } = await openPage()
    const slider = slid.captcha.locator(track)
    await slider.focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => slider.textContent(), { timeout: 60_000 }).toBe('✓ 验证完成')
    expect(await slider.evaluate((element) => element === document.activeElement)).toBe(true)

    const context = await browser.newContext({ hasTouch: true, isMobile: true, viewport: PHONE, locale: 'zh-CN' })
    const touched = await openPage(await context.newPage())
    await touched.slid.captcha.locator(track).tap()
    await expect.poll(() => touched.slid.captcha.locator(track).textContent(), { timeout: 60_000 }).toBe('✓ 验证完成')
    await context.close()
  })
})

describe('a picture that carries work', () => {
  /** Everything up to the first letter. */
  async function look() {
    const verified = countCalls(visitor.page, 'verify')
    const worked: number[] = []
    visitor.page.on('response', (response) => {
      const asked = response.request().postData() ?? ''
      if (asked.includes('redeemSolutions') && asked.includes('proof-beside')) worked.push(response.status())
    })
    const { page, carrying } = await openPage()
    await captchaOn(page, '.uni-captcha >> nth=2').source()
    const answer = readAnswer(host.dataDir, 'proof-beside')
    return { page, carrying, input: carrying.captcha.locator('input'), answer, worked, verified }
  }
  const status = () => visitor.page.locator('.form__status').textContent()

  test('is typed as any other while the device works, and passes with one call when that is done', async () => {
    const { page, input, answer, worked, verified } = await look()
    await input.focus()
    await page.keyboard.type(answer, { delay: 50 })
    await expect.poll(() => worked).toEqual([200])
    expect(verified()).toBe(0)
    await page.keyboard.press('Enter')
    await expect.poll(status).toBe('验证通过')
    expect(verified()).toBe(1)
  })

  test('answered before the work is done waits for it, and passes with one call', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await visitor.page.route('**/unicloud/client', async (route) => {
      if (route.request().postData()?.includes('redeemSolutions')) await held
      await route.continue()
    })
    const { page, carrying, input, answer, verified } = await look()
    await input.fill(answer)
    await page.keyboard.press('Enter')
    const words = carrying.captcha.locator('.uni-captcha__status')
    await expect.poll(() => words.textContent()).toBe('正在验证，请稍候…')
    expect(verified()).toBe(0)
    release()
    await expect.poll(status).toBe('验证通过')
    expect(verified()).toBe(1)
  })
})

describe('a proof is computed, whatever the page may use,', () => {
  /** The address of the page, as what runs in it says: with workers or without, and with which engine. */
  async function prove(page = visitor.page, url = host.url) {
    const workers: string[] = []
    page.on('worker', (worker) => workers.push(worker.url()))
    const { beside } = await openPage(page, url)
    const [isSecure, calls] = await page.evaluate(() => {
      const used = { deriveBits: 0, instantiate: 0 }
      Object.assign(globalThis, { used })
      const { subtle } = crypto
      if (subtle) {
        const derive = subtle.deriveBits
        subtle.deriveBits = (...args: Parameters<typeof derive>) => (used.deriveBits++, derive.apply(subtle, args))
      }
      const compile = WebAssembly.instantiate as (...args: unknown[]) => unknown
      Object.assign(WebAssembly, { instantiate: (...args: unknown[]) => (used.instantiate++, compile(...args)) })
      return [isSecureContext, used] as const
    })
    expect(calls).toEqual({ deriveBits: 0, instantiate: 0 })
    await beside.link.click()
    await expect.poll(() => beside.words.textContent(), { timeout: 100_000 }).toBe('验证完成')
    await beside.submit.click()
    await expect.poll(() => beside.status.textContent()).toBe('验证通过')
    const used = await page.evaluate(() => (globalThis as unknown as { used: Record<string, number> }).used)
    return { isSecure, workers, used }
  }

  /** Serves the page with other headers, and its scripts with the leave to be loaded from elsewhere. */
  async function change(policy: string, rewrite = (html: string) => html) {
    await visitor.page.route('**/*', async (route) => {
      if (!/\/$|\.(html|js|css)$/.test(new URL(route.request().url()).pathname)) return route.continue()
      const response = await route.fetch()
      const headers: Record<string, string> = {
        ...response.headers(),
        'access-control-allow-origin': '*',
        'content-security-policy': policy,
      }
      const isPage = headers['content-type']?.includes('html')
      await route.fulfill({ response, headers, ...(isPage && { body: rewrite(await response.text()) }) })
    })
  }

  test('in workers on a secure page', async () => {
    const { isSecure, workers, used } = await prove()
    expect(isSecure).toBe(true)
    expect(workers.length).toBeGreaterThan(0)
    expect(used).toEqual({ deriveBits: 0, instantiate: 0 })
  })

  test('in workers on a page of plain http, which has no WebCrypto', async () => {
    const { port } = new URL(host.url)
    const plain = await launchBrowser(['--host-resolver-rules=MAP plain.test 127.0.0.1'])
    try {
      const { isSecure, workers } = await prove(await plain.newPage({ locale: 'zh-CN' }), `http://plain.test:${port}`)
      expect(isSecure).toBe(false)
      expect(workers.length).toBeGreaterThan(0)
    } finally {
      await plain.close()
    }
  })

  test('on the page where its policy forbids workers', async () => {
    await change("worker-src 'none'")
    const { workers, used } = await prove()
    expect(workers).toEqual([])
    expect(used['deriveBits']).toBeGreaterThan(28)
  })

  test('on the page where its scripts come from another address, as from a CDN', async () => {
    const { port } = new URL(host.url)
    await change('', (html) => html.replaceAll(/(src|href)="\.?\/?assets\//g, `$1="http://localhost:${port}/assets/`))
    const { workers, used } = await prove()
    expect(workers).toEqual([])
    expect(used['deriveBits']).toBeGreaterThan(28)
  })
})
