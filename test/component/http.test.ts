import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { createCaptchaGuard } from '../../uni_modules/uni-captcha/js_sdk/guard'
import HttpPage from './pages/http-page.vue'
import { installClient, pictureNamed, settle, type Client } from './support/client'
import { mountPage, unmountAll, toUser } from './support/mount'

interface Request {
  url: string
  method: string
  data: string
  header: Record<string, string>
  success: (response: { statusCode: number; data: unknown }) => void
  fail: (error: { errMsg: string }) => void
}

let client: Client
let requests: Request[]

beforeEach(() => {
  vi.useFakeTimers()
  client = installClient()
  requests = []
  Object.assign(uni, { request: (request: Request) => requests.push(request) })
})
afterEach(() => {
  unmountAll()
  vi.useRealTimers()
})

const last = () => requests.at(-1)!
const readFields = (request: Request) => Object.fromEntries(new URLSearchParams(request.data))
const answerWith = async (data: object, statusCode = 200) => {
  last().success({ statusCode, data })
  await settle()
}
const picture = (name: string, more: object = {}) =>
  answerWith({ id: name, kind: 'image', captchaBase64: pictureNamed(name), maxLength: 4, expiresIn: 180, ...more })
const refuse = (errCode: string, more: object = {}) => answerWith({ errCode, errMsg: `told: ${errCode}`, ...more }, 422)
const token = (name: string) => answerWith({ token: name, expiresIn: 120 })

const SLID = {
  id: 'p',
  kind: 'proof',
  challenge: 'a.b',
  puzzles: 1,
  iterations: 1,
  target: 1,
  face: 'slide',
  expiresIn: 900,
}
const slid = () => answerWith(SLID)

async function opened(more: object = {}) {
  const page = await mountPage(HttpPage)
  await picture('first', more)
  return { page, user: toUser(page), text: () => page.text() }
}

