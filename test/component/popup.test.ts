import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import PopupPage from './pages/popup-page.vue'
import { installClient, pictureNamed, settle, type Client } from './support/client'
import { cloudError, tooMany } from './support/cloud-call'
import { mountPage, unmountAll, toUser } from './support/mount'
import { goBack } from './support/uni-app'

import type { OpenOptions } from '../../uni_modules/uni-captcha/components/uni-popup-captcha/props'

let client: Client

beforeEach(() => {
  client = installClient()
})
afterEach(unmountAll)

async function popupPage(props: Record<string, unknown> = {}) {
  const page = await mountPage(PopupPage, props)
  const user = toUser(page)
  return {
    page,
    user,
    open: async (options?: OpenOptions | ((captcha: string) => void)) => {
      page.vm.popup?.open(options)
      await settle()
      await client.calls.at(-1)?.reply()
    },
    isOpen: () => page.get<HTMLElement>('.uni-popup-captcha').element.style.display !== 'none',
    tap: async (label: string) => {
      await page
        .findAll('.uni-popup-captcha__button')
        .find((button) => button.text() === label)
        ?.trigger('click')
      await settle()
    },
  }
}

describe('opening', () => {
  test('asks for nothing before, and for one picture when it opens', async () => {
    const { open, isOpen, user } = await popupPage()
    expect(client.calls).toHaveLength(0)
    expect(isOpen()).toBe(false)
    await open()
    expect(isOpen()).toBe(true)
    expect(client.calls.map((call) => call.scene)).toEqual(['pay'])
    expect(user.hasImage()).toBe(true)
  })

  test('puts the focus into the input, unless the page does not want that', async () => {
    const { open, user } = await popupPage()
    await open()
    expect(user.isFocused()).toBe(true)
    unmountAll()
    client = installClient()
    const quiet = await popupPage({ focus: false })
    await quiet.open()
    expect(quiet.user.isFocused()).toBe(false)
  })

  test('starts each time with a fresh picture and an empty input', async () => {
    const { page, open, user, tap } = await popupPage()
    await open()
    const first = user.imageSource()
    await user.type('ab12')
    await tap('取消')
    expect(page.vm.answer, 'only the next opening empties v-model').toBe('ab12')
    page.vm.popup?.open()
    await settle()
    expect(page.vm.answer).toBe('')
    expect(user.field().value).toBe('')
    expect(user.hasImage()).toBe(false)
    await client.calls[1]?.reply({ captchaBase64: pictureNamed('second') })
    expect(user.imageSource()).toBe(pictureNamed('second'))
    expect(user.imageSource()).not.toBe(first)
  })

  test('while it is open already draws a new picture', async () => {
    const { open, user } = await popupPage()
    await open({ keepOpen: true })
    await user.type('ab12')
    await open({ keepOpen: true })
    expect(client.calls).toHaveLength(2)
    expect(user.field().value).toBe('')
  })

  test('closed and opened again in one go, it draws a new picture all the same', async () => {
    const { page, open, isOpen } = await popupPage()
    await open()
    page.vm.popup?.close()
    page.vm.popup?.open()
    await settle()
    expect(client.calls).toHaveLength(2)
    expect(isOpen()).toBe(true)
  })

  test('asked for twice in one go, it draws one picture', async () => {
    const { page } = await popupPage()
    page.vm.popup?.open()
    page.vm.popup?.open()
    await settle()
    expect(client.calls).toHaveLength(1)
  })

  test('shows the page’s title, or its own in the language of the application', async () => {
    const { open, user, page } = await popupPage()
    await open()
    expect(user.text()).toContain('请完成验证')
    await client.setLocale('en')
    expect(user.text()).toContain('Please complete the captcha')
    await page.setProps({ title: '付款前请验证' })
    expect(user.text()).toContain('付款前请验证')
    expect(page.get('[role=dialog]').attributes('aria-label')).toBe('付款前请验证')
  })
})

