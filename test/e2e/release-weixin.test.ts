// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://release-weixin.test/" }
// An address of its own gives the file a process of its own: the engine boots one application in each.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { makeBareProject, type BareProject } from './support/bare-project'
import { readAnswer, wrongFor } from './support/codes'
import { bootMiniProgram, findNode } from './support/weixin'

import type { HostProcess } from './support/host-process'

let project: BareProject
let host: HostProcess
let phone: ReturnType<typeof bootMiniProgram>

beforeAll(async () => {
  project = makeBareProject()
  await project.build('mp-weixin')
  host = await project.startHost()
  phone = bootMiniProgram(host.url, project.toOutput('mp-weixin'))
})
afterAll(async () => {
  await host?.dispose()
  project?.dispose()
})

describe('the released plugins in a bare project, built for WeChat', () => {
  test('draw a captcha, refuse a wrong answer and take the right one', async () => {
    const page = phone.openPage('index')
    const captcha = () => findNode(page, '.captcha')
    const picture = () => String(captcha().querySelector('.uni-captcha__image')?.data['src'] ?? '')
    const drawn = (before: string) =>
      expect
        .poll(() => picture() !== before && !captcha().querySelector('.uni-captcha__spinner') && picture())
        .toMatch(/^data:image\/png;base64,/)
    const submit = async (value: string, answer: string) => {
      findNode(captcha(), '.uni-captcha__input').dispatchEvent('input', { detail: { value } })
      findNode(page, '.submit').dispatchEvent('tap')
      await expect.poll(() => findNode(page, '.said').dom.textContent).toContain(answer)
    }
    await drawn('')
    const before = picture()
    await submit(wrongFor(readAnswer(host.dataDir, 'sign-up')), '验证码错误')
    findNode(captcha(), '.uni-captcha__picture').dispatchEvent('tap')
    await drawn(before)
    await submit(readAnswer(host.dataDir, 'sign-up'), 'signed up')
    page.detach()
  })

  test('compute a proof of work with the library that the plugin brings itself', async () => {
    const page = phone.openPage('quiet')
    await expect.poll(() => findNode(page, '.said').dom.textContent, { timeout: 90_000 }).toBe('proved')
    expect(new Set(phone.compiled)).toEqual(new Set(['/uni_modules/uni-captcha/static/mp-weixin/sha256.wasm']))
    page.detach()
  })

  test('come with uniCloud’s client, which a project without uniCloud has not', () => {
    expect(project.hasUniCloudClient('mp-weixin')).toBe(true)
  })

  test('ask for a mobile number', async () => {
    const page = phone.openPage('mobile')
    await expect.poll(() => page.dom.textContent).toContain('获取验证码')
    page.detach()
  })
})
