import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import vue from '@vitejs/plugin-vue'
import { build as viteBuild } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { build } from '../../scripts/build'
import { makeProject } from '../support/project'
import { storedCaptchas } from '../contract/support/answers'
import { closeAll, openHost, temporaryDirectory, type OpenedHost } from '../contract/support/host-project'
import { newSecret } from '../contract/support/sites'
import { axeFindings } from './support/axe'
import { launchBrowser, PHONE, visit, type Visit } from './support/browser'
import { readCells } from './support/taps'

import type { Browser, Page, Response, Route } from 'playwright-core'

const WIDGET = 'dist/widget/uni-captcha-widget.js'
const { secret, hash } = newSecret()
const easy = newSecret()
const SITES = {
  shop: { secrets: [hash], hosts: ['localhost'], scenes: ['login', 'sum', 'prove', 'slide', 'press', 'tap', 'busy'] },
  easy: { secrets: [easy.hash], hosts: ['localhost'], scenes: ['login'], whenNeeded: true },
}
const CONFIG = {
  sites: SITES,
  work: { seconds: 0.05 },
  imageLimit: { enabled: false },
  scene: {
    sum: { mathExpr: true, alternative: 'pow' },
    prove: { challenge: 'pow' },
    slide: { challenge: 'pow', face: 'slide' },
    press: { challenge: 'pow', face: 'button' },
    tap: { challenge: 'tap', alternative: 'pow' },
    busy: { addressLimit: { pictures: { hour: { soft: 0 } } } },
  },
}

let host: OpenedHost
let browser: Browser
let visitor: Visit
let pages: Server
let origin: string
let script: { src: string; integrity: string }
/** What the page's form sent to its own back end. */
let sent: URLSearchParams[]
const FRAMEWORKS = ['react', 'vue']
const scripts: Record<string, string> = {}
let attributes = 'sitekey="shop" scene="login" required'

/** A page as a PHP project has it, on another origin than the host, with a strict content security policy. */
function toPage(widget: string): string {
  return `<!doctype html><html lang="zh-CN"><head><title>登录</title><meta name="viewport" content="width=device-width">
<script src="${host.url}${script.src}" integrity="${script.integrity}" crossorigin="anonymous" defer></script></head>
<body><main><h1>登录</h1><form method="post" action="/login">
<label>用户名 <input name="user" value="tom"></label>
<uni-captcha-widget ${widget}></uni-captcha-widget>
<button type="submit">登录</button> <button type="reset">重置</button></form></main></body></html>`
}

/** A page of an application that was built with Vite. */
function pageWith(framework: string): string {
  return `<!doctype html><html lang="zh-CN"><head><title>登录</title>
<script src="${host.url}${script.src}" integrity="${script.integrity}" crossorigin="anonymous" defer></script>
<script type="module" src="/${framework}.js"></script></head><body><main></main></body></html>`
}

async function buildPage(framework: string): Promise<string> {
  const isCustomElement = (tag: string) => tag === 'uni-captcha-widget'
  const built = await viteBuild({
    configFile: false,
    logLevel: 'error',
    plugins: [vue({ template: { compilerOptions: { isCustomElement } } })],
    build: { write: false, rollupOptions: { input: `test/fixtures/widget-pages/${framework}.ts` } },
  })
  if (!('output' in built)) throw new Error(`the page with ${framework} was not built as one`)
  return built.output[0].code
}

beforeAll(async () => {
  await build('widget')
  for (const framework of FRAMEWORKS) scripts[framework] = await buildPage(framework)
  const projectDir = makeProject(temporaryDirectory(), { config: { 'uni-captcha': CONFIG } })
  host = await openHost({ projectDir, widgetFile: WIDGET })
  script = (await (await fetch(`${host.url}/widget/index.json`)).json()) as typeof script
  pages = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        sent.push(new URLSearchParams(body))
        response.end('<!doctype html><title>ok</title>')
      })
      return
    }
    const policy = `default-src 'none'; script-src 'self' ${host.url}; connect-src ${host.url}; form-action 'self'`
    response.setHeader('content-security-policy', policy)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    const [, framework = '', isScript] = /^\/(react|vue)(\.js)?$/.exec(request.url ?? '') ?? []
    if (isScript) response.setHeader('content-type', 'text/javascript')
    if (isScript) response.end(scripts[framework])
    else if (framework !== '') response.end(pageWith(framework))
    else response.end(request.url === '/' ? toPage(attributes) : '')
  })
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  origin = `http://localhost:${(pages.address() as AddressInfo).port}`
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  pages?.close()
  await closeAll()
})
beforeEach(async () => {
  sent = []
  visitor = await visit(browser)
})
afterEach(() => visitor.close())

/** Waits for the next page, too: a profile whose page is on its way to another one has stood still when it was closed. */
async function isHandedIn(): Promise<void> {
  await expect.poll(() => sent.length).toBe(1)
  await visitor.page.waitForURL('**/login')
}

async function open(widget = 'sitekey="shop" scene="login" required', at = origin) {
  attributes = widget
  const { page } = visitor
  await page.goto(at)
  const element = page.locator('uni-captcha-widget')
  return {
    page,
    element,
    picture: element.locator('button.uni-captcha__picture'),
    input: element.locator('input'),
    status: element.locator('[role=status]'),
    submit: page.locator('button[type=submit]'),
  }
}

/** The answer to the newest captcha of a scene. */
function readAnswer(scene: string): string {
  const rows = storedCaptchas(host.dataDir, scene).filter((row) => row['kind'] === 'site')
  return rows.sort((a, b) => b.created_date - a.created_date)[0]!.code
}

