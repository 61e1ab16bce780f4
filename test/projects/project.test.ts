import { join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { filesBelow, makeBareProject, type BareProject } from '../e2e/support/bare-project'
import { launchBrowser, visit, DESKTOP, type Visit } from '../e2e/support/browser'
import { captchaOn, inputsReportAtOnce } from '../e2e/support/captcha-page'
import { wrongFor } from '../e2e/support/codes'
import { root } from '../e2e/support/host-process'
import { startAlone, startTwo, type Deployment } from './deployments'

/** Two pixels by one. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGMQUDAAIgACZwDBk0QOYQAAAABJRU5ErkJggg==',
  'base64',
)

let project: BareProject
let browser: Browser

beforeAll(async () => {
  project = makeBareProject(filesBelow(join(root, 'test/projects/project')))
  await project.build('h5')
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  project?.dispose()
})

describe.each([
  ['one host with SQLite', startAlone],
  ['two hosts with PostgreSQL and Redis', startTwo],
])('on %s', (_name, start) => {
  let host: Deployment
  let ada: Visit
  let bob: Visit
  beforeAll(async () => {
    host = await start(project)
    ada = await visit(browser, DESKTOP)
    bob = await visit(browser, DESKTOP)
  })
  afterAll(async () => {
    await ada?.close()
    await bob?.close()
    await host?.stop()
  })

  /** uni's own style fetches a shadow from its maker's server, which the host's policy does not allow. */
  const faults = ({ errors }: Visit) => errors.filter((error) => !/cdn\.dcloud\.net\.cn|不再推荐使用/.test(error))

  const goTo = async ({ page }: Visit, name: string) => {
    await page.goto(`${host.url}/#/pages/${name}/${name}`)
    await page.reload()
  }
  const readTexts = (page: Page, selector: string) => page.locator(selector).allInnerTexts()

  async function sendAccount(
    { page }: Visit,
    method: 'register' | 'login',
    name: string,
    { isRight = true, password = `the password of ${name}` } = {},
  ): Promise<void> {
    await captchaOn(page).source()
    const answer = await host.readAnswer()
    await inputsReportAtOnce(page)
    await page.locator('.username input').fill(name)
    await page.locator('.password input').fill(password)
    await captchaOn(page).input.fill(isRight ? answer : wrongFor(answer))
    await inputsReportAtOnce(page)
    await page.locator(`.${method}`).click()
  }

  test('a user signs up behind a captcha and is shown by clientDB, also after the page is loaded anew', async () => {
    await goTo(ada, 'login')
    const before = await captchaOn(ada.page).source()
    await sendAccount(ada, 'register', 'ada', { isRight: false })
    await ada.page.locator('.said', { hasText: '验证码错误' }).waitFor()
    await captchaOn(ada.page).picture.click()
    await captchaOn(ada.page).renewed(before)
    await sendAccount(ada, 'register', 'ada')
    await ada.page.locator('.name', { hasText: 'ada' }).waitFor()
    await goTo(ada, 'profile')
    await ada.page.locator('.name', { hasText: 'ada' }).waitFor()
    expect(faults(ada)).toEqual([])
  })

  test('the user changes what the schema lets users change, and nothing else', async () => {
    const { page } = bob
    await goTo(bob, 'login')
    await sendAccount(bob, 'register', 'bob')
    await page.locator('.name', { hasText: 'bob' }).waitFor()
    await page.locator('.new-nickname input').fill(' Countess ')
    await inputsReportAtOnce(page)
    await page.locator('.rename').click()
    await page.locator('.nickname', { hasText: /^Countess$/ }).waitFor()
    await page.locator('.new-nickname input').fill('a name that is too long')
    await inputsReportAtOnce(page)
    await page.locator('.rename').click()
    await page.locator('.said', { hasText: 'Nickname' }).waitFor()
    await page.locator('.forbidden').click()
    await page.locator('.said', { hasText: 'No permission' }).waitFor()
  })

  test('an avatar is uploaded, kept with the user and shown, also after the page is loaded anew', async () => {
    const { page } = ada
    const choosing = page.waitForEvent('filechooser')
    await page.locator('.upload').click()
    await (await choosing).setFiles({ name: 'me.png', mimeType: 'image/png', buffer: PICTURE })
    for (const isAnew of [false, true]) {
      if (isAnew) await goTo(ada, 'profile')
      const image = page.locator('.avatar img')
      await expect.poll(() => image.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBe(2)
      const reply = await fetch((await image.getAttribute('src')) ?? '')
      expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'image/png'])
      expect(Buffer.from(await reply.arrayBuffer())).toEqual(PICTURE)
    }
    expect(faults(ada)).toEqual([])
  })

  test('a list with its authors is read page by page and searched, without drafts', async () => {
    const { page } = bob
    const written = (...titles: string[]) => titles.map((title) => `${title} by Wen`)
    await goTo(bob, 'articles')
    await page.locator('.count', { hasText: '12' }).waitFor()
    expect(await readTexts(page, '.article')).toEqual(written('Tea 12', 'Rice 11', 'Rice 10', 'Tea 9', 'Rice 8'))
    await page.locator('.more').click()
    await page.locator('.article', { hasText: 'Tea 3' }).waitFor()
    expect(await page.locator('.article').count()).toBe(10)
    await page.locator('.word input').fill('tEA')
    await page.locator('.count', { hasText: '4' }).waitFor()
    expect(await readTexts(page, '.article')).toEqual(written('Tea 12', 'Tea 9', 'Tea 6', 'Tea 3'))
  })

  test('statistics are made by an aggregation that joins, groups and sorts', async () => {
    await goTo(bob, 'statistics')
    await bob.page.locator('.day').first().waitFor()
    expect(await readTexts(bob.page, '.day')).toEqual(['2026-11-24: 9, Rice 2+Rice 1', '2026-11-25: 2, Rice 2'])
  })

  test('a menu is a tree of what the roles of the user permit', async () => {
    await goTo(bob, 'menu')
    await bob.page.locator('.line').first().waitFor()
    expect(await readTexts(bob.page, '.line')).toEqual(['Home', 'Content', '-Articles', '--Drafts'])
    await goTo(ada, 'menu')
    await ada.page.locator('.line').first().waitFor()
    const all = ['Home', 'Content', '-Articles', '--Drafts', 'System', '-Users']
    expect(await readTexts(ada.page, '.line')).toEqual(all)
  })

  test('an administrator sees the users with the names of their roles, and an editor does not', async () => {
    await goTo(ada, 'users')
    await ada.page.locator('.user').first().waitFor()
    expect(await readTexts(ada.page, '.user')).toEqual(['ada: Administrator', 'bob: Editor', 'writer:'])
    await goTo(bob, 'users')
    await bob.page.locator('.said', { hasText: 'PERMISSION_ERROR' }).waitFor()
    expect(await bob.page.locator('.user').count()).toBe(0)
  })

  test('a token that ends soon is replaced as a page reads, and the user stays signed in', async () => {
    const { page } = ada
    const stored = () => page.evaluate(() => localStorage.getItem('uni_id_token') ?? '')
    const before = await stored()
    await expect
      .poll(async () => {
        await goTo(ada, 'profile')
        await page.locator('.name', { hasText: 'ada' }).waitFor()
        return stored()
      })
      .not.toBe(before)
    await goTo(ada, 'profile')
    await page.locator('.name', { hasText: 'ada' }).waitFor()
    expect(faults(ada)).toEqual([])
  })

  test('a user who comes back on another device logs in with the right captcha and password, and not otherwise', async () => {
    const device = await visit(browser, DESKTOP)
    const { page } = device
    const says = (text: string) => page.locator('.said', { hasText: text }).waitFor()
    await goTo(device, 'login')
    await sendAccount(device, 'login', 'bob', { isRight: false })
    await says('验证码错误')
    for (const name of ['bob', 'nemo']) {
      await goTo(device, 'login')
      await sendAccount(device, 'login', name, { password: 'a guess' })
      await says('wrong name or password')
    }
    await goTo(device, 'profile')
    await says('This needs a user who is signed in')
    expect(await readTexts(page, '.name')).toEqual([''])
    await goTo(device, 'login')
    await sendAccount(device, 'login', 'bob')
    await page.locator('.name', { hasText: 'bob' }).waitFor()
    await page.locator('.nickname', { hasText: /^Countess$/ }).waitFor()
    expect(faults(device)).toEqual([])
    await device.close()
  })

  if (start === startTwo)
    test('a host that ends leaves its users signed in on the other one', async () => {
      await host.endOne?.()
      await goTo(ada, 'profile')
      await ada.page.locator('.name', { hasText: 'ada' }).waitFor()
      await goTo(bob, 'articles')
      await bob.page.locator('.count', { hasText: '12' }).waitFor()
      expect(faults(ada)).toEqual([])
    })
})
