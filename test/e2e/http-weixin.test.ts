// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://http-weixin.test/" }
// An address of its own gives the file a process of its own: the engine boots one application in each.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { makeFolder } from '../support/folder'
import { makeProject } from '../support/project'
import { newSecret } from '../contract/support/sites'
import { cloudlessFiles, makeBareProject, type BareProject } from './support/bare-project'
import { answerBusiness } from './support/business'
import { readAnswer, wrongFor } from './support/codes'
import { startHostProcess, type HostProcess } from './support/host-process'
import { bootMiniProgram, findNode, type SimulatedNode } from './support/weixin'

const { secret, hash } = newSecret()
const SITES = { shop: { secrets: [hash], hosts: ['servicewechat.com'], scenes: ['login', 'quiet'] } }
const CONFIG = { sites: SITES, work: { seconds: 0.05 }, scene: { quiet: { challenge: 'pow' } } }

const server = makeFolder('http-weixin')
let host: HostProcess
let business: Server
let project: BareProject
let page: SimulatedNode

beforeAll(async () => {
  const projectDir = makeProject(server.folder, { config: { 'uni-captcha': CONFIG } })
  host = await startHostProcess([], { PROJECT_DIR: projectDir })
  business = createServer((request, response) => void answerBusiness(request, response, host.url, secret))
  await new Promise<void>((resolve) => business.listen(0, '127.0.0.1', resolve))
  const { port } = business.address() as AddressInfo
  project = makeBareProject(cloudlessFiles(host.url, 'shop', `http://127.0.0.1:${port}/`))
  await project.build('mp-weixin')
  page = bootMiniProgram(host.url, project.toOutput('mp-weixin')).openPage('http')
})
afterAll(async () => {
  page?.detach()
  business?.close()
  project?.dispose()
  await host?.dispose()
  server.remove()
})

const answer = () => readAnswer(host.dataDir, 'login', 'site')
const readText = (selector: string) => () => findNode(page, selector).dom.textContent

/** A captcha of the page, when its picture is another one than before. */
async function nextPicture(selector: string, before = ''): Promise<string> {
  const picture = () => String(page.querySelector(selector)?.querySelector('.uni-captcha__image')?.data['src'] ?? '')
  await expect.poll(() => picture() !== before && picture()).toMatch(/^data:image\/png;base64,/)
  return picture()
}

function type(selector: string, value: string): void {
  findNode(findNode(page, selector), '.uni-captcha__input').dispatchEvent('input', { detail: { value } })
}

describe('a mini program without uniCloud', () => {
  test('has nothing of it in what was built', () => {
    expect(project.hasUniCloudClient('mp-weixin')).toBe(false)
  })

  test('shows another picture after a wrong answer, and has a token for the right one, which counts once', async () => {
    const before = await nextPicture('.captcha')
    type('.captcha', wrongFor(answer()))
    await nextPicture('.captcha', before)
    expect(readText('.token')()).toBe('')
    type('.captcha', answer())
    await expect.poll(readText('.token')).toMatch(/^uct_/)
    findNode(page, '.submit').dispatchEvent('tap')
    await expect.poll(readText('.said')).toBe('signed in')
    findNode(page, '.submit').dispatchEvent('tap')
    await expect.poll(readText('.said')).toBe('timeout-or-duplicate')
  })

  test('computes the token of a scene without pictures unasked', async () => {
    await expect.poll(readText('.quiet'), { timeout: 60_000 }).toContain('验证完成')
  })
})