async function isDrawn(opened: Pick<Awaited<ReturnType<typeof open>>, 'picture'>): Promise<void> {
  await expect.poll(() => opened.picture.getAttribute('aria-busy')).toBe('false')
}

async function siteverify(response: string | null, siteSecret = secret) {
  const body = new URLSearchParams({ secret: siteSecret, response: response ?? '' })
  return (await fetch(`${host.url}/siteverify`, { method: 'POST', body })).json()
}

test('one script of at most 15 kB gzipped, and one that computes, are served for ever under a hash, to pages of any site', async () => {
  expect(gzipSync(readFileSync(WIDGET), { level: 9 }).length).toBeLessThanOrEqual(15_000)
  const folder = script.src.replace(/\/[^/]+$/, '')
  for (const [at, cacheControl] of [
    [folder, 'public, max-age=31536000, immutable'],
    ['/widget', 'no-cache'],
  ] as const) {
    for (const name of ['uni-captcha-widget.js', 'uni-captcha-proof.js']) {
      const response = await fetch(`${host.url}${at}/${name}`)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
      expect(response.headers.get('cache-control')).toBe(cacheControl)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(await response.text()).toBe(readFileSync(join('dist/widget', name), 'utf8'))
    }
  }
  expect((await fetch(`${host.url}/widget/0000/uni-captcha-widget.js`)).status).toBe(404)
  const types = await fetch(`${host.url}/widget/uni-captcha-widget.d.ts`)
  expect(await types.text()).toBe(readFileSync('widget/uni-captcha-widget.d.ts', 'utf8'))
  const { src, integrity } = (await (await fetch(`${host.url}/widget/index.json`)).json()) as typeof script
  const digest = createHash('sha384').update(readFileSync(WIDGET)).digest('base64')
  expect([src, integrity]).toEqual([script.src, `sha384-${digest}`])
})

