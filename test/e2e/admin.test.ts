import { readFileSync } from 'node:fs'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import {
  adminPage,
  administrator,
  drawn,
  keepScreenshot,
  openConfig,
  putStatistics,
  signIn,
  startAdminHost,
  TOKEN,
  type AdminHost,
} from './support/admin'
import en from '../../pages/admin/locale/en.json'
import zhHans from '../../pages/admin/locale/zh-Hans.json'
import zhHant from '../../pages/admin/locale/zh-Hant.json'
import { untilMinuteLasts } from '../support/wait'
import { axeFindings } from './support/axe'
import { DESKTOP, launchBrowser, overflowing, PHONE, visit, type Visit } from './support/browser'
import { captchaOn, inputsReportAtOnce } from './support/captcha-page'
import { readAnswer, wrongFor } from './support/codes'

import type { Browser, Page } from 'playwright-core'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** What the scene of a row begins with that counts no captchas. */
const OWN_ROW = '\u0001'
const TEXTS = { 'zh-CN': zhHans, 'zh-TW': zhHant, en }

let host: AdminHost
let browser: Browser
/** One person in all tests, each of them in a tab of their own. */
let ann: Visit
let page: Page

beforeAll(async () => {
  host = await startAdminHost()
  const hour = Date.now() - (Date.now() % HOUR_MS)
  putStatistics(host.dataDir, [
    // This machine's own network, and one that is refused less.
    {
      scene: `${OWN_ROW}refused callers`,
      hour,
      counts: { net4_7f0000: 1200, net4_cb0071: 3, device_0123456789abcdef: 9 },
    },
    { scene: `${OWN_ROW}messages login`, hour, counts: { sms_sent: 1100, sms_refused_limit: 3, sms_verified: 900 } },
  ])
  browser = await launchBrowser()
  ann = await administrator(browser, host, 'Ann')
  await ann.page.close()
})
afterAll(async () => {
  await browser?.close()
  await host?.dispose()
})
beforeEach(async () => {
  ann.errors.length = 0
  page = await ann.openTab()
  await page.goto(`${host.url}/admin`)
  await page.locator('.admin-tiles').waitFor()
})
afterEach(() => page.close())

/** How wide the picture of the register page is in a tab of its own, loaded anew, CSS pixels. */
async function registerWidth(tab: Page): Promise<number> {
  await tab.goto(`${host.url}/#/pages/register/register`)
  await tab.reload()
  const { image, source } = captchaOn(tab)
  await source()
  // Two picture pixels for each CSS pixel.
  return (await image.evaluate((img: HTMLImageElement) => img.decode().then(() => img.naturalWidth))) / 2
}

/** A configuration is read anew after half a second. */
const widthBecomes = (tab: Page, width: number) => expect.poll(() => registerWidth(tab), { interval: 300 }).toBe(width)