describe('confirming', () => {
  test('has v-model current and the popup closed when the event comes, and leaves the value', async () => {
    const { page, open, user, tap } = await popupPage()
    await open()
    await user.type(' ab12 ')
    await tap('确定')
    expect(page.vm.events).toEqual(['confirm ab12, v-model ab12, closed'])
    expect(page.vm.answer).toBe('ab12')
  })

  test('calls the handler that was given to open(), once', async () => {
    const { open, user, tap, isOpen } = await popupPage()
    const heard: string[] = []
    await open((captcha) => heard.push(captcha))
    await user.type('ab12')
    await tap('确定')
    expect(heard).toEqual(['ab12'])
    await open()
    await user.type('cd34')
    await tap('确定')
    expect(heard, 'a later opening without a handler has none').toEqual(['ab12'])
    expect(isOpen()).toBe(false)
  })

  test('keeps the popup with keepOpen, until the page closes it', async () => {
    const { page, open, user, tap, isOpen } = await popupPage()
    await open({ keepOpen: true })
    await user.type('ab12')
    await tap('确定')
    expect(isOpen()).toBe(true)
    page.vm.popup?.close()
    await settle()
    expect(isOpen()).toBe(false)
    expect(page.vm.answer).toBe('ab12')
    expect(page.vm.events).toHaveLength(1)
  })

  test('closes by itself when a button handed its event to open()', async () => {
    const { page, user, tap, isOpen } = await popupPage()
    const open: ((event: Event & OpenOptions) => void) | undefined = page.vm.popup?.open
    open?.(new Event('click'))
    await settle()
    await user.type('ab12')
    await tap('确定')
    expect(isOpen()).toBe(false)
  })

  test.each(['', '   '])('with %o entered shows a hint instead, which goes when something is typed', async (typed) => {
    const { page, open, user, tap, isOpen } = await popupPage()
    await open()
    await user.type(typed)
    await tap('确定')
    expect(isOpen()).toBe(true)
    expect(page.vm.events).toEqual([])
    expect(page.get('[role=alert]').text()).toBe('请输入验证码')
    expect(user.isFocused()).toBe(true)
    await user.type('a')
    expect(page.find('[role=alert]').exists()).toBe(false)
  })

  test('too early says what there is to do: a result to enter, a picture to wait for or to ask for again', async () => {
    const { page, tap } = await popupPage()
    const hint = () => page.get('[role=alert]').text()
    page.vm.popup?.open({ keepOpen: true })
    await settle()
    await tap('确定')
    expect(hint()).toBe('验证码加载中')
    await client.calls[0]?.refuse(cloudError('request:fail', 'no way'))
    expect(hint()).toBe('加载失败，点击重试')
    page.vm.popup?.open({ keepOpen: true })
    await settle()
    await client.calls[1]?.reply({ kind: 'sum' })
    await tap('确定')
    expect(hint()).toBe('请输入计算结果')
    page.vm.popup?.retry()
    await settle()
    expect(hint()).toBe('计算结果不正确，请重新输入')
  })

  test('while the device computes asks for nothing to be entered', async () => {
    const { page, tap } = await popupPage()
    page.vm.popup?.open({ keepOpen: true })
    await settle()
    await client.calls[0]?.refuse(cloudError('uni-captcha-proof-required', 'a proof', { scene: 'pay' }))
    await tap('确定')
    expect(page.get('[role=alert]').text()).toBe('正在验证，请稍候…')
    page.vm.popup?.retry()
    await settle()
    expect(page.get('[role=alert]').text()).toBe('验证失败，请重试')
  })
})

describe('leaving without an answer', () => {
  test.each(['取消', 'mask', 'Escape'])('by %s closes and fires cancel, not confirm', async (way) => {
    const { page, open, user, tap, isOpen } = await popupPage()
    await open()
    if (way === 'mask') await page.get('.uni-popup-captcha__mask').trigger('click')
    else if (way === 'Escape') await user.press(user.field(), 'Escape')
    else await tap(way)
    expect(isOpen()).toBe(false)
    expect(page.vm.events).toEqual(['cancel'])
  })

  test('by close() is the page’s own doing and fires nothing', async () => {
    const { page, open } = await popupPage()
    await open()
    page.vm.popup?.close()
    await settle()
    expect(page.vm.events).toEqual([])
  })

  test('ignores a picture that arrives after it', async () => {
    const { page, user } = await popupPage()
    page.vm.popup?.open()
    await settle()
    page.vm.popup?.close()
    await settle()
    await client.calls[0]?.reply()
    expect(user.hasImage()).toBe(false)
  })
})