test('a form on a foreign origin with a strict policy sends a token that siteverify takes once', async () => {
  const opened = await open()
  const { page, input, submit } = opened
  await isDrawn(opened)
  await submit.click()
  expect(sent).toEqual([])
  expect(await axeFindings(page)).toEqual([])
  await input.fill(readAnswer('login'))
  await opened.status.filter({ hasText: '验证完成' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await submit.click()
  await isHandedIn()
  expect(sent[0]!.get('user')).toBe('tom')
  const token = sent[0]!.get('uni-captcha-response')
  expect(await siteverify(token)).toMatchObject({ success: true, hostname: 'localhost', action: 'login' })
  expect(await siteverify(token)).toEqual({ success: false, 'error-codes': ['timeout-or-duplicate'] })
  expect(visitor.errors).toEqual([])
})

test('a wrong answer says so, shows another picture and takes the right answer to that', async () => {
  const opened = await open()
  await isDrawn(opened)
  const before = readAnswer('login')
  await opened.input.fill(before.startsWith('a') ? 'cccc' : 'aaaa')
  await opened.status.filter({ hasText: '验证码错误' }).waitFor()
  await expect.poll(() => readAnswer('login')).not.toBe(before)
  await isDrawn(opened)
  expect(await opened.input.inputValue()).toBe('')
  await opened.input.fill(readAnswer('login'))
  await opened.status.filter({ hasText: '验证完成' }).waitFor()
})

test('by keyboard alone: the picture is a button, Enter answers a sum and sends the form', async () => {
  const opened = await open('sitekey="shop" scene="sum" required')
  const { page } = opened
  await isDrawn(opened)
  await page.locator('input[name=user]').focus()
  await page.keyboard.press('Tab')
  const inside = () =>
    page.evaluate(() => document.querySelector('uni-captcha-widget')!.shadowRoot!.activeElement?.className)
  expect(await inside()).toBe('uni-captcha__picture')
  await page.keyboard.press('Tab')
  expect(await inside()).toBe('uni-captcha__input')
  await expect.poll(() => opened.input.getAttribute('placeholder')).toBe('请输入计算结果')
  const missing = await opened.element.evaluate((element) => (element as HTMLInputElement).validationMessage)
  expect(missing, 'what a form says that is sent too early').toBe('请输入计算结果')
  await page.keyboard.type(readAnswer('sum'))
  await page.keyboard.press('Enter')
  await isHandedIn()
  expect(await siteverify(sent[0]!.get('uni-captcha-response'))).toMatchObject({ success: true, action: 'sum' })
})

test('characters of a picture are tapped, by a mouse and by the keyboard, and a wrong order asks anew', async () => {
  const opened = await open('sitekey="shop" scene="tap" required')
  const { page, element, status } = opened
  const field = element.locator('.uni-captcha__tap-field')
  const marks = element.locator('.uni-captcha__tap-mark:visible')
  await field.waitFor()
  await expect.poll(() => element.locator('.uni-captcha__tap-words').innerText()).toBe('依次点击上方的四个字符')
  expect(await opened.input.isVisible()).toBe(false)
  const missing = await element.evaluate((widget) => (widget as HTMLInputElement).validationMessage)
  expect(missing).toBe('依次点击上方的四个字符')
  expect(await axeFindings(page)).toEqual([])

  const [first = 0, second = 0, ...others] = readCells(host.dataDir, 'tap', { sitekey: 'shop', hostname: 'localhost' })
  const picture = (await element.locator('.uni-captcha__tap-image:visible').boundingBox())!
  const renewed = page.waitForResponse('**/challenge')
  for (const cell of [second, first, ...others]) {
    const [column, row] = [(cell - 1) % 4, Math.floor((cell - 1) / 4)]
    await page.mouse.click(picture.x + column * 75 + 50, picture.y + 50 + row * 75 + 50)
  }
  await status.filter({ hasText: '验证码错误' }).waitFor()
  await renewed
  await element.locator('.uni-captcha__tap-picture:not(.uni-captcha__picture--dimmed)').waitFor()
  await expect.poll(() => marks.count()).toBe(0)
  await expect.poll(() => field.evaluate((shown) => shown.matches(':focus'))).toBe(true)

  const cells = readCells(host.dataDir, 'tap', { sitekey: 'shop', hostname: 'localhost' })
  const wrong = [1, 2, 3, 4, 5, 6, 7, 8].find((cell) => !cells.includes(cell))
  await page.keyboard.press(`Digit${wrong}`)
  await page.keyboard.press('Backspace')
  for (const cell of cells.slice(0, 3)) await page.keyboard.press(`Digit${cell}`)
  expect(await marks.allInnerTexts()).toHaveLength(3)
  expect(await status.textContent()).toBe('已选 3/4')
  await page.keyboard.press(`Digit${cells[3]}`)
  await status.filter({ hasText: '验证完成' }).waitFor()
  await page.keyboard.press('Enter')
  await isHandedIn()
  expect(await siteverify(sent[0]!.get('uni-captcha-response'))).toMatchObject({ success: true, action: 'tap' })
})

describe('a picture to tap on', () => {
  async function openTap(attributes = '') {
    const opened = await open(`sitekey="shop" scene="tap" ${attributes}`)
    const field = opened.element.locator('.uni-captcha__tap-field')
    await field.waitFor()
    const cells = readCells(host.dataDir, 'tap', { sitekey: 'shop', hostname: 'localhost' })
    const tap = (cell: number) =>
      opened.element
        .locator('.uni-captcha__tap-target')
        .nth(cell - 1)
        .click()
    return { ...opened, field, cells, tap }
  }

  test('is answered by one more tap where the answer was not judged', async () => {
    const { page, status, cells, tap } = await openTap('required')
    await page.route('**/answer', (route) => route.abort(), { times: 1 })
    for (const cell of cells) await tap(cell)
    await status.filter({ hasText: '验证失败' }).waitFor()
    await tap(cells[0]!)
    await status.filter({ hasText: '验证完成' }).waitFor()
  })

  test('keeps what is said of a wait, and answers when it is over', async () => {
    const { page } = visitor
    await page.clock.install()
    const { status, cells, tap, element } = await openTap('required')
    await refuseNext(page, 'answer')
    for (const cell of cells) await tap(cell)
    await status.filter({ hasText: '操作过于频繁' }).waitFor()
    await tap(cells[0]!)
    expect(await status.textContent()).toBe('操作过于频繁')
    await page.clock.fastForward(20_001)
    await status.filter({ hasText: '验证完成' }).waitFor()
    expect(await element.evaluate((widget) => (widget as HTMLInputElement).value)).toMatch(/^uct_/)
  })

  test('takes no press as a tap that began on the picture before it', async () => {
    const { page } = visitor
    await page.clock.install()
    const { element, field } = await openTap('required')
    await sleepFor(page, 601_000)
    const box = (await field.boundingBox())!
    const renewed = page.waitForResponse('**/challenge')
    await page.mouse.move(box.x + 30, box.y + 30)
    await page.mouse.down()
    await renewed
    await element.locator('.uni-captcha__tap-picture:not(.uni-captcha__picture--dimmed)').waitFor()
    await page.mouse.up()
    expect(await element.locator('.uni-captcha__tap-mark:visible').count()).toBe(0)
    expect(await field.evaluate((shown) => shown.matches(':focus'))).toBe(true)
    await page.mouse.click(box.x + 30, box.y + 30)
    await expect.poll(() => element.locator('.uni-captcha__tap-mark:visible').count()).toBe(1)
  })

  test('is named by attributes alone, and out of reach while its form is disabled', async () => {
    const { page } = visitor
    await page.addInitScript(() => {
      const reflected = ['role', 'ariaLabel', 'ariaHidden', 'ariaPressed', 'ariaDisabled']
      for (const name of reflected) Reflect.deleteProperty(Element.prototype, name)
    })
    const { element, field } = await openTap('required')
    expect(await field.getAttribute('role')).toBe('group')
    expect(await field.getAttribute('aria-label')).toBeTruthy()
    const target = element.locator('.uni-captcha__tap-target').first()
    expect(await target.getAttribute('aria-pressed')).toBe('false')
    expect(await element.locator('.uni-captcha__tap-image:visible').getAttribute('aria-hidden')).toBe('true')
    await element.evaluate((widget) => widget.setAttribute('disabled', ''))
    await expect.poll(() => field.getAttribute('tabindex')).toBe('-1')
    await field.evaluate((shown) => shown.focus())
    await page.keyboard.press('Enter')
    await page.keyboard.press('Digit1')
    expect(await element.locator('.uni-captcha__tap-mark:visible').count()).toBe(0)
    expect(sent).toEqual([])
  })
})

test('a reset takes the token back and asks anew', async () => {
  const opened = await open()
  await isDrawn(opened)
  await opened.input.fill(readAnswer('login'))
  await opened.status.filter({ hasText: '验证完成' }).waitFor()
  const value = () => opened.element.evaluate((element) => (element as HTMLInputElement).value)
  expect(await value()).toMatch(/^uct_/)
  await opened.page.locator('button[type=reset]').click()
  await isDrawn(opened)
  expect(await value()).toBe('')
  expect(await opened.element.evaluate((element) => (element as HTMLInputElement).checkValidity())).toBe(false)
  expect(await opened.element.evaluate((element) => (element as HTMLInputElement).validity.valueMissing)).toBe(true)
})

test('a scene of proofs, the other way of a sum, and a site that asks only when needed need no typing', async () => {
  const ways: [string, (opened: Awaited<ReturnType<typeof open>>) => Promise<void>][] = [
    ['sitekey="shop" scene="prove" required', async () => {}],
    [
      'sitekey="shop" scene="sum" required name="my-token" cdata="cart 7"',
      async (opened) => {
        await isDrawn(opened)
        await opened.element.locator('.uni-captcha__link').press('Enter')
        await expect.poll(() => opened.status.evaluate((status) => status.matches(':focus'))).toBe(true)
      },
    ],
    ['sitekey="easy" scene="login" required', async () => {}],
  ]
  for (const [widget, act] of ways) {
    const opened = await open(widget)
    await act(opened)
    await opened.status.filter({ hasText: '验证完成' }).waitFor()
    await opened.submit.click()
    await opened.page.waitForURL('**/login')
  }
  expect(await siteverify(sent[0]!.get('uni-captcha-response'))).toMatchObject({ success: true, action: 'prove' })
  expect(await siteverify(sent[1]!.get('my-token'))).toMatchObject({ success: true, cdata: 'cart 7' })
  const given = sent[2]!.get('uni-captcha-response')
  expect(await siteverify(given)).toEqual({ success: false, 'error-codes': ['invalid-input-response'] })
  expect(await siteverify(given, easy.secret)).toMatchObject({ success: true, action: 'login' })
})

describe('a proof that is slid', () => {
  async function openSlide(scene = 'slide', attributes = 'required') {
    const opened = await open(`sitekey="shop" scene="${scene}" ${attributes}`)
    const track = opened.element.locator('.uni-captcha__track')
    await track.waitFor()
    const asked: string[] = []
    opened.page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
    const { x, y, width, height } = (await track.boundingBox())!
    const roles = await track.evaluateHandle((element) => {
      const seen = [element.getAttribute('role')]
      new MutationObserver(() => seen.push(element.getAttribute('role'))).observe(element, {
        attributeFilter: ['role'],
      })
      return seen
    })
    return {
      ...opened,
      track,
      asked,
      box: { x, y: y + height / 2, width, height },
      roles: () => roles.jsonValue(),
      isDone: () => opened.status.filter({ hasText: '验证完成' }).waitFor(),
    }
  }

  test('begins at the end of the track and not before it, shows its progress, and passes', async () => {
    const { page, element, track, asked, box, roles, isDone, submit } = await openSlide()
    expect(await track.innerText()).toBe('向右滑动或点击，完成验证')
    expect(box.height).toBeGreaterThanOrEqual(44)
    const missing = await element.evaluate((widget) => (widget as HTMLInputElement).validationMessage)
    expect(missing).toBe('向右滑动或点击，完成验证')
    for (const theme of ['light', 'dark']) {
      await element.evaluate((widget, to) => widget.setAttribute('theme', to), theme)
      expect(await axeFindings(page)).toEqual([])
    }
    const handle = track.locator('.uni-captcha__handle')
    const drag = async (toX: number) => {
      await page.mouse.move(box.x + 20, box.y)
      await page.mouse.down()
      await page.mouse.move(toX, box.y, { steps: 4 })
    }
    await drag(box.x + box.width / 2)
    expect((await handle.boundingBox())!.x).toBeGreaterThan(box.x + box.width / 4)
    await page.mouse.up()
    await expect.poll(async () => (await handle.boundingBox())!.x).toBeLessThan(box.x + 3)
    expect(asked).toEqual([])
    await drag(box.x + box.width - 1)
    await page.mouse.up()
    await isDone()
    expect(await roles()).toContain('progressbar')
    expect(await track.getAttribute('aria-valuenow')).toBe('100')
    await submit.click()
    await isHandedIn()
    expect(await siteverify(sent[0]!.get('uni-captcha-response'))).toMatchObject({ success: true, action: 'slide' })
  })

  test('is begun by one key, keeps the focus, and Enter sends the form', async () => {
    const { page, track, isDone, roles } = await openSlide()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const moves = track.locator('.uni-captcha__track-done')
    expect(await moves.evaluate((done) => getComputedStyle(done).transitionProperty)).toBe('none')
    await track.focus()
    for (const key of ['Alt+ArrowRight', 'Control+Enter', 'Meta+ArrowUp']) await page.keyboard.press(key)
    expect(await roles(), 'these are the browser’s').toEqual(['button'])
    await page.keyboard.press('ArrowRight')
    await isDone()
    await page.keyboard.press('Enter')
    await isHandedIn()
  })

  test('is slid and tapped by a finger on a phone, at 200 % zoom too', async () => {
    const phone = await visit(browser, PHONE, 'zh-CN', 2, true)
    for (const zoom of ['1', '2']) {
      await phone.page.goto(origin)
      const track = phone.page.locator('uni-captcha-widget .uni-captcha__track')
      await track.waitFor()
      await phone.page.evaluate((to) => (document.documentElement.style.zoom = to), zoom)
      const { x, y, width, height } = (await track.boundingBox())!
      expect(x + width).toBeLessThanOrEqual(PHONE.width)
      const finger = await phone.page.context().newCDPSession(phone.page)
      const touch = (type: 'touchStart' | 'touchMove', at: number) =>
        finger.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x: at, y: y + height / 2 }] })
      if (zoom === '2') await track.tap()
      else {
        await touch('touchStart', x + 20)
        for (let step = 1; step <= 8; step++) await touch('touchMove', x + 20 + ((width - 21) / 8) * step)
        await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
      }
      await phone.page.locator('uni-captcha-widget [role=status]').filter({ hasText: '验证完成' }).waitFor()
    }
    expect(phone.errors).toEqual([])
    await phone.close()
  })

  test('may be a button, says so in each language, and is out of reach while its form is disabled', async () => {
    for (const [lang, words] of [
      ['zh-Hans', '点击完成验证'],
      ['zh-Hant', '點擊完成驗證'],
      ['en', 'Press to verify'],
    ]) {
      const { track, roles } = await openSlide('press', `lang="${lang}"`)
      expect(await track.getAttribute('aria-label')).toBe(words)
      expect(await track.locator('.uni-captcha__handle').isVisible()).toBe(false)
      expect(await roles()).toEqual(['button'])
    }
    const { page, element, track, asked, status } = await openSlide('press')
    await element.evaluate((widget) => widget.setAttribute('disabled', ''))
    await expect.poll(() => track.getAttribute('tabindex')).toBe('-1')
    await track.evaluate((shown) => shown.focus())
    await page.keyboard.press('Enter')
    expect(asked).toEqual([])
    await element.evaluate((widget) => widget.removeAttribute('disabled'))
    await track.click()
    await status.filter({ hasText: '验证完成' }).waitFor()
  })

  test('is begun with another challenge where the first has expired meanwhile', async () => {
    await visitor.page.clock.install()
    const { page, track, asked, isDone } = await openSlide()
    await page.clock.fastForward(901_000)
    await track.click()
    await isDone()
    expect(asked.filter((path) => path === '/challenge' || path === '/answer')).toEqual(['/challenge', '/answer'])
  })

  test('passes with a token that comes in place of another challenge', async () => {
    await visitor.page.clock.install()
    const { page, track, asked, isDone } = await openSlide()
    // A site that needs none answers.
    const postData = 'sitekey=easy&scene=login'
    await page.route('**/challenge', (route) => route.continue({ postData }))
    await page.clock.fastForward(901_000)
    await track.click()
    await isDone()
    expect(asked.filter((path) => path === '/challenge' || path === '/answer')).toEqual(['/challenge'])
  })

  test('is the one that a reset offered, whatever a reply that was asked for before it brings', async () => {
    await visitor.page.clock.install()
    const { page, element, track, asked, isDone } = await openSlide()
    await page.clock.fastForward(901_000)
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/challenge', async (route) => (await released, route.continue()), { times: 1 })
    const [isAsked, isLate] = [page.waitForRequest('**/challenge'), page.waitForResponse('**/challenge')]
    await track.click()
    await isAsked
    // The page asks anew while the reply is on its way.
    const isOffered = page.waitForResponse('**/challenge')
    await element.evaluate((widget) => (widget as HTMLInputElement & { reset: () => void }).reset())
    await isOffered
    await expect.poll(() => track.getAttribute('role')).toBe('button')
    release()
    await (await isLate).finished()
    await track.click()
    await isDone()
    expect(asked.filter((path) => path === '/answer')).toHaveLength(1)
  })

  test('that fails leaves the focus on what tries again, and the form says nothing of computing', async () => {
    const { page, element, track, picture } = await openSlide()
    const focused = () => element.evaluate((widget) => widget.shadowRoot?.activeElement?.tagName)
    await page.route('**/answer', (route) => route.abort(), { times: 1 })
    await track.focus()
    await page.keyboard.press('Enter')
    await picture.waitFor()
    expect(await focused()).toBe('BUTTON')
    expect(await element.evaluate((widget) => (widget as HTMLInputElement).validationMessage)).toBe('请输入验证码')
    await page.keyboard.press('Enter')
    await track.waitFor()
    await expect.poll(focused).toBe('DIV')
  })
})

