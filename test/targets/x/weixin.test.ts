// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://weixin-x.test/" }
// An address of its own gives the file a process of its own: the engine boots one application in each.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { readAnswer, wrongFor } from '../../e2e/support/codes'
import { startHostProcess, type HostProcess } from '../../e2e/support/host-process'
import { readCells } from '../../e2e/support/taps'
import { bootMiniProgram, drag, findNode, FORM_PX, type SimulatedNode } from '../../e2e/support/weixin'
import { buildX } from './support/project'

let host: HostProcess
let phone: ReturnType<typeof bootMiniProgram>
let page: SimulatedNode | undefined

/** The engine of the tests knows no scripts of the view, with which uni-app x moves elements that code has taken hold of. */
function withoutViewScripts(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.wxml')) continue
    const file = join(folder, name)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/<wxs [^>]*>|\s(change:)?e[SA]="[^"]*"/g, ''))
  }
}

beforeAll(async () => {
  const { folder } = await buildX('mp-weixin')
  withoutViewScripts(folder)
  host = await startHostProcess()
  phone = bootMiniProgram(host.url, folder)
})
afterAll(() => host?.dispose())
afterEach(() => page?.detach())

/** The captcha in a page or in the popup: components with a ref carry the class `r`, as does the popup's own root. */
function captchaIn(holder: SimulatedNode, selector = '.r') {
  const field = () => findNode(holder, selector)
  const source = () => String(field().querySelector('.uni-captcha__image')?.data['src'] ?? '')
  return {
    source,
    input: () => findNode(field(), '.uni-captcha__input').data,
    size: () => findNode(field(), '.uni-captcha__picture').dom.getAttribute('style'),
    tap: () => findNode(field(), '.uni-captcha__picture').dispatchEvent('tap'),
    type: (value: string) => findNode(field(), '.uni-captcha__input').dispatchEvent('input', { detail: { value } }),
    pressDone: (value: string) =>
      findNode(field(), '.uni-captcha__input').dispatchEvent('confirm', { detail: { value } }),
    loaded: async (before = '') => {
      await expect.poll(source).toMatch(/^data:image\/png;base64,/)
      await expect.poll(() => source() !== before).toBe(true)
    },
  }
}

const says = (text: string) => expect.poll(() => page?.dom.textContent).toContain(text)

describe('a form of uni-app x in WeChat', () => {
  async function openForm() {
    page = phone.openPage('register')
    const captcha = captchaIn(page)
    await captcha.loaded()
    return captcha
  }

  test('draws the captcha of the real host in its size', async () => {
    const captcha = await openForm()
    expect(captcha.size()).toBe('width:9.375em;min-height:2.5em')
    expect(captcha.input()).toMatchObject({ maxlength: 1000, value: '', placeholder: '请输入验证码' })
  })

  test('a tap on the picture draws another', async () => {
    const captcha = await openForm()
    const before = captcha.source()
    captcha.tap()
    await captcha.loaded(before)
  })

  test('the right answer passes, by the button or by the keyboard’s own confirm key', async () => {
    const captcha = await openForm()
    captcha.type(readAnswer(host.dataDir, 'register'))
    captcha.pressDone(readAnswer(host.dataDir, 'register'))
    await says('验证通过')
  })

  test('a wrong answer is told, and another picture is drawn', async () => {
    const captcha = await openForm()
    const before = captcha.source()
    captcha.type(wrongFor(readAnswer(host.dataDir, 'register')))
    findNode(page, '.submit').dispatchEvent('tap')
    await says('验证码错误')
    await captcha.loaded(before)
    expect(captcha.input()['value']).toBe('')
  })
})

/** The form of the examples in another scene, which a page is opened with. */
async function openScene(scene: string): Promise<SimulatedNode> {
  page = phone.openPage('register', { scene })
  return page
}

test('a picture to tap on in uni-app x in WeChat takes taps, takes one back, and passes', async () => {
  const form = await openScene('tap')
  const view = () => findNode(findNode(form, '.r'), '.uni-captcha__tap')
  const image = () => findNode(form, '.r').querySelector('.uni-captcha__tap')?.querySelector('.uni-captcha__tap-image')
  await expect.poll(() => image()?.data['src']).toMatch(/^data:image\/png;base64,/)
  const cells = readCells(host.dataDir, 'tap')
  const tap = (cell: number) => view().querySelectorAll('.uni-captcha__tap-target')[cell - 1]!.dispatchEvent('tap')
  const words = () => findNode(view(), '.uni-captcha__tap-words').dom.textContent
  for (const cell of [...cells.slice(1), ...cells]) tap(cell)
  for (let undone = 0; undone < 4; undone++) findNode(view(), '.uni-captcha__tap-button').dispatchEvent('tap')
  await expect.poll(words).toBe('依次点击上方的四个字符')
  for (const cell of cells) tap(cell)
  await expect.poll(words).toBe('已选 4/4')
  expect(view().querySelectorAll('.uni-captcha__tap-mark')).toHaveLength(4)
  findNode(form, '.submit').dispatchEvent('tap')
  await says('验证通过')
})

test('a proof that is slid in uni-app x in WeChat begins at the end of the track', async () => {
  const form = await openScene('proof-slide')
  const track = () => form.dom.querySelector('.captcha-proof--uni-captcha__track')
  await expect.poll(() => track()?.textContent).toBe('向右滑动或点击，完成验证')
  await drag(track()!, [30, FORM_PX - 20])
  await expect.poll(() => track()?.textContent).toBe('向右滑动或点击，完成验证')
  await drag(track()!, [30, 200, 30 + FORM_PX - 44])
  await expect.poll(() => track()?.textContent, { timeout: 60_000 }).toBe('✓ 验证完成')
  findNode(form, '.submit').dispatchEvent('tap')
  await says('验证通过')
})

test('a popup of uni-app x in WeChat confirms by itself when all is typed', async () => {
  page = phone.openPage('popup')
  findNode(page, '.open').dispatchEvent('tap')
  const captcha = captchaIn(findNode(page, '.r'), '.uni-popup-captcha__panel .r')
  await captcha.loaded()
  captcha.type(readAnswer(host.dataDir, 'register'))
  await says('验证通过')
})