describe('an answer that is being looked at', () => {
  test('cannot be confirmed again until that is over', async () => {
    const { page, open, user, tap } = await popupPage()
    await open({ keepOpen: true })
    await user.type('ab12')
    page.vm.popup?.setBusy(true)
    await settle()
    expect(page.get('[role=dialog]').attributes('aria-busy')).toBe('true')
    await tap('验证中…')
    await user.press(user.field(), 'Enter')
    expect(page.vm.events).toEqual([])
    page.vm.popup?.setBusy(false)
    await settle()
    await tap('确定')
    expect(page.vm.events).toHaveLength(1)
  })

  test('keeps its picture: a tap on it would void what is on its way', async () => {
    const { page, open, user } = await popupPage()
    await open({ keepOpen: true })
    await user.type('ab12')
    page.vm.popup?.setBusy(true)
    await settle()
    await user.tapPicture()
    expect(client.calls).toHaveLength(1)
    expect(page.vm.answer).toBe('ab12')
    page.vm.popup?.setBusy(false)
    await settle()
    await user.tapPicture()
    expect(client.calls).toHaveLength(2)
  })

  test.each(['', '再试一次'])(
    'and did not do is said (%o), with a new picture and the focus in an empty input',
    async (words) => {
      const { page, open, user, isOpen } = await popupPage({ focus: false })
      await open({ keepOpen: true })
      await user.type('ab12')
      page.vm.popup?.setBusy(true)
      page.vm.popup?.retry(words)
      await settle()
      expect(isOpen()).toBe(true)
      expect(page.get('[role=alert]').text()).toBe(words || '验证码不正确，请重新输入')
      expect(page.get('[role=dialog]').attributes('aria-busy')).toBe('false')
      expect(client.calls).toHaveLength(2)
      expect(user.field().value).toBe('')
      expect(user.isFocused()).toBe(true)
    },
  )

  test('changes nothing once the popup is closed', async () => {
    const { page, open, isOpen } = await popupPage()
    await open({ keepOpen: true })
    page.vm.popup?.close()
    page.vm.popup?.retry('late')
    page.vm.popup?.setBusy(true)
    await open()
    expect(isOpen()).toBe(true)
    expect(page.find('[role=alert]').exists()).toBe(false)
    expect(page.get('[role=dialog]').attributes('aria-busy')).toBe('false')
  })
})

test('refused for asking too often, the next opening goes on counting and asks for nothing', async () => {
  const { page, user } = await popupPage()
  page.vm.popup?.open()
  await settle()
  await client.calls[0]?.refuse(tooMany())
  page.vm.popup?.close()
  await settle()
  page.vm.popup?.open()
  await settle()
  expect(client.calls).toHaveLength(1)
  expect(user.picture().text()).toBe('操作过于频繁，请 42 秒后重试')
})

describe('the scene of one opening', () => {
  test('stands in for the page’s, that time only, and a change of it is one picture', async () => {
    const { page, open } = await popupPage()
    await open({ scene: 'login' })
    page.vm.popup?.open({ scene: 'order' })
    await settle()
    await client.calls[1]?.reply()
    await open()
    expect(client.calls.map((call) => call.scene)).toEqual(['login', 'order', 'pay'])
  })
})

describe('who opened it hears once that it ended without an answer', () => {
  test.each(['取消', 'close()', 'open()', 'unmounting'])('by %s', async (way) => {
    const { page, open, tap } = await popupPage()
    let endings = 0
    await open({ keepOpen: true, onCancel: () => endings++ })
    if (way === 'close()') page.vm.popup?.close()
    else if (way === 'open()') page.vm.popup?.open()
    else if (way === '取消') await tap(way)
    page.vm.popup?.close()
    unmountAll()
    expect(endings).toBe(1)
  })

  test('but not when it was answered', async () => {
    const { page, open, user, tap } = await popupPage()
    const heard: string[] = []
    await open({ onConfirm: (captcha) => heard.push(captcha), onCancel: () => heard.push('cancelled') })
    await user.type('ab12')
    await tap('确定')
    page.vm.popup?.close()
    expect(heard).toEqual(['ab12'])
  })
})

