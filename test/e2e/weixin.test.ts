// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://weixin.test/" }
// An address of its own gives the file a process of its own: the engine boots one application in each.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { copyBuiltProject } from './support/built-project'
import { readAnswer, wrongFor } from './support/codes'
import { startHostProcess, type HostProcess } from './support/host-process'
import { readCells } from './support/taps'
import { bootMiniProgram, drag, findNode, FORM_PX, type SimulatedNode } from './support/weixin'

let host: HostProcess
let phone: ReturnType<typeof bootMiniProgram>
let page: SimulatedNode

const project = copyBuiltProject({
  // WebAssembly takes some five times as long, in slices of 20 ms: more than ten of them in the first scene.
  seconds: { proof: 0.2, 'proof-only': 0.05, 'proof-slide': 0.05 },
  // All tests are one phone, which asks for more pictures in a minute than a person does.
  options: { imageLimit: { device: 300 } },
})

beforeAll(async () => {
  host = await startHostProcess([], { PROJECT_DIR: project.folder })
  phone = bootMiniProgram(host.url)
})
afterAll(async () => {
  await host?.dispose()
  project.remove()
})
afterEach(() => {
  page.detach()
  phone.network.isUp = true
  phone.network.held = undefined
  phone.messages.length = 0
})

/** The captcha in a page or in the popup: components with a ref carry the class `r`. */
function captchaIn(holder: SimulatedNode) {
  const part = (name: string) => findNode(holder, '.r').querySelector(`.uni-captcha__${name}`)
  const input = () => findNode(findNode(holder, '.r'), '.uni-captcha__input')
  const source = () => String(part('image')?.data['src'] ?? '')
  const text = () => findNode(holder, '.r').dom.textContent ?? ''
  return {
    source,
    input: () => input().data,
    text,
    tap: () => findNode(findNode(holder, '.r'), '.uni-captcha__picture').dispatchEvent('tap'),
    type: (value: string) => input().dispatchEvent('input', { detail: { value } }),
    pressDone: (value: string) => input().dispatchEvent('confirm', { detail: { value } }),
    loaded: async (before = '') => {
      // What is said in its place tells why there is none.
      await expect.poll(() => source() || text()).toMatch(/^data:image\/png;base64,/)
      await expect.poll(() => source() !== before && !part('spinner')).toBe(true)
    },
  }
}

const calls = (method: string) => phone.requests.filter((body) => body.includes(`\\"method\\":\\"${method}\\"`)).length

describe('the register page in WeChat', () => {
  async function openRegister() {
    page = phone.openPage('register')
    const captcha = captchaIn(page)
    await captcha.loaded()
    for (const [label, value] of [
      ['name', 'lily'],
      ['password', 'hunter2'],
    ] as const) {
      findNode(findNode(page, '.credentials'), `.credentials__${label}`).dispatchEvent('input', { detail: { value } })
    }
    return captcha
  }
  const submit = () => findNode(page, '.form__submit').dispatchEvent('tap')
  const says = (text: string) => expect.poll(() => page.dom.textContent).toContain(text)
  const answer = () => readAnswer(host.dataDir, 'register')

  test('draws the captcha of the real host, in its size, with its length and no focus', async () => {
    const captcha = await openRegister()
    expect(captcha.input()).toMatchObject({ maxlength: 1000, value: '', focus: false, placeholder: '请输入验证码' })
    expect(findNode(findNode(page, '.r'), '.uni-captcha__picture').dom.getAttribute('style')).toBe(
      'width:9.375em;min-height:2.5em',
    )
  })

  test('a right answer registers', async () => {
    const captcha = await openRegister()
    captcha.type(answer())
    submit()
    await says('注册成功')
  })

  test('the keyboard’s own confirm key submits, once', async () => {
    const captcha = await openRegister()
    const before = calls('verify')
    captcha.pressDone(answer())
    await says('注册成功')
    expect(calls('verify')).toBe(before + 1)
  })

  test('a wrong answer draws a new picture, empties and focuses the input, and the new answer passes', async () => {
    const captcha = await openRegister()
    const before = captcha.source()
    captcha.type(wrongFor(answer()))
    submit()
    await says('验证码错误')
    await captcha.loaded(before)
    expect(captcha.input()).toMatchObject({ value: '', focus: true })
    captcha.type(answer())
    submit()
    await says('注册成功')
  })

  test('a tap draws a new picture; more taps while it is on its way are one more request', async () => {
    const captcha = await openRegister()
    const [before, requests] = [captcha.source(), calls('getImageCaptcha')]
    const held: (() => void)[] = (phone.network.held = [])
    for (let tap = 0; tap < 5; tap++) {
      captcha.tap()
      await new Promise((resolve) => setTimeout(resolve))
    }
    expect(calls('getImageCaptcha')).toBe(requests + 1)
    phone.network.held = undefined
    held[0]?.()
    await captcha.loaded(before)
    expect(calls('getImageCaptcha')).toBe(requests + 2)
    captcha.type(answer())
    submit()
    await says('注册成功')
  })

  test('without a network a retry is offered, and works when it is back', async () => {
    const captcha = await openRegister()
    phone.network.isUp = false
    captcha.tap()
    await expect.poll(captcha.text).toContain('加载失败，点击重试')
    expect(captcha.source()).toBe('')
    phone.network.isUp = true
    captcha.tap()
    await captcha.loaded()
  })

  test('its texts follow the language of the application', async () => {
    const captcha = await openRegister()
    const shell = findNode(page, '.page')
    findNode(shell, '.shell__language').dispatchEvent('tap')
    await expect.poll(() => captcha.input()['placeholder']).toBe('Enter code')
    findNode(shell, '.shell__language').dispatchEvent('tap')
    await expect.poll(() => captcha.input()['placeholder']).toBe('請輸入驗證碼')
    findNode(shell, '.shell__language').dispatchEvent('tap')
    await expect.poll(() => captcha.input()['placeholder']).toBe('请输入验证码')
  })
})