describe('a captcha of a site', () => {
  test('is asked for by HTTP as a form, and of uniCloud nothing', async () => {
    const page = await mountPage(HttpPage)
    const { url, method, header } = last()
    expect([url, method]).toEqual(['https://captcha.example.com/challenge', 'POST'])
    expect(header).toEqual({ 'content-type': 'application/x-www-form-urlencoded' })
    expect(readFields(last())).toEqual({ sitekey: 'shop', scene: 'login', locale: 'zh-Hans', canTap: 'true' })
    await picture('first')
    expect(toUser(page).imageSource()).toBe(pictureNamed('first'))
    expect(client.imports).toEqual([])
  })

  test('hands the answer in when it is complete; v-model is the token then, and what is typed never', async () => {
    const { page, user } = await opened()
    await user.type('aB3')
    user.field().blur()
    expect(requests).toHaveLength(1)
    await user.type('aB3&')
    expect(last().url).toBe('https://captcha.example.com/answer')
    expect(readFields(last())).toEqual({ id: 'first', answer: 'aB3&', locale: 'zh-Hans' })
    expect(page.vm.token).toBe('')
    await token('uct_1')
    expect(page.vm.token).toBe('uct_1')
    expect(page.vm.events).toEqual(['proved uct_1'])
    expect(user.announcement()).toBe('验证完成')
  })

  test('tells why a wrong answer was refused, with another picture; Enter enters with the token of the right one', async () => {
    const { page, user, text } = await opened()
    await user.type('xxxx')
    await refuse('uni-captcha-verify-fail')
    await picture('second')
    expect(text()).toContain('told: uni-captcha-verify-fail')
    expect(user.field().value).toBe('')
    await user.type('abcd')
    expect(readFields(last())['id']).toBe('second')
    await user.press(user.field(), 'Enter')
    expect(page.vm.events).toEqual([])
    await token('uct_2')
    expect(page.vm.events).toEqual(['enter uct_2'])
    expect(requests).toHaveLength(4)
  })

  test('keeps what was typed when the network swallows it, and hands it in again', async () => {
    const { page, user, text } = await opened()
    await user.type('abcd')
    last().fail({ errMsg: 'request:fail' })
    await settle()
    expect(text()).toContain('验证失败，请重试')
    expect(user.field().value).toBe('abcd')
    await user.press(user.field(), 'Enter')
    await token('uct_3')
    expect(page.vm.token).toBe('uct_3')
  })

  test('hands nothing in before the time that the server asks to wait is over, and keeps what was typed', async () => {
    const { page, user, text } = await opened()
    await user.type('abcd')
    await answerWith({ errCode: 'uni-captcha-too-many-requests', errMsg: 'wait 20 seconds', retryAfter: 20 }, 429)
    expect(text()).toContain('wait 20 seconds')
    vi.advanceTimersByTime(19_000)
    await user.press(user.field(), 'Enter')
    user.field().blur()
    await settle()
    expect(requests).toHaveLength(2)
    vi.advanceTimersByTime(1000)
    await user.press(user.field(), 'Enter')
    expect(requests).toHaveLength(3)
    expect(readFields(last())['answer']).toBe('abcd')
    await token('uct_4')
    expect(page.vm.events).toEqual(['enter uct_4'])
  })

  test('hands a sum in when the input is left: its length is not known', async () => {
    const { page, user } = await opened({ kind: 'sum', maxLength: 2 })
    await user.focus()
    await user.type('7')
    expect(requests).toHaveLength(1)
    user.field().blur()
    await settle()
    expect(readFields(last())['answer']).toBe('7')
    await token('uct_4')
    expect(page.vm.token).toBe('uct_4')
  })

  test('counts the wait down that the server asks for, as by uniCloud', async () => {
    const page = await mountPage(HttpPage)
    await answerWith({ errCode: 'uni-captcha-too-many-requests', errMsg: 'slow down', retryAfter: 30 }, 429)
    expect(page.text()).toContain('操作过于频繁，请 30 秒后重试')
    await toUser(page).tapPicture()
    expect(requests).toHaveLength(1)
  })

  test('a token that needed no answer is put at once, taken back when it expires, and asked for anew', async () => {
    const page = await mountPage(HttpPage)
    await token('uct_5')
    expect(page.vm.token).toBe('uct_5')
    await vi.advanceTimersByTimeAsync(120_000)
    expect(page.vm.token).toBe('')
    expect(page.text()).toContain('验证已过期，请重试')
    await page.get('.uni-captcha__link').trigger('click')
    await picture('again')
    expect(toUser(page).imageSource()).toBe(pictureNamed('again'))
    expect(readFields(last())).toEqual({ sitekey: 'shop', scene: 'login', locale: 'zh-Hans', canTap: 'true' })
  })

  test('an address that has to compute is asked for a proof, once', async () => {
    const { user } = await opened()
    await user.type('abcd')
    await refuse('uni-captcha-proof-required')
    expect(readFields(last())).toMatchObject({ kind: 'proof', scene: 'login' })
    expect(requests).toHaveLength(3)
    unmountAll()
    const page = await mountPage(HttpPage)
    // A scene of proofs answers with one in the picture's place.
    await answerWith({ ...SLID, face: 'auto', puzzles: 0 })
    expect(requests).toHaveLength(4)
    expect(page.find('img').exists()).toBe(false)
  })

  test('a proof that the site says is slid waits for the user, with the challenge that came with it', async () => {
    const page = await mountPage(HttpPage)
    await slid()
    expect(page.get('.uni-captcha__track').attributes('role')).toBe('button')
    expect(page.get('.uni-captcha__track').text()).toBe('向右滑动或点击，完成验证')
    await page.get('.uni-captcha__track').trigger('click')
    expect(page.get('.uni-captcha__track').attributes('role')).toBe('progressbar')
    expect(requests).toHaveLength(1)
  })

  test('a proof that is slid when its challenge has expired is asked for anew; a token in its place passes', async () => {
    const page = await mountPage(HttpPage)
    await slid()
    vi.setSystemTime(Date.now() + 900_000)
    await page.get('.uni-captcha__track').trigger('click')
    expect(requests).toHaveLength(2)
    expect(readFields(last())).toMatchObject({ kind: 'proof', scene: 'login' })
    await token('uct_10')
    expect([page.vm.token, page.get('.uni-captcha__track').attributes('role')]).toEqual(['uct_10', 'img'])
    expect(requests).toHaveLength(2)
  })
})