describe('the keyboard', () => {
  test('Enter confirms what is typed, and does not submit the page below', async () => {
    const { page, open, user } = await popupPage()
    await open()
    user.field().value = 'ab12'
    let submits = 0
    const submit = () => submits++
    document.addEventListener('keydown', submit)
    await user.press(user.field(), 'Enter')
    document.removeEventListener('keydown', submit)
    expect(page.vm.events).toEqual(['confirm ab12, v-model ab12, closed'])
    expect(submits).toBe(0)
  })

  test('Enter that ends an input method’s word neither confirms nor submits the page below', async () => {
    const { page, open, user } = await popupPage()
    await open()
    await user.type('ab12')
    let submits = 0
    const submit = () => submits++
    document.addEventListener('keydown', submit)
    await user.commitComposition(user.field())
    document.removeEventListener('keydown', submit)
    expect([page.vm.events, submits]).toEqual([[], 0])
  })

  test('stays in the input when Enter finds nothing entered, also the second time', async () => {
    const { page, open, user } = await popupPage()
    await open()
    for (let time = 0; time < 2; time++) {
      await user.press(user.field(), 'Enter')
      expect(page.find('[role=alert]').exists()).toBe(true)
      expect(user.isFocused()).toBe(true)
    }
  })

  test('goes round within the dialog, both ways, and takes in the dialog itself', async () => {
    const { page, open, user } = await popupPage()
    await open()
    const [cancel, confirm] = page.findAll<HTMLElement>('.uni-popup-captcha__button').map(({ element }) => element)
    const refresh = user.refresh().element as HTMLElement
    const panel = page.get<HTMLElement>('[role=dialog]').element
    const leave = async (from: HTMLElement | undefined, shiftKey: boolean) => {
      from?.focus()
      const event = new KeyboardEvent('keydown', { key: 'Tab', shiftKey, bubbles: true, cancelable: true })
      from?.dispatchEvent(event)
      return { isKept: event.defaultPrevented, now: document.activeElement }
    }
    expect(await leave(confirm, false)).toEqual({ isKept: true, now: refresh })
    expect(await leave(refresh, true)).toEqual({ isKept: true, now: confirm })
    expect(await leave(panel, true)).toEqual({ isKept: true, now: confirm })
    for (const inside of [refresh, user.field(), cancel]) expect((await leave(inside, false)).isKept).toBe(false)
    for (const inside of [user.field(), cancel, confirm]) expect((await leave(inside, true)).isKept).toBe(false)
  })

  test('is in the dialog also where the page does not want it in the input', async () => {
    const { page, open } = await popupPage({ focus: false })
    await open()
    expect(document.activeElement).toBe(page.get('[role=dialog]').element)
  })

  test('presses the buttons', async () => {
    const { page, open, user } = await popupPage()
    await open()
    const [cancel] = page.findAll('.uni-popup-captcha__button')
    expect(cancel?.attributes('tabindex')).toBe('0')
    if (cancel) await user.press(cancel.element, ' ')
    expect(page.vm.events).toEqual(['cancel'])
  })

  test('is back where it was when the popup has closed', async () => {
    const opener = document.createElement('button')
    document.body.append(opener)
    opener.focus()
    const { page, open } = await popupPage()
    await open()
    expect(document.activeElement).not.toBe(opener)
    page.vm.popup?.close()
    await settle()
    expect(document.activeElement).toBe(opener)
    page.vm.popup?.open()
    await settle()
    page.vm.popup?.close()
    page.vm.popup?.open()
    await settle()
    expect(document.activeElement, 'opened again in one go, it keeps the focus').not.toBe(opener)
    page.vm.popup?.close()
    await settle()
    expect(document.activeElement).toBe(opener)
    opener.remove()
  })
})

describe('going back', () => {
  test('closes an open popup as cancelling does, and leaves the page when there is none', async () => {
    const { open, isOpen } = await popupPage()
    expect(goBack()).toBe(true)
    let cancelled = 0
    await open({ onCancel: () => cancelled++ })
    expect(goBack()).toBe(false)
    await settle()
    expect(isOpen()).toBe(false)
    expect(cancelled).toBe(1)
    expect(goBack()).toBe(true)
  })

  test('is not held up by a popup whose page is gone', async () => {
    const { open } = await popupPage()
    await open()
    unmountAll()
    expect(goBack()).toBe(true)
  })
})