describe('a proof that the server refuses', () => {
  /** The next answers are about a challenge that was never given, and each is refused. */
  async function openRefused(scene: string, answers: number) {
    const { page } = visitor
    const asked: string[] = []
    const responses: Response[] = []
    page.on('request', (request) => {
      if (/\/(challenge|answer)$/.test(request.url())) asked.push(new URL(request.url()).pathname)
    })
    page.on('response', (response) => {
      if (new URL(response.url()).pathname === '/answer') responses.push(response)
    })
    // The page shows an answer before the test has read its body: a test that needs the codes waits for the bodies.
    const readErrCodes = () => Promise.all(responses.map(async (response) => (await response.json()).errCode))
    const alter = async (route: Route) => {
      const body = new URLSearchParams(route.request().postData()!)
      const answer = JSON.parse(body.get('answer')!) as { challenge: string }
      body.set('answer', JSON.stringify({ ...answer, challenge: `${answer.challenge}A` }))
      await route.continue({ postData: body.toString() })
    }
    await page.route('**/answer', alter, { times: answers })
    const opened = await open(`sitekey="shop" scene="${scene}" required`)
    return { ...opened, asked, readErrCodes }
  }
  const attempt = ['/challenge', '/answer']

  test('is computed once more with another challenge, by itself and slid', async () => {
    const byItself = await openRefused('prove', 1)
    await byItself.status.filter({ hasText: '验证完成' }).waitFor()
    expect(byItself.asked).toEqual([...attempt, ...attempt])
    const slid = await openRefused('slide', 1)
    await slid.element.locator('.uni-captcha__track').click()
    await slid.status.filter({ hasText: '验证完成' }).waitFor()
    expect(slid.asked).toEqual([...attempt, ...attempt])
  })

  test('three times is told, and asks for nothing until the person tries again', async () => {
    const { status, asked, readErrCodes, picture } = await openRefused('prove', 3)
    await status.filter({ hasText: '验证无效或已过期，请重试' }).waitFor()
    expect(asked).toEqual([...attempt, ...attempt, ...attempt])
    expect(await readErrCodes()).toEqual(Array(3).fill('uni-captcha-proof-fail'))
    await picture.click()
    await status.filter({ hasText: '验证完成' }).waitFor()
  })
})