describe('the popup of a site', () => {
  async function openedPopup(more: object) {
    const page = await mountPage(HttpPage, { isPopup: true })
    page.vm.popup?.open()
    await settle()
    await picture('first', more)
    const confirm = async () => {
      await page.get('.uni-popup-captcha__button--main').trigger('click')
      await settle()
    }
    const isOpen = () => page.get<HTMLElement>('.uni-popup-captcha').element.style.display !== 'none'
    return { page, user: toUser(page), confirm, isOpen }
  }

  test('confirms by itself when the answer was right', async () => {
    const { page, user, isOpen } = await openedPopup({})
    await user.type('abcd')
    await token('uct_6')
    expect(page.vm.events).toEqual(['confirm uct_6'])
    expect(isOpen()).toBe(false)
  })

  test('hands in what is typed when it is confirmed, and confirms the token once', async () => {
    const { page, user, confirm, isOpen } = await openedPopup({ kind: 'sum', maxLength: 2 })
    await confirm()
    expect(page.get('[role=alert]').text()).toBe('请输入计算结果')
    expect(requests).toHaveLength(1)
    await user.type('7')
    await confirm()
    await confirm()
    expect(requests).toHaveLength(2)
    expect(page.vm.events).toEqual([])
    await token('uct_7')
    expect(page.vm.events).toEqual(['confirm uct_7'])
    expect(isOpen()).toBe(false)
  })
})

describe('a guarded uni.request', () => {
  const response = (statusCode: number, data: unknown) => ({ statusCode, data, header: {}, errMsg: 'request:ok' })

  test('that needs no captcha resolves with the response, whatever its status and body', async () => {
    const guard = createCaptchaGuard(() => null)
    for (const one of [
      response(200, { errCode: 0 }),
      response(500, 'no'),
      response(401, { errCode: 'wrong-password' }),
    ]) {
      expect(await guard(() => one)).toBe(one)
    }
  })

  test('opens the popup for the scene that the back end names, and goes on with the token', async () => {
    const opening: { scene?: string; confirm?: (captcha: string) => void; retried: unknown[] } = { retried: [] }
    const guard = createCaptchaGuard(() => ({
      open: (options) => {
        if (typeof options !== 'object') throw new Error('no options')
        Object.assign(opening, { scene: options.scene, confirm: options.onConfirm })
      },
      close: () => {},
      retry: (message) => void opening.retried.push(message),
      setBusy: () => {},
    }))
    const answers = [
      response(200, { errCode: 'uni-captcha-required', errMsg: '', scene: 'pay' }),
      response(422, { errCode: 'uni-captcha-verify-fail', errMsg: 'not that one' }),
      response(200, { errCode: 0 }),
    ]
    const sent: unknown[] = []
    const done = guard((captcha) => answers[sent.push(captcha) - 1])
    await settle()
    expect(opening.scene).toBe('pay')
    opening.confirm?.('uct_8')
    await settle()
    expect(opening.retried).toEqual(['not that one'])
    opening.confirm?.('uct_9')
    expect(await done).toBe(answers[2])
    expect(sent).toEqual([undefined, 'uct_8', 'uct_9'])
  })

  test('refused for too many rejects with the seconds to wait', async () => {
    const guard = createCaptchaGuard(() => null)
    const data = { errCode: 'uni-captcha-too-many-requests', errMsg: 'slow down', retryAfter: 9 }
    await expect(guard(() => response(429, data))).rejects.toMatchObject({ errMsg: 'slow down', retryAfter: 9 })
  })
})