describe('an administrator', () => {
  test('edits, sees it drawn, is told what is wrong, saves, and it is live in another tab without a restart', async () => {
    await openConfig(page)
    const { pictures, json, field, problem, changes, save, says, previewWidth } = adminPage(page)
    const user = await ann.openTab()
    await widthBecomes(user, 150)
    expect(await save.isDisabled()).toBe(true)
    expect(await pictures.count()).toBe(8)
    expect(await page.locator('.admin-preview__paper--dark img').count()).toBe(8)

    const before = await pictures.first().getAttribute('src')
    await field('width').fill('260')
    await expect.poll(previewWidth).toBe('260')
    expect(await pictures.first().getAttribute('src')).not.toBe(before)
    expect(JSON.parse(await json.inputValue())).toMatchObject({ width: 260 })
    await expect.poll(() => changes.allTextContents()).toEqual(['图片宽度 150 → 260'])

    await field('size').fill('9')
    await problem.waitFor()
    expect(await problem.textContent()).toContain('须为：整数 1–6')
    expect(await field('size').getAttribute('aria-invalid')).toBe('true')
    expect(await save.isDisabled()).toBe(true)
    await field('size').fill('6')
    await problem.waitFor({ state: 'detached' })
    await drawn(page)

    await save.click()
    await says('已保存')
    expect(host.config()).toMatchObject({ width: 260, size: 6, scene: { login: {} } })
    await widthBecomes(user, 260)
    expect(await changes.count()).toBe(0)
    expect(ann.errors).toEqual([])
  })

  test('goes back to the version before with one click, and that is live too', async () => {
    await openConfig(page)
    const { field, save, says, tab, previewWidth } = adminPage(page)
    const width = Number(host.config()['width'])
    await field('width').fill(String(width + 20))
    await expect.poll(previewWidth).toBe(String(width + 20))
    await save.click()
    await says('已保存')
    await tab('历史').click()
    await page
      .locator('.admin-history__changes')
      .filter({ hasText: `图片宽度 ${width + 20} → ${width}` })
      .waitFor()
    expect(await page.locator('.admin-audit').textContent()).toContain(`图片宽度 ${width} → ${width + 20}`)
    await page.locator('.admin-history__back').first().click()
    await page.locator('.admin-confirm__yes').click()
    await says('已恢复')
    expect(host.config()['width']).toBe(width)
    await widthBecomes(await ann.openTab(), width)
    await tab('配置').click()
    expect(await field('width').inputValue()).toBe(String(width))
  })

  test('who saves after another is told who and when, loses nothing, and decides', async () => {
    await openConfig(page)
    const bob = await administrator(browser, host, 'Bob')
    await openConfig(bob.page)
    const [mine, other] = [adminPage(page), adminPage(bob.page)]
    await other.field('noise').fill('7')
    await mine.field('height').fill('55')
    await expect.poll(() => mine.pictures.first().getAttribute('height')).toBe('55')
    await expect.poll(() => other.changes.count()).toBe(1)
    await drawn(bob.page)
    await other.save.click()
    await other.says('已保存')

    await mine.save.click()
    const alert = page.locator('.admin-save__stale')
    await alert.waitFor()
    expect(await alert.textContent()).toMatch(/Bob（127\.0\.0\.1）已于 .+ 保存了另一个版本/)
    expect(await mine.field('height').inputValue()).toBe('55')
    expect(host.config()).not.toMatchObject({ height: 55 })

    await alert.getByRole('button', { name: '保留我的修改' }).click()
    await alert.waitFor({ state: 'detached' })
    // What saving would undo of Bob's is among the differences now.
    await expect.poll(() => mine.changes.allTextContents()).toContain('干扰线 7 → 4')
    await page.locator('.admin-changes').getByText('图片高度').waitFor()
    await mine.field('noise').fill('7')
    await expect.poll(() => mine.changes.count()).toBe(1)
    await drawn(page)
    await mine.save.click()
    await mine.says('已保存')
    expect(host.config()).toMatchObject({ height: 55, noise: 7 })

    await other.field('width').fill('160')
    await bob.page.locator('.admin-save__stale').getByRole('button', { name: '载入新版本' }).click()
    await bob.page.locator('.admin-confirm__yes').click()
    await expect.poll(() => other.field('height').inputValue()).toBe('55')
    await bob.close()
  })

  test('edits a scene, in the form and in the JSON, which stay in step', async () => {
    await openConfig(page)
    const { json, field, previewWidth, changes } = adminPage(page)
    await page.locator('#admin-new-scene').fill('order.pay')
    await page.keyboard.press('Enter')
    await page.locator('#admin-scene').filter({ hasText: 'order.pay' }).waitFor()
    await field('width').fill('90')
    await expect.poll(previewWidth).toBe('90')
    await page.locator('summary').filter({ hasText: 'guard' }).click()
    await field('guard.ip.soft').fill('5')
    expect(JSON.parse(await json.inputValue())).toMatchObject({
      scene: { 'order.pay': { width: 90, guard: { ip: { soft: 5 } } } },
    })
    await page.getByRole('button', { name: 'IP：需验证阈值：清除，恢复默认：60' }).click()
    expect(JSON.parse(await json.inputValue()).scene['order.pay']).toEqual({ width: 90 })

    const text = await json.inputValue()
    await json.fill(text.replace('"width": 90', '"width": 110, "level": 4'))
    await expect.poll(previewWidth).toBe('110')
    expect(await field('level').inputValue()).toBe('4')

    await json.fill(text.replace('"width": 90', '"width": 90,,'))
    const mistake = page.locator('#admin-json-problem')
    await mistake.waitFor()
    expect(await mistake.textContent()).toMatch(/第 \d+ 行第 \d+ 列/)
    expect(await field('width').isDisabled()).toBe(true)
    await json.fill(text)
    await expect.poll(previewWidth).toBe('90')
    await page.getByRole('button', { name: '放弃修改' }).click()
    const asked = await page.locator('.admin-confirm').boundingBox()
    const middle = (asked?.x ?? 0) + (asked?.width ?? 0) / 2
    expect(Math.abs(middle - DESKTOP.width / 2), 'the question is in the middle of the window').toBeLessThan(20)
    await page.locator('.admin-confirm__yes').click()
    await expect.poll(() => changes.count()).toBe(0)
    expect(await page.locator('#admin-scene').inputValue()).toBe('')
  })

  test('makes a site, gives its secret to the back end once, replaces it, and takes it away', async () => {
    const { tab, says } = adminPage(page)
    // A few wrong secrets of an address are taken, and a configuration is read anew after half a second.
    const SELDOM = { interval: 700 }
    const sites = () => (host.config()['sites'] ?? {}) as Record<string, { secrets: string[]; hosts: string[] }>
    const button = (name: string) => page.locator('.admin-sites').getByRole('button', { name, exact: true })
    const secret = page.locator('#admin-site-secret')
    const made = (name: string) => page.locator('.admin-site-secret').getByRole('button', { name, exact: true })
    const accepts = async (given: string): Promise<boolean> => {
      const body = new URLSearchParams({ secret: given, response: 'x' })
      const answer = await fetch(`${host.url}/siteverify`, { method: 'POST', body })
      return ((await answer.json()) as { 'error-codes'?: string[] })['error-codes']?.[0] === 'invalid-input-response'
    }
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await tab('站点').click()
    await page.getByText('还没有站点').waitFor()
    await button('新建站点').click()
    await page.locator('#admin-site-key').fill('shop')
    await page.locator('#admin-site-hosts').fill('https://example.com')
    await page.locator('#admin-site-scenes').fill('login')
    await button('创建').click()
    await page.locator('.admin-sites [role=alert]').filter({ hasText: 'sites.shop.hosts' }).waitFor()
    expect(sites()).toEqual({})
    await page.locator('#admin-site-hosts').fill('example.com\n*.example.com')
    await button('创建').click()
    await says('站点已创建')
    const first = await secret.inputValue()
    await made('复制').click()
    await made('已复制').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(first)
    await keepScreenshot(page, 'sites-secret')
    await tab('概览').click()
    expect(await secret.inputValue()).toBe(first)
    await page.locator('.admin__leave').click()
    await page.locator('.admin-confirm').filter({ hasText: '新密钥还没有收好' }).waitFor()
    await page.locator('.admin-confirm__no').click()
    await tab('站点').click()
    await expect.poll(() => accepts(first), SELDOM).toBe(true)
    expect(JSON.stringify(host.config())).not.toContain(first)
    await made('我已保存').click()
    expect(await page.content()).not.toContain(first)

    await button('修改：shop').click()
    await page.locator('#admin-site-hosts').fill('localhost')
    await page.getByLabel('调用频繁时才要求验证').check()
    await button('保存').click()
    await says('站点 shop 已保存')
    expect(sites()).toMatchObject({
      shop: { hosts: ['localhost'], whenNeeded: true, secrets: [expect.any(String)] },
    })

    await button('轮换密钥：shop').click()
    await says('旧密钥仍然有效')
    const second = await secret.inputValue()
    await expect.poll(() => accepts(second), SELDOM).toBe(true)
    expect(await accepts(first)).toBe(true)
    await made('我已保存').click()
    await button('停用旧密钥：shop').click()
    await page.locator('.admin-confirm__yes').click()
    await says('旧密钥已停用')
    await expect.poll(() => accepts(first), SELDOM).toBe(false)

    await button('删除：shop').click()
    await page.locator('.admin-confirm__no').click()
    expect(Object.keys(sites())).toEqual(['shop'])
    await button('删除：shop').click()
    await page.locator('.admin-confirm__yes').click()
    await says('站点 shop 已删除')
    expect(host.config()).not.toHaveProperty('sites')
    await tab('历史').click()
    await page.locator('.admin-audit li').filter({ hasText: '轮换密钥' }).first().waitFor()
    expect(await page.locator('.admin-audit').textContent()).not.toContain(second)
    expect(ann.errors.filter((error) => !error.includes('422'))).toEqual([])
  })

  test('denies the network that is refused most with one click, which holds at once, and lets it in again', async () => {
    const { tab, says } = adminPage(page)
    const user = await ann.openTab()
    /** What the register page says of its picture, loaded anew. */
    const saidToUser = async () => {
      await user.goto(`${host.url}/#/pages/register/register`)
      await user.reload()
      await user.waitForLoadState('networkidle')
      return user.locator('.uni-captcha').innerText()
    }
    await tab('拒绝').click()
    const network = page.locator('.admin-refused__item').filter({ hasText: '127.0.0.0/24' }).first()
    await network.filter({ hasText: '1,200 次' }).waitFor()
    await network.getByRole('button', { name: '拒绝：127.0.0.0/24' }).click()
    await says('127.0.0.0/24 的规则已生效')
    await network.filter({ hasText: '已拒绝' }).waitFor()
    expect(host.config()['rules']).toMatchObject([{ network: '127.0.0.0/24', action: 'deny' }])
    await expect.poll(saidToUser).toContain('当前网络的访问受到限制')

    await page.getByRole('button', { name: '移除规则：127.0.0.0/24' }).click()
    await says('127.0.0.0/24 的规则已移除')
    expect(host.config()['rules'] ?? []).toEqual([])
    await expect.poll(saidToUser).not.toContain('当前网络的访问受到限制')
    await captchaOn(user).source()
    await user.close()
  })

  test('is told who changed the sites meanwhile, and goes on from there with what was typed', async () => {
    const { tab, says } = adminPage(page)
    const bob = await administrator(browser, host, 'Bob')
    for (const one of [page, bob.page]) {
      await adminPage(one).tab('站点').click()
      await one.getByRole('button', { name: '新建站点' }).click()
      await one.locator('#admin-site-hosts').fill('localhost')
      await one.locator('#admin-site-scenes').fill('login')
    }
    const create = (one: Page) => one.getByRole('button', { name: '创建' }).click()
    await create(bob.page)
    await adminPage(bob.page).says('站点已创建')
    await create(page)
    const alert = page.locator('.admin-sites .admin-save__stale')
    await alert.filter({ hasText: 'Bob（127.0.0.1）' }).waitFor()
    await alert.getByRole('button', { name: '载入新版本' }).click()
    await page.locator('.admin-sites__item').waitFor()
    await create(page)
    await says('站点已创建')
    expect(Object.keys(host.config()['sites'] as object)).toHaveLength(2)
    await tab('配置').click()
    await drawn(page)
    expect(await adminPage(page).changes.count()).toBe(0)
    await bob.close()
  })

  test('solves a captcha as a user would, and finds it in the statistics', async () => {
    await openConfig(page)
    const { tab } = adminPage(page)
    await page.getByRole('button', { name: '获取验证码' }).click()
    const captcha = captchaOn(page, '.admin-try')
    const before = await captcha.source()
    await inputsReportAtOnce(page)
    const check = page.locator('.admin-try').getByRole('button', { name: '校验' })
    await captcha.input.fill(wrongFor(readAnswer(host.dataDir, 'admin-preview')))
    await check.click()
    await page.locator('.admin-try .admin__notice--error').filter({ hasText: '验证码错误' }).waitFor()
    await captcha.renewed(before)
    await captcha.input.fill(readAnswer(host.dataDir, 'admin-preview'))
    await check.click()
    await page.locator('.admin-try .admin__notice--success').waitFor()

    await tab('概览').click()
    const row = page.locator('.admin-statistics__table tr').filter({ hasText: 'admin-preview' })
    // Each process writes what it has counted every few seconds.
    const counted = async () => {
      await page.getByRole('button', { name: '刷新', exact: true }).click()
      await page.locator('.admin-overview[aria-busy=false]').waitFor()
      return row.locator('td').allTextContents()
    }
    await expect
      .poll(counted, { timeout: 60_000, interval: 500 })
      .toEqual(expect.arrayContaining(['1', '50 %', expect.stringMatching(/^≤ \d+ 秒$/)]))
    await page.locator('.admin-chart canvas').first().waitFor()
    await page.locator('.admin-multiple').filter({ hasText: 'admin-preview' }).click()
    await page.locator('.admin-chart figcaption').filter({ hasText: 'admin-preview' }).waitFor()
    expect(ann.errors.filter((error) => !error.includes('404'))).toEqual([])
  })

  test('whose session is over signs in again and still has what was not saved', async () => {
    await openConfig(page)
    const { field, previewWidth } = adminPage(page)
    await page.context().clearCookies()
    await field('width').fill('170')
    await page.locator('#admin-token').waitFor()
    await page.locator('#admin-token').fill(TOKEN)
    await page.locator('#admin-token').press('Enter')
    await expect.poll(previewWidth).toBe('170')
    await page.locator('.admin__leave').click()
    await page.locator('.admin-confirm__yes').click()
    await page.locator('#admin-token').waitFor()
    await page.reload()
    await page.locator('#admin-token').waitFor()
    await signIn(page, 'Ann')
  })

  test('can do all of it with the keyboard alone', async () => {
    const visitor = await visit(browser, { width: 1280, height: 800 })
    const { page } = visitor
    await page.goto(`${host.url}/admin`)
    await page.locator('#admin-token').waitFor()
    const tabTo = async (selector: string) => {
      for (let steps = 0; steps < 60; steps++) {
        if (await page.locator(selector).evaluateAll((found) => found.some((one) => one === document.activeElement)))
          return
        await page.keyboard.press('Tab')
      }
      throw new Error(`Tab never reaches ${selector}`)
    }
    await tabTo('#admin-token')
    await page.keyboard.type(TOKEN)
    await page.keyboard.press('Enter')
    await page.locator('.admin-tiles').waitFor()
    await tabTo('.admin__tab:nth-of-type(2)')
    await page.keyboard.press('Enter')
    await drawn(page)
    await tabTo('#admin-level')
    await page.keyboard.type('3')
    await page.locator('.admin-changes').getByText('难度').waitFor()
    await drawn(page)
    await page.keyboard.press('Shift+Tab')
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await tabTo('.admin-save__save')
    await page.keyboard.press('Enter')
    await adminPage(page).says('已保存')
    expect(host.config()).toMatchObject({ level: 3 })
    await visitor.close()
  })
})