test.each([
  ['tap', 'answer', '换一张'],
  ['sum', 'answer', '重试'],
  ['sum', 'challenge', '重试'],
])(
  'a proof in the place of the scene %s whose %s fails leaves the focus on the button that tries again',
  async (scene, step, name) => {
    const { page, element } = await open(`sitekey="shop" scene="${scene}" required`)
    await page.route(`**/${step}`, (route) => route.abort(), { times: 1 })
    await element.locator('.uni-captcha__link').click()
    const focused = element.locator('button:focus')
    await focused.waitFor()
    expect((await focused.getAttribute('aria-label')) ?? (await focused.innerText())).toBe(name)
    await page.keyboard.press('Enter')
    await expect.poll(() => element.locator('.uni-captcha__link').isVisible()).toBe(true)
  },
)

test('a page that asks for a scene which the site does not list is told so, in its own language', async () => {
  const opened = await open('sitekey="shop" scene="admin" lang="en"')
  await opened.status.filter({ hasText: 'The site does not allow this scene: admin' }).waitFor()
  expect(await axeFindings(opened.page)).toEqual([])
})

test('a page on a host which the site does not list gets no picture, and nothing of the answer', async () => {
  const refused = visitor.page.waitForEvent('requestfailed', (request) => request.url().endsWith('/challenge'))
  const opened = await open('sitekey="shop" scene="login" lang="en"', origin.replace('localhost', '127.0.0.1'))
  // A browser tells nothing more of an answer that is kept from the page.
  expect((await refused).failure()?.errorText).toBe('net::ERR_FAILED')
  await opened.status.filter({ hasText: 'Failed, tap to retry' }).waitFor()
  const drawnPx = opened.picture.locator('canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).width)
  expect(await drawnPx).toBe(0)
  expect(await axeFindings(opened.page)).toEqual([])
})

test('a page asks once when it opens, and once when several attributes change together', async () => {
  const { page } = visitor
  const scenes: (string | null)[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/challenge')) scenes.push(new URLSearchParams(request.postData()!).get('scene'))
  })
  const opened = await open()
  await isDrawn(opened)
  await opened.element.evaluate((element) => {
    element.setAttribute('lang', 'en')
    element.setAttribute('scene', 'sum')
  })
  await opened.element.locator('.uni-captcha__link').waitFor()
  expect(scenes).toEqual(['login', 'sum'])
})