test('the components follow the theme of WeChat', async () => {
  page = phone.openPage('register')
  await captchaIn(page).loaded()
  const dress = () => findNode(findNode(page, '.r'), '.uni-captcha').dom.className
  expect(dress()).toContain('uni-captcha-theme--light')
  phone.setTheme('dark')
  await expect.poll(dress).toContain('uni-captcha-theme--dark')
  phone.setTheme('light')
  await expect.poll(dress).toContain('uni-captcha-theme--light')
})

describe('a captcha without a picture in WeChat', () => {
  test('is computed by WebAssembly in slices, between which the page goes on, and passes', async () => {
    page = phone.openPage('proof')
    const form = () => findNode(page, '.proof__beside')
    const captcha = () => findNode(form(), '.r')
    await expect.poll(() => captcha().querySelector('.uni-captcha__link')?.dom.textContent).toBe('看不清？换种方式验证')
    findNode(captcha(), '.uni-captcha__link').dispatchEvent('tap')
    let turns = 0
    const pageGoesOn = setInterval(() => turns++, 10)
    await expect.poll(() => captcha().dom.textContent, { timeout: 60_000 }).toContain('验证完成')
    clearInterval(pageGoesOn)
    expect(turns).toBeGreaterThan(10)
    expect(new Set(phone.compiled)).toEqual(new Set(['/uni_modules/uni-captcha/static/mp-weixin/sha256.wasm']))
    findNode(form(), '.form__submit').dispatchEvent('tap')
    await expect.poll(() => form().dom.textContent).toContain('验证通过')
  })

  test('is slid by a finger: begun at the end of the track, and not where the finger is lifted before it', async () => {
    page = phone.openPage('proof')
    const form = findNode(page, '.proof__slid')
    // The engine writes the component's name before its classes.
    const part = (name: string) => form.dom.querySelector(`.captcha-proof--uni-captcha__${name}`)
    const track = () => part('track')
    const handle = () => part('handle')?.getAttribute('style')
    await expect.poll(() => track()?.textContent).toBe('向右滑动或点击，完成验证')
    const places: unknown[] = []
    const watched = setInterval(() => places.push(handle()), 5)
    await drag(track()!, [30, 30 + (FORM_PX - 44) / 2, FORM_PX - 20])
    clearInterval(watched)
    expect(places).toContain('left:calc((100% - 44px) * 0.5)')
    expect(handle(), 'it waits, with the handle where it was').toBe('left:calc((100% - 44px) * 0)')
    await drag(track()!, [30, 200, 30 + FORM_PX - 44])
    await expect.poll(() => track()?.textContent, { timeout: 60_000 }).toBe('✓ 验证完成')
    findNode(form, '.form__submit').dispatchEvent('tap')
    await expect.poll(() => form.dom.textContent).toContain('验证通过')
  })
})

test('a picture to tap on in WeChat takes taps, takes one back, and passes, in a form and in the popup', async () => {
  page = phone.openPage('tap')
  const form = findNode(page, '.tap__form')
  const tapIn = (holder: SimulatedNode) => {
    const view = () => findNode(findNode(holder, '.r'), '.uni-captcha__tap')
    return {
      loaded: () =>
        expect
          .poll(
            () =>
              findNode(holder, '.r').querySelector('.uni-captcha__tap')?.querySelector('.uni-captcha__tap-image')?.data[
                'src'
              ],
          )
          .toMatch(/^data:image\/png;base64,/),
      tap: (cell: number) => view().querySelectorAll('.uni-captcha__tap-target')[cell - 1]!.dispatchEvent('tap'),
      marks: () => view().querySelectorAll('.uni-captcha__tap-mark').length,
      undo: () => findNode(view(), '.uni-captcha__tap-button').dispatchEvent('tap'),
      words: () => findNode(view(), '.uni-captcha__tap-words').dom.textContent,
    }
  }
  const captcha = tapIn(form)
  await captcha.loaded()
  const cells = readCells(host.dataDir, 'tap')
  for (const cell of [...cells.slice(1), ...cells]) captcha.tap(cell)
  for (let undone = 0; undone < 4; undone++) captcha.undo()
  await expect.poll(captcha.words).toBe('依次点击上方的四个字符')
  for (const cell of cells) captcha.tap(cell)
  await expect.poll(captcha.words).toBe('已选 4/4')
  expect(captcha.marks()).toBe(4)
  findNode(form, '.form__submit').dispatchEvent('tap')
  await expect.poll(() => form.dom.textContent).toContain('验证通过')

  const popup = findNode(page, '.tap__popup-captcha')
  findNode(page, '.tap__open').dispatchEvent('tap')
  const inPopup = tapIn(popup)
  await inPopup.loaded()
  for (const cell of readCells(host.dataDir, 'tap')) inPopup.tap(cell)
  findNode(popup, '.uni-popup-captcha__button--main').dispatchEvent('tap')
  await expect.poll(() => page.dom.textContent?.match(/验证通过/g)).toHaveLength(2)
})

