import { createServer, type Server } from 'node:http'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { makeProject } from '../support/project'
import { closeAll, openHost, temporaryDirectory, type OpenedHost } from '../contract/support/host-project'
import { newSecret } from '../contract/support/sites'
import { cloudlessFiles, makeBareProject, type BareProject } from './support/bare-project'
import { launchBrowser, visit, type Visit } from './support/browser'
import { answerBusiness } from './support/business'
import { captchaOn, inputsReportAtOnce } from './support/captcha-page'
import { readAnswer, wrongFor } from './support/codes'

import type { Browser } from 'playwright-core'

const { secret, hash } = newSecret()
const SITES = { shop: { secrets: [hash], hosts: ['localhost'], scenes: ['login', 'quiet'] } }
const TYPES = [
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
] as const

let host: OpenedHost
let pages: Server
let project: BareProject
let browser: Browser
let visitor: Visit

beforeAll(async () => {
  const config = { sites: SITES, work: { seconds: 0.05 }, scene: { quiet: { challenge: 'pow' } } }
  host = await openHost({ projectDir: makeProject(temporaryDirectory(), { config: { 'uni-captcha': config } }) })
  // The application's own server, on another origin than the captcha's: its pages, and a function that wants a token.
  pages = createServer((request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname
    if (path === '/business') return void answerBusiness(request, response, host.url, secret)
    try {
      const file = readFileSync(join(project.toOutput('h5'), path === '/' ? 'index.html' : path))
      const type = TYPES.find(([end]) => path.endsWith(end))?.[1] ?? 'text/html'
      response.setHeader('content-type', type).end(file)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  project = makeBareProject(cloudlessFiles(host.url, 'shop', '/business'))
  await project.build('h5')
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  pages?.close()
  project?.dispose()
  await closeAll()
})
beforeEach(async () => {
  visitor = await visit(browser)
})
afterEach(() => visitor.close())

async function open() {
  const { page } = visitor
  await page.goto(`http://localhost:${(pages.address() as AddressInfo).port}/`)
  await inputsReportAtOnce(page)
  return {
    page,
    captcha: captchaOn(page, '.captcha'),
    popup: page.locator('.popup'),
    token: page.locator('.token'),
    status: page.locator('.captcha [role=status]'),
    says: (text: string) => page.locator('.said').filter({ hasText: text }).waitFor(),
  }
}

const answer = () => readAnswer(host.dataDir, 'login', 'site')

/** uni's own style fetches a shadow from its maker's server; a browser reports each 4xx. */
const faults = () =>
  visitor.errors.filter((error) => !/cdn\.dcloud\.net\.cn|ERR_NAME_NOT_RESOLVED|status of 4\d\d/.test(error))

test('a wrong answer says so and shows another picture; the right one is a token, and the back end takes it once', async () => {
  const { page, captcha, token, status, says } = await open()
  const before = await captcha.source()
  await captcha.input.fill(wrongFor(answer()))
  await status.filter({ hasText: '验证码错误' }).waitFor()
  await captcha.renewed(before)
  expect(await captcha.input.inputValue()).toBe('')
  expect(await token.textContent()).toBe('')
  await captcha.input.fill(answer())
  await token.filter({ hasText: /^uct_/ }).waitFor()
  await status.filter({ hasText: '验证完成' }).waitFor()
  await page.locator('.submit').click()
  await says('signed in')
  await page.locator('.submit').click()
  await says('timeout-or-duplicate')
  expect(faults()).toEqual([])
})

test('nothing of uniCloud is in what was built', () => {
  expect(project.hasUniCloudClient('h5')).toBe(false)
})

test('a scene without pictures computes its token unasked', async () => {
  const { page } = await open()
  await page.locator('.quiet [role=status]').filter({ hasText: '验证完成' }).waitFor()
  expect(faults()).toEqual([])
})

test('a call that the back end wants a captcha for opens the popup, and goes through with the answer', async () => {
  const { page, popup, says } = await open()
  await page.locator('.guarded').click()
  const before = await captchaOn(page, '.popup').source()
  await popup.locator('input').fill(wrongFor(answer()))
  await popup.locator('[role=status]').filter({ hasText: '验证码错误' }).waitFor()
  await captchaOn(page, '.popup').renewed(before)
  await popup.locator('input').fill(answer())
  await says('signed in')
  expect(await popup.isVisible()).toBe(false)
  await page.locator('.guarded').click()
  await popup.locator('[role=button]').filter({ hasText: '取消' }).click()
  await says('uni-captcha-cancelled')
  expect(faults()).toEqual([])
})