test('an address past its soft limit computes unasked, and passes', async () => {
  const opened = await open('sitekey="shop" scene="busy" required')
  await opened.status.filter({ hasText: '验证完成' }).waitFor()
  expect(await opened.input.isVisible()).toBe(false)
  await opened.submit.click()
  await isHandedIn()
  expect(await siteverify(sent[0]!.get('uni-captcha-response'))).toMatchObject({ success: true, action: 'busy' })
})

test('what computes is loaded for proofs alone, and not when it was changed; then the proof can be tried again', async () => {
  const { page } = visitor
  const loaded: string[] = []
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname))
  await isDrawn(await open())
  expect(loaded.filter((path) => path.endsWith('/uni-captcha-proof.js'))).toEqual([])
  await page.route('**/uni-captcha-proof.js', async (route) => {
    const response = await route.fetch()
    const headers = { ...response.headers(), 'cache-control': 'no-store' }
    await route.fulfill({ response, headers, body: `${await response.text()};` })
  })
  const opened = await open('sitekey="shop" scene="prove" required')
  await opened.status.filter({ hasText: '加载失败' }).waitFor()
  expect(visitor.errors.join()).toContain("'integrity'")
  await page.unroute('**/uni-captcha-proof.js')
  expect(await opened.picture.getAttribute('aria-label')).toBe('重试')
  expect(await axeFindings(page)).toEqual([])
  await opened.picture.click()
  await opened.status.filter({ hasText: '验证完成' }).waitFor()
})

/** Refuses the next request to one of the two addresses, for 20 s. */
function refuseNext(page: Page, path: 'challenge' | 'answer'): Promise<unknown> {
  const headers = { 'access-control-allow-origin': origin }
  const json = { errCode: 'uni-captcha-too-many-requests', errMsg: '操作过于频繁', retryAfter: 20 }
  return page.route(`**/${path}`, (route) => route.fulfill({ status: 429, json, headers }), { times: 1 })
}

/** As after a sleep of the device: the clock has gone on, and no timer has. */
async function sleepFor(page: Page, ms: number): Promise<void> {
  await page.clock.setSystemTime((await page.evaluate(() => Date.now())) + ms)
}

