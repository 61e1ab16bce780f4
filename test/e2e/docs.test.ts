import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { build } from '../../scripts/build'
import { OPTIONS } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import { DESKTOP, launchBrowser, overflowing, PHONE, visit } from './support/browser'
import { root } from './support/host-process'

import type { Browser, Page } from 'playwright-core'
import type { AddressInfo } from 'node:net'

const SITE = join(root, 'dist/docs')
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Serves the built site as a web server with plain files does, except that a page needs no `.html`. */
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://site')
  const path = join(SITE, decodeURIComponent(pathname))
  const file = [path, `${path}.html`, join(path, 'index.html')].find((one) => extname(one) !== '' && existsSync(one))
  response.writeHead(file ? 200 : 404, { 'content-type': TYPES[extname(file ?? '')] ?? 'application/octet-stream' })
  response.end(file ? readFileSync(file) : 'Not Found')
})

let browser: Browser
let url: string

beforeAll(async () => {
  await build('docs')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  server.close()
})

/** Goes to a page of the site, and waits until it is more than what came from the server. */
async function goTo(page: Page, path: string): Promise<void> {
  await page.goto(url + path)
  await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}))
}

/** Does something on a page of the site. Answers what it found; the console has to stay clean. */
async function on<T>(path: string, look: (page: Page) => Promise<T>, viewport = DESKTOP, locale = 'zh-CN'): Promise<T> {
  const visitor = await visit(browser, viewport, locale)
  try {
    await goTo(visitor.page, path)
    const found = await look(visitor.page)
    expect(visitor.errors).toEqual([])
    return found
  } finally {
    await visitor.close()
  }
}

const pages = (folder: string) =>
  readdirSync(join(SITE, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && file !== '404.html' && !file.startsWith('en/'))
    .sort()

describe('the language menu of the documentation', () => {
  test('leads from every page to the same page in the other language', () => {
    expect(pages('').length).toBeGreaterThan(30)
    expect(pages('en')).toEqual(pages(''))
  })

  test('speaks Chinese on Chinese pages', async () => {
    await on('/start', async (page) => {
      await page.getByRole('button', { name: '搜索文档' }).waitFor()
      await page.getByRole('button', { name: '切换语言' }).waitFor()
      expect(await page.locator('button.copy').first().getAttribute('title')).toBe('复制')
    })
    await on('/en/start', async (page) => {
      expect(await page.locator('button.copy').first().getAttribute('title')).toBe('Copy')
    })
  })
})

describe('the search of the documentation', () => {
  /** Types into the search of a page and waits until a page is among the first that are found. */
  async function find(page: Page, text: string, path: string): Promise<void> {
    await page.locator('#localsearch-input').fill(text)
    const links = () =>
      page
        .locator('#localsearch-list a.result')
        .evaluateAll((all) => all.map((link) => new URL((link as HTMLAnchorElement).href).pathname))
    // A page has a result for each of its sections.
    const found = async () => [...new Set((await links()).map((link) => link.replace(/\.html$/, '')))].slice(0, 5)
    await expect.poll(found, { message: text }).toContain(path)
  }
  const openSearch = (page: Page) => page.locator('.VPNavBarSearch button').first().click()

  test('finds Chinese words where they are, inside sentences and beside each other', async () => {
    await on('/', async (page) => {
      await openSearch(page)
      for (const [text, path] of Object.entries({
        频繁: '/guard',
        弹窗: '/components',
        频繁弹窗: '/guard',
        短信验证码: '/sms',
        备份: '/self-hosting',
        REDIS_URL: '/operations',
      })) {
        await find(page, text, path)
      }
    })
  })

  test('finds English words on English pages', async () => {
    await on('/en/', async (page) => {
      await openSearch(page)
      await find(page, 'backup', '/en/self-hosting')
    })
  })
})

describe('the playground', () => {
  test('draws in the browser what its sliders say, and shows the code for it', async () => {
    await on('/playground', async (page) => {
      const pictures = page.locator('.playground-pictures img')
      const first = () => pictures.first().getAttribute('src')
      const size = () =>
        pictures.first().evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight])
      await expect.poll(() => pictures.count()).toBe(6)
      await expect.poll(size).toEqual([300, 80])
      const before = await first()
      await page.locator('input[name=width]').fill('200')
      await page.locator('input[name=level]').fill('4')
      await expect.poll(size).toEqual([400, 80])
      expect(await first()).not.toBe(before)
      const code = await page.locator('.playground-code pre').textContent()
      expect(JSON.parse(code ?? '')).toEqual({ scene: { login: { width: 200, level: 4 } } })
      await page.locator('input[name=mathMin]').fill('50')
      await page.getByRole('alert').filter({ hasText: 'mathMin' }).waitFor()
      expect(await pictures.count()).toBe(0)
    })
  })

  test('has a control for every row of the option table', async () => {
    const names = await on('/en/playground', (page) =>
      page.locator('.playground-form [name]').evaluateAll((all) => all.map((one) => one.getAttribute('name'))),
    )
    expect(names).toEqual(Object.keys(OPTIONS))
  })
})

test('the home page draws a captcha and answers what is typed', async () => {
  await on('/', async (page) => {
    const source = () => page.locator('.demo-picture img').getAttribute('src')
    const before = await source()
    expect(before).toMatch(/^data:image\/png;base64,/)
    await page.locator('.demo input').fill('0000')
    await page.locator('.demo-submit').click()
    await page.locator('.demo-said.wrong').waitFor()
    expect(await source()).not.toBe(before)
  })
})

test('every kind of page fits a phone', async () => {
  await on(
    '/',
    async (page) => {
      for (const path of ['/', '/start', '/components', '/playground', '/comparison', '/en/']) {
        await goTo(page, path)
        expect(await overflowing(page), path).toEqual([])
      }
    },
    PHONE,
  )
})
