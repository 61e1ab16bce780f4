import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { isFalseHere } from '../../host/uni-build'
import { makeBareProject, type BareProject } from './support/bare-project'
import { launchBrowser, visit, type Visit } from './support/browser'
import { captchaOn, inputsReportAtOnce } from './support/captcha-page'
import { readAnswer, wrongFor } from './support/codes'

import type { Browser } from 'playwright-core'
import type { HostProcess } from './support/host-process'

let project: BareProject
/** what the build said */
let built: string
let host: HostProcess
let browser: Browser
let visitor: Visit

beforeAll(async () => {
  project = makeBareProject()
  built = await project.build('h5')
  host = await project.startHost()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await host?.dispose()
  project?.dispose()
})
beforeEach(async () => {
  visitor = await visit(browser)
})
afterEach(() => visitor.close())

async function open(name: string) {
  const { page } = visitor
  await page.goto(`${host.url}/#/pages/${name}/${name}`)
  return { page, says: (text: string) => page.locator('.said').filter({ hasText: text }).waitFor({ timeout: 60_000 }) }
}

/** uni's own style fetches a shadow from its maker's server, which the host's policy does not allow. */
const faults = () => visitor.errors.filter((error) => !error.includes('cdn.dcloud.net.cn'))

test('the build says that it is complete, and nothing that only holds in DCloud’s cloud', () => {
  expect(built).toContain('Build complete')
  expect(built.split('\n').filter(isFalseHere)).toEqual([])
})

describe('the released plugins in a bare project, built for H5', () => {
  test('draw a captcha, refuse a wrong answer and take the right one', async () => {
    const { page, says } = await open('index')
    const captcha = captchaOn(page)
    const submit = async (text: string) => {
      await inputsReportAtOnce(page)
      await captcha.input.fill(text)
      await page.locator('.submit').click()
    }
    const before = await captcha.source()
    expect(before).toMatch(/^data:image\/png;base64,/)
    await submit(wrongFor(readAnswer(host.dataDir, 'sign-up')))
    await says('验证码错误')
    await captcha.picture.click()
    await captcha.renewed(before)
    await submit(readAnswer(host.dataDir, 'sign-up'))
    await says('signed up')
    expect(faults()).toEqual([])
  })

  test('compute a proof of work with the library that the plugin brings itself', async () => {
    expect(existsSync(join(project.folder, 'node_modules/@noble'))).toBe(false)
    const { says } = await open('quiet')
    await says('proved')
    expect(faults()).toEqual([])
  })

  test('come with uniCloud’s client, which a project without uniCloud has not', () => {
    expect(project.hasUniCloudClient('h5')).toBe(true)
  })

  test('ask for a mobile number', async () => {
    const { page } = await open('mobile')
    await page.locator('.uni-sms-code__send').filter({ hasText: '获取验证码' }).waitFor()
    await page.locator('.uni-sms-code__mobile input').fill('12')
    await inputsReportAtOnce(page)
    await page.locator('.uni-sms-code__send').click()
    await page.locator('.uni-sms-code__message').filter({ hasText: '手机号' }).waitFor()
    expect(faults()).toEqual([])
  })
})