describe('as time goes by', () => {
  /** Events of the widget so far, and what was asked of the server. */
  async function openWithClock() {
    const { page } = visitor
    await page.clock.install()
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    const opened = await open()
    await page.evaluate(() => {
      const events: string[] = []
      for (const name of ['verified', 'expired', 'cleared', 'failed']) addEventListener(name, () => events.push(name))
      Object.assign(window, { events })
    })
    const events = () => page.evaluate(() => (window as unknown as { events: string[] }).events)
    const pass = async () => {
      await isDrawn(opened)
      await opened.input.fill(readAnswer('login'))
      await opened.status.filter({ hasText: '验证完成' }).waitFor()
    }
    const value = () => opened.element.evaluate((element) => (element as HTMLInputElement).value)
    const challenges = () => asked.filter((path) => path === '/challenge').length
    return { ...opened, events, pass, value, challenges }
  }

  test('a token that was taken back by a reset does not expire later', async () => {
    const { page, events, pass, ...opened } = await openWithClock()
    await pass()
    await page.locator('button[type=reset]').click()
    await isDrawn(opened)
    await page.clock.fastForward(121_000)
    expect(await opened.picture.getAttribute('aria-label')).toBe('换一张')
    expect(await opened.element.locator('.uni-captcha__notice').isVisible()).toBe(false)
    expect(await events()).toEqual(['verified', 'cleared'])
  })

  test('an answer that has to wait stays typed, is not sent before its time, and passes then', async () => {
    const { page, events, challenges, ...opened } = await openWithClock()
    await isDrawn(opened)
    let answers = 0
    await page.route('**/answer', async (route) => {
      if (++answers > 1) return route.continue()
      const headers = { 'access-control-allow-origin': origin }
      const json = { errCode: 'uni-captcha-too-many-requests', errMsg: '操作过于频繁，请 20 秒后重试', retryAfter: 20 }
      await route.fulfill({ status: 429, json, headers })
    })
    const answer = readAnswer('login')
    await opened.input.fill(answer)
    await opened.status.filter({ hasText: '请 20 秒后重试' }).waitFor()
    await page.clock.fastForward(19_000)
    await opened.input.press('Enter')
    expect(answers).toBe(1)
    await page.clock.fastForward(1001)
    expect(await opened.input.inputValue()).toBe(answer)
    expect(challenges()).toBe(1)
    expect(await events()).toEqual(['failed'])
    await opened.input.press('Enter')
    await isHandedIn()
    expect(sent[0]!.get('uni-captcha-response')).toMatch(/^uct_/)
  })

  test('a reset while it has to wait asks when it may, and not before', async () => {
    const { page, pass, value, challenges, ...opened } = await openWithClock()
    await pass()
    await page.route('**/challenge', async (route) => {
      const headers = { 'access-control-allow-origin': origin }
      const json = { errCode: 'uni-captcha-too-many-requests', errMsg: '操作过于频繁', retryAfter: 20 }
      if (challenges() === 2) await route.fulfill({ status: 429, json, headers })
      else await route.continue()
    })
    const reset = page.locator('button[type=reset]')
    await reset.click()
    await opened.status.filter({ hasText: '操作过于频繁' }).waitFor()
    expect(await value()).toBe('')
    await reset.click()
    await page.clock.fastForward(19_000)
    expect(challenges()).toBe(2)
    await page.clock.fastForward(1001)
    await pass()
    expect(await value()).toMatch(/^uct_/)
  })

  test('a refusal that is over takes nothing away from the captcha that came after it', async () => {
    const { page, events, pass, value, challenges, ...opened } = await openWithClock()
    await isDrawn(opened)
    await refuseNext(page, 'challenge')
    const reset = page.locator('button[type=reset]')
    await reset.click()
    await opened.status.filter({ hasText: '操作过于频繁' }).waitFor()
    await opened.element.evaluate((element, url) => element.setAttribute('server', url), host.url)
    await pass()
    await page.clock.fastForward(20_001)
    expect(await value()).toMatch(/^uct_/)
    expect(challenges()).toBe(3)

    await reset.click()
    await isDrawn(opened)
    await refuseNext(page, 'answer')
    const answer = readAnswer('login')
    await opened.input.fill(answer)
    await opened.status.filter({ hasText: '操作过于频繁' }).waitFor()
    await sleepFor(page, 20_001)
    await opened.input.fill(answer)
    await opened.status.filter({ hasText: '验证完成' }).waitFor()
    await page.clock.fastForward(20_001)
    expect(await opened.status.textContent()).toBe('验证完成')
    expect(await events()).toEqual(['failed', 'verified', 'cleared', 'failed', 'verified'])
  })

  test('a listener that asks anew, at the end of a token, has one captcha more, and it stays', async () => {
    const { page, events, pass, challenges, ...opened } = await openWithClock()
    await page.evaluate(() => {
      const widget = document.querySelector('uni-captcha-widget') as HTMLElement & { reset(): void }
      for (const name of ['expired', 'cleared']) widget.addEventListener(name, () => widget.reset())
    })
    await pass()
    await page.clock.fastForward(121_000)
    await isDrawn(opened)
    expect(await opened.element.locator('.uni-captcha__notice').isVisible()).toBe(false)
    await page.locator('input[name=user]').focus()
    await pass()
    expect(challenges()).toBe(2)
    await page.locator('button[type=reset]').click()
    await pass()
    expect(challenges()).toBe(3)
    expect(await events()).toEqual(['verified', 'expired', 'verified', 'cleared', 'verified'])
  })

  test('Enter sends the form with the answer that it was pressed for, and not with a later one', async () => {
    const { page, pass, value, ...opened } = await openWithClock()
    const reset = page.locator('button[type=reset]')
    await isDrawn(opened)
    await refuseNext(page, 'answer')
    await opened.input.fill(readAnswer('login'))
    await opened.status.filter({ hasText: '操作过于频繁' }).waitFor()
    await opened.input.press('Enter')
    await page.clock.fastForward(20_001)
    await opened.input.fill(readAnswer('login'))
    await opened.status.filter({ hasText: '验证完成' }).waitFor()
    expect(await value(), 'pressed before its time').toMatch(/^uct_/)

    await reset.click()
    await isDrawn(opened)
    await page.route('**/answer', () => {}, { times: 1 })
    await opened.input.fill(readAnswer('login'))
    await opened.input.press('Enter')
    await reset.click()
    await pass()
    expect(await value(), 'pressed for a picture that is gone').toMatch(/^uct_/)
    expect(sent).toEqual([])
  })

  test('an answer that was sent in time passes when its picture has expired meanwhile', async () => {
    const { page, events, value, ...opened } = await openWithClock()
    await isDrawn(opened)
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/answer', async (route) => {
      await released
      await route.continue()
    })
    await opened.input.fill(readAnswer('login'))
    await sleepFor(page, 601_000)
    release()
    await opened.status.filter({ hasText: '验证完成' }).waitFor()
    expect(await value()).toMatch(/^uct_/)
    expect(await events()).toEqual(['verified'])
  })

  test('an expired token or picture is not sent, and the next is asked for when the user is back', async () => {
    const { page, events, pass, value, challenges, ...opened } = await openWithClock()
    await pass()
    await page.clock.fastForward(121_000)
    await opened.status.filter({ hasText: '验证已过期，请重试' }).waitFor()
    expect(await events()).toEqual(['verified', 'expired'])
    expect(await value()).toBe('')
    expect(challenges()).toBe(1)
    expect(await axeFindings(page)).toEqual([])
    await opened.picture.click()
    await isDrawn(opened)
    expect(challenges()).toBe(2)
    await page.clock.fastForward(600_000)
    await opened.element.locator('.uni-captcha__notice').filter({ hasText: '已过期' }).waitFor()
    await page.clock.fastForward(600_000)
    expect(challenges()).toBe(2)
    await page.locator('input[name=user]').focus()
    await pass()
    expect(challenges()).toBe(3)
    expect(await events()).toEqual(['verified', 'expired', 'verified'])
  })
})

