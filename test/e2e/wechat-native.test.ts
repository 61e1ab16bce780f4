// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://wechat-native.test/" }
// An address of its own gives the file a process of its own: the engine boots one application in each.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

import { readAnswer, wrongFor } from './support/codes'
import { startHostProcess, type HostProcess } from './support/host-process'
import { codeFor, download, freshMobile, messagesTo, wrongCodeFor } from './support/sms'
import { findNode, type SimulatedNode } from './support/weixin'
import { openNativeExample } from './support/weixin-native'

const BUILT_FOR = 'http://127.0.0.1:3000'
let host: HostProcess
let phone: ReturnType<typeof openNativeExample>
let page: SimulatedNode

beforeAll(async () => {
  host = await startHostProcess(['--dev'])
  phone = openNativeExample(host.url)
})
afterAll(() => host?.dispose())
afterEach(() => {
  page.detach()
  phone.network.isUp = true
  phone.network.held = undefined
  phone.messages.length = 0
  phone.requests.length = 0
})

const answer = () => readAnswer(host.dataDir, 'web')
const says = (text: string) => expect.poll(() => phone.messages.join()).toContain(text)

async function openPage() {
  page = phone.openPage('register')
  const source = () => String(findNode(page, '.picture').data['src'] ?? '')
  /** loads the picture, as the phone does when it is shown */
  const drawn = async (before = '') => {
    await expect.poll(source).toMatch(/image\?code_id=[\da-f-]{36}&scene=web$/)
    await expect.poll(source).not.toBe(before)
    expect(await download(source().replace(BUILT_FOR, host.url))).toMatchObject({ type: 'image/png' })
    return source()
  }
  const type = (field: string, value: string) => findNode(page, field).dispatchEvent('input', { detail: { value } })
  await drawn()
  return {
    drawn,
    source,
    type,
    tap: (what: string) => findNode(page, what).dispatchEvent('tap'),
    label: () => findNode(page, '.send').dom.textContent,
    value: (field: string) => findNode(page, field).data['value'],
  }
}

test('the page draws a picture, sends, counts down, verifies and registers', async () => {
  const mobile = freshMobile()
  const { drawn, source, type, tap, label } = await openPage()
  const before = source()
  expect(label()).toBe('获取验证码')
  type('.mobile', mobile)
  type('.image-code', answer())
  tap('.send')
  await says('验证码已发送')
  expect(label()).toMatch(/^(60|5\d) 秒后重发$/)
  await drawn(before)
  type('.code', await codeFor(host, mobile))
  tap('.submit')
  await says(`注册成功 ${mobile.slice(0, 3)}****${mobile.slice(-4)}`)
  expect(phone.requests.map((body) => Object.keys(JSON.parse(body) as object))).toEqual([
    ['mobile', 'image_code', 'image_code_id'],
    ['mobile', 'code'],
    ['ticket'],
  ])
})

test('a malformed number, an empty captcha and an empty code are caught before any request', async () => {
  const { type, tap } = await openPage()
  type('.mobile', '23800138000')
  tap('.send')
  await says('请输入正确的手机号')
  type('.mobile', freshMobile())
  tap('.send')
  await says('请输入图中字符')
  tap('.submit')
  await says('请输入短信验证码')
  expect(phone.requests).toEqual([])
})

test('a wrong captcha is told and draws another; nothing is sent and nothing counts down', async () => {
  const mobile = freshMobile()
  const { drawn, source, type, tap, label, value } = await openPage()
  const before = source()
  type('.mobile', mobile)
  type('.image-code', wrongFor(answer()))
  tap('.send')
  await says('验证码输入错误')
  await drawn(before)
  expect(value('.image-code')).toBe('')
  expect(label()).toBe('获取验证码')
  expect(await messagesTo(host, mobile)).toEqual([])
  type('.image-code', answer())
  tap('.send')
  await says('验证码已发送')
})

test('a second message too soon is refused by the server, and its seconds count down', async () => {
  const mobile = freshMobile()
  const { drawn, source, type, tap } = await openPage()
  const before = source()
  type('.mobile', mobile)
  type('.image-code', answer())
  tap('.send')
  await says('验证码已发送')
  await drawn(before)
  page.detach()
  const { type: typeAgain, tap: tapAgain, label } = await openPage()
  typeAgain('.mobile', mobile)
  typeAgain('.image-code', answer())
  tapAgain('.send')
  await says('操作过于频繁')
  expect(label()).toMatch(/^\d\d 秒后重发$/)
  expect(await messagesTo(host, mobile)).toHaveLength(1)
})

test('a wrong code is told', async () => {
  const mobile = freshMobile()
  const { type, tap } = await openPage()
  type('.mobile', mobile)
  type('.image-code', answer())
  tap('.send')
  await says('验证码已发送')
  const code = await codeFor(host, mobile)
  type('.code', wrongCodeFor(code))
  tap('.submit')
  await says('验证码错误或已过期')
  type('.code', code)
  tap('.submit')
  await says('注册成功')
})

test('more taps while a message is on its way are one request, and without a network it says so', async () => {
  const { type, tap, label } = await openPage()
  type('.mobile', freshMobile())
  type('.image-code', answer())
  const held: (() => void)[] = (phone.network.held = [])
  for (let time = 0; time < 3; time++) {
    tap('.send')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(held).toHaveLength(1)
  expect(label()).toBe('获取验证码')
  phone.network.held = undefined
  phone.network.isUp = false
  held[0]?.()
  await says('网络不可用')
  expect(label()).toBe('获取验证码')
})