describe('the overview', () => {
  test('opens first and compares today with yesterday and last week, scene by scene, and is there as a file', async () => {
    const now = Date.now()
    const hour = now - (now % HOUR_MS)
    const at = (daysBefore: number, scene: string, counts: object) => ({
      scene,
      hour: hour - daysBefore * DAY_MS,
      counts,
    })
    putStatistics(host.dataDir, [
      at(0, '=login', { created: 10, passed: 6, wrong: 2, refused: 3, solved_8: 6 }),
      at(0, 'pay', { created: 10, passed: 2 }),
      // The day before lies wholly within the day that ends in this hour.
      ...[1, 7].flatMap((days) =>
        [1, 2].map((hours) => ({
          ...at(days, 'pay', { created: 5, passed: 2, wrong: 2 }),
          hour: hour - days * DAY_MS - hours * HOUR_MS,
        })),
      ),
    ])
    await page.locator('#admin-span').selectOption('day')
    const multiple = page.locator('.admin-multiple').filter({ hasText: '=login' })
    await multiple.waitFor()
    expect(await multiple.textContent()).toContain('图片数 10 · 通过率 75 % · 拒绝次数 3')
    const tile = (name: string) =>
      page.locator('.admin-tile').filter({ has: page.locator('.admin-tile__name', { hasText: name }) })
    expect(await tile('通过率').locator('.admin-tile__compared').allTextContents()).toEqual([
      expect.stringMatching(/^上一时段 50 % [↑↓] \d/),
      expect.stringMatching(/^上周同时段 50 % [↑↓] \d/),
    ])
    expect(await page.locator('.admin-tile__help').count()).toBe(await page.locator('.admin-tile').count())
    await multiple.click()
    await page.locator('.admin-chart figcaption').filter({ hasText: '=login' }).waitFor()

    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: '下载 CSV' }).click()
    const file = await downloading
    expect(file.suggestedFilename()).toMatch(/^uni-captcha-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/)
    const lines = readFileSync(await file.path(), 'utf8').split('\r\n')
    expect(lines[0]).toContain('hour,scene,created,refreshed,passed')
    expect(lines.filter((line) => line.includes(`"'=login",10,0,6,2`))).toHaveLength(1)

    await page.locator('#admin-span').selectOption('custom')
    await page.locator('#admin-first-day').fill('2020-01-01')
    await page.locator('#admin-first-day').press('Enter')
    await page.locator('.admin__notice--error').filter({ hasText: '30 天' }).waitFor()
    const today = await page.locator('#admin-last-day').inputValue()
    await page.locator('#admin-first-day').fill(today)
    await page.locator('#admin-first-day').press('Enter')
    await page.locator('.admin__notice--error').waitFor({ state: 'detached' })
    expect(ann.errors).toEqual([])
  })

  test('reads the numbers anew by itself', async () => {
    const { clock } = page
    await clock.install()
    await page.reload()
    await page.locator('.admin-overview[aria-busy=false]').waitFor()
    const again = page.waitForRequest('**/admin/api/statistics*')
    await clock.runFor(61_000)
    await again
    await page.locator('#admin-automatic').uncheck()
    let requests = 0
    page.on('request', (request) => void (requests += Number(request.url().includes('/statistics'))))
    await clock.runFor(200_000)
    expect(requests).toBe(0)
  })
})