test('a disabled fieldset holds the widget back, and neither validates nor sends it', async () => {
  const opened = await open()
  const { page, element, input } = opened
  await isDrawn(opened)
  const state = () =>
    element.evaluate((one) => {
      const { willValidate, form } = one as HTMLInputElement
      return { willValidate, isValid: form!.checkValidity(), sent: [...new FormData(form!).keys()] }
    })
  expect(await state()).toEqual({ willValidate: true, isValid: false, sent: ['user'] })
  await page.evaluate(() => {
    const fieldset = document.createElement('fieldset')
    fieldset.disabled = true
    document.querySelector('form')!.prepend(fieldset)
    fieldset.append(document.querySelector('uni-captcha-widget')!)
  })
  await isDrawn(opened)
  expect(await input.isDisabled()).toBe(true)
  expect(await opened.picture.isDisabled()).toBe(true)
  expect(await state()).toEqual({ willValidate: false, isValid: true, sent: ['user'] })
  await page.evaluate(() => (document.querySelector('fieldset')!.disabled = false))
  await input.fill(readAnswer('login'))
  await opened.status.filter({ hasText: '验证完成' }).waitFor()
  expect(await state()).toEqual({ willValidate: true, isValid: true, sent: ['uni-captcha-response', 'user'] })
})

test('themes, languages and variables are those of the components', async () => {
  const opened = await open('sitekey="shop" scene="sum" lang="zh-Hant"')
  const { page, element, input } = opened
  const style = (name: string) => input.evaluate((one, key) => getComputedStyle(one).getPropertyValue(key), name)
  const set = (name: string, value: string) =>
    element.evaluate((one, [key, to]) => one.setAttribute(key!, to!), [name, value])
  await isDrawn(opened)
  expect(await input.getAttribute('placeholder')).toBe('請輸入計算結果')
  expect(await style('background-color')).toBe('rgb(243, 244, 246)')
  await set('theme', 'dark')
  await page.evaluate(() => (document.body.style.cssText = 'color: #fff; background: #111'))
  expect(await style('background-color')).toBe('rgb(37, 44, 59)')
  expect(await axeFindings(page)).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  await set('theme', 'light')
  expect(await style('background-color')).toBe('rgb(243, 244, 246)')
  await set('theme', '')
  expect(await style('background-color')).toBe('rgb(37, 44, 59)')
  await element.evaluate((one) => (one as HTMLElement).style.setProperty('--uni-captcha-field', 'rgb(1, 2, 3)'))
  expect(await style('background-color')).toBe('rgb(1, 2, 3)')
  await set('lang', 'en')
  await expect.poll(() => input.getAttribute('placeholder')).toBe('Enter result')
})

test.each(FRAMEWORKS)(
  'a page with %s has the token in its state, requires it when told to, and sends it',
  async (name) => {
    const opened = await open('', `${origin}/${name}`)
    const { page, element, input, submit } = opened
    const token = page.locator('output')
    const isComplete = () => page.locator('form').evaluate((form) => (form as HTMLFormElement).checkValidity())
    await isDrawn(opened)
    expect(await isComplete()).toBe(true)
    const require = page.locator('form > button[type=button]')
    await require.click()
    await expect.poll(isComplete).toBe(false)
    await require.click()
    await expect.poll(isComplete).toBe(true)
    expect(await element.getAttribute('required')).toBeNull()
    await require.click()
    await input.fill(readAnswer('login'))
    await token.filter({ hasText: 'uct_' }).waitFor()
    const inState = await token.textContent()
    await submit.click()
    await page.waitForURL('**/login')
    expect(sent[0]!.get('uni-captcha-response')).toBe(inState)
    expect(await siteverify(inState)).toMatchObject({ success: true, action: 'login' })
  },
)

test.each(FRAMEWORKS)('a page with %s keeps no token that a reset of its form has taken back', async (name) => {
  const opened = await open('', `${origin}/${name}`)
  const token = opened.page.locator('output')
  await isDrawn(opened)
  await opened.input.fill(readAnswer('login'))
  await token.filter({ hasText: 'uct_' }).waitFor()
  await opened.page.locator('form').evaluate((form) => (form as HTMLFormElement).reset())
  await expect.poll(() => token.textContent()).toBe('')
})