describe('the popup example in WeChat', () => {
  function openPage() {
    page = phone.openPage('popup')
    const popup = () => findNode(page, '.r')
    return {
      captcha: captchaIn(popup()),
      isOpen: () => findNode(popup(), '.uni-popup-captcha').dom.style.display !== 'none',
      open: () => findNode(page, '.form__submit').dispatchEvent('tap'),
      hint: () => popup().querySelector('.uni-popup-captcha__hint')?.dom.textContent,
      confirm: () => findNode(popup(), '.uni-popup-captcha__button--main').dispatchEvent('tap'),
      cancel: () => findNode(popup(), '.uni-popup-captcha__button').dispatchEvent('tap'),
    }
  }
  const says = (text: string) => expect.poll(() => phone.messages.join()).toContain(text)
  const answer = () => readAnswer(host.dataDir, 'test')

  test('opens with a picture and the focus, and a right answer closes it and passes', async () => {
    const requests = calls('getImageCaptcha')
    const popup = openPage()
    expect(popup.isOpen()).toBe(false)
    expect(calls('getImageCaptcha')).toBe(requests)
    popup.open()
    await popup.captcha.loaded()
    expect(popup.isOpen()).toBe(true)
    expect(popup.captcha.input()).toMatchObject({ focus: true, value: '' })
    popup.captcha.type(answer())
    popup.confirm()
    await says('验证通过')
    expect(popup.isOpen()).toBe(false)
  })

  test('a wrong answer is told, and the next opening starts fresh', async () => {
    const popup = openPage()
    popup.open()
    await popup.captcha.loaded()
    const before = popup.captcha.source()
    popup.captcha.type(wrongFor(answer()))
    popup.confirm()
    await says('验证码错误')
    popup.open()
    await popup.captcha.loaded(before)
    expect(popup.captcha.input()['value']).toBe('')
    popup.captcha.pressDone(answer())
    await says('验证通过')
  })

  test('nothing entered is hinted at, and cancelling sends nothing', async () => {
    const verifications = calls('verify')
    const popup = openPage()
    popup.open()
    await popup.captcha.loaded()
    popup.confirm()
    await expect.poll(popup.hint).toBe('请输入验证码')
    expect(popup.isOpen()).toBe(true)
    popup.cancel()
    await expect.poll(popup.isOpen).toBe(false)
    expect(calls('verify')).toBe(verifications)
  })
})

describe('a guarded login in WeChat', () => {
  test('asks for a captcha after three failures, says when it is wrong, and repeats the login with the right one', async () => {
    page = phone.openPage('login')
    const popup = () => findNode(page, '.r')
    const captcha = captchaIn(popup())
    const isOpen = () => findNode(popup(), '.uni-popup-captcha').dom.style.display !== 'none'
    const confirm = () => findNode(popup(), '.uni-popup-captcha__button--main').dispatchEvent('tap')
    const type = (field: string, value: string) =>
      findNode(findNode(page, '.credentials'), `.credentials__${field}`).dispatchEvent('input', { detail: { value } })
    const status = () => page.querySelector('.form__status')?.dom.textContent
    const tryPassword = (value: string) => {
      type('password', value)
      findNode(page, '.form__submit').dispatchEvent('tap')
    }
    type('name', 'lily')
    for (let time = 1; time <= 3; time++) {
      tryPassword('wrong')
      await expect.poll(() => calls('login')).toBe(time)
      await expect.poll(status).toBe('用户名或密码错误')
    }
    expect(isOpen()).toBe(false)

    tryPassword('open-sesame')
    await expect.poll(isOpen).toBe(true)
    await captcha.loaded()
    expect(captcha.input()).toMatchObject({ focus: true, value: '' })
    const before = captcha.source()
    captcha.type(wrongFor(readAnswer(host.dataDir, 'login')))
    confirm()
    await expect.poll(() => popup().dom.textContent).toContain('验证码错误')
    await captcha.loaded(before)
    expect(captcha.input()).toMatchObject({ focus: true, value: '' })
    captcha.type(readAnswer(host.dataDir, 'login'))
    confirm()
    await expect.poll(status).toBe('登录成功')
    expect(isOpen()).toBe(false)
    expect(calls('login')).toBe(6)
  })
})