describe('the page', () => {
  // Layout depends on the width and the ratio, contrast on the colours: axe looks once at each, not at every pair.
  test.each([
    ['light', PHONE, 1, 'zh-CN'],
    ['dark', DESKTOP, 1.5, 'zh-TW'],
    ['light', DESKTOP, 3, 'en'],
  ] as const)(
    'has nothing that axe-core finds wrong and fits its window: %s, %o, pixel ratio %f, %s',
    async (...look) => {
      const [colorScheme, viewport, pixelRatio, locale] = look
      const texts = TEXTS[locale]
      const visitor = await visit(browser, viewport, locale, pixelRatio)
      const tab = visitor.page
      await tab.emulateMedia({ colorScheme })
      await tab.goto(`${host.url}/admin`)
      await tab.locator('#admin-token').waitFor()
      const open = (panel: `panel.${'config' | 'sites' | 'refused' | 'history'}`) =>
        adminPage(tab).tab(texts[panel]).click()
      const inspect = async (what: string) => {
        await keepScreenshot(tab, `${what}-${colorScheme}-${viewport.width}-${pixelRatio}`)
        const foreign = { 'zh-CN': /[驗碼圖請輸設誤歷刪]/, 'zh-TW': /[验码图请输设误历删]/, en: /\p{Script=Han}/u }[
          locale
        ]
        expect(await tab.locator('.admin__main').innerText(), `${what}, in one language`).not.toMatch(foreign)
        if (pixelRatio < 3) expect(await axeFindings(tab), what).toEqual([])
        for (const size of [viewport === PHONE ? DESKTOP : PHONE, viewport]) {
          await tab.setViewportSize(size)
          // The chart follows in the next frame.
          await expect.poll(() => overflowing(tab), { message: `${what}, ${size.width} px` }).toEqual([])
        }
      }
      await inspect('sign-in')
      await signIn(tab, 'Cleo')
      await tab.locator('.admin-chart canvas').first().waitFor()
      await tab.locator('.admin-messages__table').waitFor()
      await tab.locator('.admin-messages canvas').waitFor()
      await inspect('overview')
      await open('panel.config')
      await drawn(tab)
      await tab.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)))
      await adminPage(tab).field('size').fill('9')
      await adminPage(tab).problem.waitFor()
      await inspect('configuration')
      await open('panel.sites')
      await tab.getByRole('button', { name: texts['sites.new'] }).click()
      await tab.locator('#admin-site-hosts').fill('example.com\n*.example.com')
      await tab.locator('#admin-site-scenes').fill('login')
      await tab.getByRole('button', { name: texts['sites.add'], exact: true }).click()
      await tab.locator('#admin-site-secret').waitFor()
      await tab
        .getByRole('button', { name: new RegExp(`^${texts['sites.edit']}`) })
        .first()
        .click()
      await tab.locator('#admin-site-hosts').waitFor()
      await inspect('sites')
      await open('panel.refused')
      await tab.locator('.admin-refused__item').filter({ hasText: '203.0.113.0/24' }).waitFor()
      await inspect('refused')
      await open('panel.history')
      await tab.locator('.admin-audit li').first().waitFor()
      await inspect('history')
      await visitor.close()
    },
  )

  test('says that it is off where the host has none', async () => {
    await page.goto(`${host.url}/#/pages/admin/admin?path=/no-administration`)
    await page.reload()
    await page.locator('.admin__off').waitFor()
    expect(await page.locator('.admin__off').textContent()).toContain('ADMIN_TOKEN')
  })

  // The last one: from here on the address has to wait.
  test('says that the token is wrong, and bounds guessing', async () => {
    const visitor = await visit(browser)
    const tab = visitor.page
    await tab.goto(`${host.url}/admin`)
    await untilMinuteLasts(20_000)
    for (let time = 0; time < 5; time++) {
      await tab.locator('#admin-token').fill('a-wrong-token')
      const answered = tab.waitForResponse('**/admin/api/login')
      await tab.locator('#admin-token').press('Enter')
      expect((await answered).status()).toBe(401)
      await adminPage(tab).says('口令错误')
    }
    await tab.locator('#admin-token').fill(TOKEN)
    await tab.locator('#admin-token').press('Enter')
    await adminPage(tab).says('尝试次数过多')
    await visitor.close()
  })
})
