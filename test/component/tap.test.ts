import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { readAnswer } from '../../uni_modules/uni-captcha/components/uni-captcha/answer'
import {
  afterKey,
  readTapLayout,
  toTapAnswer,
  withCell,
} from '../../uni_modules/uni-captcha/components/uni-captcha/tap'
import HttpPage from './pages/http-page.vue'
import PlainPage from './pages/plain-page.vue'
import PopupPage from './pages/popup-page.vue'
import { installClient, pictureNamed, settle, type Client } from './support/client'
import { mountPage, toUser, unmountAll } from './support/mount'

import type { VueWrapper } from '@vue/test-utils'

const TAP = { columns: 4, rows: 2, count: 4, top: 50, width: 300, height: 200 }
const DRAWN = { width: 300, height: 200, maxLength: 35, expiresIn: 180, tap: TAP }
const FIRST_FOUR = 'tap.37,87.112,87.187,87.262,87'

let client: Client
beforeEach(() => {
  vi.useFakeTimers()
  client = installClient()
})
afterEach(() => {
  unmountAll()
  vi.useRealTimers()
})

function tapUser(page: VueWrapper) {
  const field = () => page.get<HTMLElement>('.uni-captcha__tap-field')
  const cells = () => page.findAll('.uni-captcha__tap-cell')
  const [undo, renew] = [0, 1].map((index) => () => page.findAll('.uni-captcha__tap-button')[index]!)
  return {
    field,
    cells,
    tap: async (...numbers: number[]) => {
      for (const number of numbers) await page.findAll('.uni-captcha__tap-target')[number - 1]!.trigger('click')
      await settle()
    },
    press: async (...keys: string[]) => {
      for (const key of keys) {
        field().element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
      }
      await settle()
    },
    undo: undo!,
    renew: renew!,
    /** numbers of the cells in the order of their marks */
    marked: () => {
      const marks = cells().flatMap((cell, index) =>
        cell.findAll('.uni-captcha__tap-mark').map((mark) => ({ order: Number(mark.text()), number: index + 1 })),
      )
      return marks.sort((a, b) => a.order - b.order).map(({ number }) => number)
    },
    words: () => page.get('.uni-captcha__tap-words').text(),
    hasFocus: () => document.activeElement === field().element,
    hasInput: () => !page.get('.uni-captcha__row').attributes('style')?.includes('none'),
  }
}

async function opened(more: object = {}, props: Record<string, unknown> = {}) {
  const page = await mountPage(PlainPage, { scene: 'tap', ...props })
  await client.calls[0]!.reply({ ...DRAWN, ...more })
  return { page, vm: page.vm, user: toUser(page), ...tapUser(page) }
}

describe('a picture to tap on', () => {
  test('stands in place of the input, and says what to do', async () => {
    const { page, field, cells, words, hasInput, vm } = await opened()
    expect(hasInput()).toBe(false)
    expect(cells()).toHaveLength(8)
    expect(page.findAll('img').map((image) => image.attributes('src'))).toEqual([pictureNamed('tap 1')])
    expect(words()).toBe('依次点击上方的四个字符')
    expect(field().attributes()).toMatchObject({ role: 'group', tabindex: '0' })
    expect(field().attributes('aria-label')).toContain('依次点击上方的四个字符')
    expect(vm.captcha!.getHint()).toBe('依次点击上方的四个字符')
    expect(vm.captcha!.getHint(true)).toBe('字符或顺序不正确，请重新点击')
  })

  test('is answered by the fourth tap, with a mark at each, and told to screen readers', async () => {
    const { vm, user, tap, marked, words } = await opened()
    const told: string[] = []
    for (const cell of [7, 1, 4, 2]) {
      await tap(cell)
      told.push(`${user.announcement()}: ${vm.answer}`)
    }
    expect(told).toEqual(['已选 1/4: ', '已选 2/4: ', '已选 3/4: ', '已选 4/4: tap.187,162.37,87.262,87.112,87'])
    expect(marked()).toEqual([7, 1, 4, 2])
    expect(words()).toBe('已选 4/4')
    expect(vm.entered).toEqual([])
  })

  test('takes neither a cell twice nor a fifth one', async () => {
    const { vm, tap, marked } = await opened()
    await tap(1, 1, 2, 1, 3, 4, 5, 6)
    expect(marked()).toEqual([1, 2, 3, 4])
    expect(vm.answer).toBe(FIRST_FOUR)
  })

  test('undoes the last tap, and is answered again by another one', async () => {
    const { vm, tap, undo, marked } = await opened()
    expect(undo().attributes('aria-disabled')).toBe('true')
    await undo().trigger('click')
    await tap(1, 2, 3, 5)
    await undo().trigger('click')
    expect([vm.answer, marked()]).toEqual(['', [1, 2, 3]])
    await tap(4)
    expect(vm.answer).toBe(FIRST_FOUR)
    expect(client.calls).toHaveLength(1)
  })

  test('shows no marks of the last one after its button for another one', async () => {
    const { vm, tap, renew, marked } = await opened()
    await tap(1, 2, 3, 4)
    expect(renew().text()).toBe('换一张')
    await renew().trigger('click')
    expect([client.calls.length, vm.answer, marked()]).toEqual([2, '', []])
    await tap(1)
    expect(marked(), 'the old picture takes no taps any more').toEqual([])
    await client.calls[1]!.reply(DRAWN)
    await tap(1, 2, 3, 4)
    expect(vm.answer).toBe(FIRST_FOUR)
  })

  test('is emptied with v-model, as pages do after a refusal, and a half answer with a new picture', async () => {
    const { vm, tap, marked } = await opened()
    await tap(1, 2, 3, 4)
    vm.answer = ''
    await settle()
    expect(marked()).toEqual([])
    await tap(5)
    vm.captcha!.getImageCaptcha()
    await client.calls[1]!.reply(DRAWN)
    expect(marked()).toEqual([])
  })

  test('takes no taps while what was sent is being looked at', async () => {
    const { page, tap, undo, renew, field, marked } = await opened()
    await tap(1, 2)
    await page.setProps({ busy: true })
    await tap(3)
    await undo().trigger('click')
    await renew().trigger('click')
    expect([marked(), client.calls.length]).toEqual([[1, 2], 1])
    expect(field().attributes('aria-disabled')).toBe('true')
  })

  test('that has expired is replaced by a tap, which says so and does not count', async () => {
    const { user, tap, marked, words } = await opened()
    await tap(1, 2)
    vi.advanceTimersByTime(180_000)
    await settle()
    expect(user.text()).toContain('已过期，点击换一张')
    await tap(3)
    expect(client.calls).toHaveLength(2)
    await client.calls[1]!.reply(DRAWN)
    expect([marked(), words()]).toEqual([[], '依次点击上方的四个字符'])
  })

  test('that has expired is replaced by a tap on its notice, and one that is ready is not', async () => {
    const { page } = await opened()
    const over = () => page.get('.uni-captcha__tap-over').trigger('click')
    await over()
    expect(client.calls).toHaveLength(1)
    vi.advanceTimersByTime(180_000)
    await settle()
    await over()
    expect(client.calls).toHaveLength(2)
    await over()
    expect(client.calls).toHaveLength(2)
  })

  test('takes no tap whose press has brought it, and the next one', async () => {
    const { field, tap, marked } = await opened()
    vi.advanceTimersByTime(180_000)
    await settle()
    field().element.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    field().element.focus()
    await client.calls[1]!.reply(DRAWN)
    await tap(3)
    expect(marked()).toEqual([])
    field().element.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    await tap(3)
    expect([marked(), client.calls.length]).toEqual([[3], 2])
  })

  test('is not called new again when its only tap is taken back', async () => {
    const { vm, user, renew, tap, undo } = await opened()
    await renew().trigger('click')
    await client.calls[1]!.reply(DRAWN)
    expect(user.announcement()).toBe('验证码已更新')
    await tap(1)
    await undo().trigger('click')
    await settle()
    expect(user.announcement()).toBe('依次点击上方的四个字符')
    await tap(1, 2, 3, 4)
    vm.answer = ''
    await settle()
    expect(user.announcement()).toBe('依次点击上方的四个字符')
    vm.captcha!.getImageCaptcha()
    await client.calls[2]!.reply(DRAWN)
    expect(user.announcement()).toBe('验证码已更新')
  })

  test('is asked for again by a tap after a failure, and not while the server asks to wait', async () => {
    const page = await mountPage(PlainPage, { scene: 'tap' })
    await client.calls[0]!.reply(DRAWN)
    const { tap, renew } = tapUser(page)
    await renew().trigger('click')
    await client.calls[1]!.refuse(new Error('request:fail'))
    expect(renew().text()).toBe('重试')
    await tap(1)
    expect(client.calls).toHaveLength(3)
    const detail = { retryAfter: 9 }
    await client.calls[2]!.refuse({ errCode: 'uni-captcha-too-many-requests', errMsg: 'm', detail })
    await tap(1)
    await renew().trigger('click')
    expect(client.calls).toHaveLength(3)
    expect(renew().attributes('aria-disabled')).toBe('true')
  })

  test('gives way to an input where the scene asks for letters now', async () => {
    const { vm, user, renew, hasInput, page } = await opened()
    await renew().trigger('click')
    await client.calls[1]!.reply()
    expect(hasInput()).toBe(true)
    expect(page.find('.uni-captcha__tap').exists()).toBe(false)
    await user.type('ab12')
    expect(vm.answer).toBe('ab12')
  })

  test('has its place kept from the last visit, with no input to open a keyboard', async () => {
    await opened()
    unmountAll()
    const page = await mountPage(PlainPage, { scene: 'tap' })
    const { hasInput, tap, marked } = tapUser(page)
    expect(hasInput()).toBe(false)
    await tap(1)
    expect(marked()).toEqual([])
  })

  test('leaves the proof of work to those who cannot see it', async () => {
    const { page, tap } = await opened({ alternative: 'pow' })
    await tap(1, 2)
    const link = page.get('.uni-captcha__link')
    expect(link.text()).toBe('看不清？换种方式验证')
    await link.trigger('click')
    await settle()
    expect(page.find('.uni-captcha__tap').exists()).toBe(false)
    expect(page.find('.uni-captcha__proof').exists()).toBe(true)
  })

  test.each([
    ['zh-Hant', '依序點擊上方的四個字元', '已選 1/4', '復原'],
    ['en', 'Tap the four characters at the top, in order', '1 of 4 chosen', 'Undo'],
  ])('speaks %s', async (language, hint, chosen, name) => {
    const { words, tap, undo } = await opened()
    await client.setLocale(language)
    expect([words(), undo().text()]).toEqual([hint, name])
    await tap(1)
    expect(words()).toBe(chosen)
  })

  test.each([
    ['no layout', { tap: 'x' }],
    ['more to tap than there is', { tap: { ...TAP, count: 9 } }],
    ['more cells than digits', { tap: { ...TAP, rows: 3 } }],
    ['no field', { tap: { ...TAP, top: 200 } }],
    ['no numbers', { tap: { ...TAP, columns: '4' } }],
    ['half cells', { tap: { ...TAP, columns: 2.5 } }],
  ])('with %s is a failure, not a form that nothing answers', async (_what, more) => {
    const said = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const page = await mountPage(PlainPage, { scene: 'tap' })
    await client.calls[0]!.reply({ ...DRAWN, ...more })
    expect(toUser(page).text()).toContain('加载失败，点击重试')
    expect(page.find('.uni-captcha__tap').exists()).toBe(false)
    said.mockRestore()
  })
})

describe('the keyboard on a picture to tap on', () => {
  test('chooses by digits, undoes by Backspace, and enters by Enter', async () => {
    const { vm, press, marked } = await opened()
    await press('1', '2', '9', '0', 'a', '8', 'Backspace', '3', '3', '4')
    expect(marked()).toEqual([1, 2, 3, 4])
    expect(vm.entered).toEqual([])
    await press('Enter')
    expect(vm.entered).toEqual([FIRST_FOUR])
  })

  test('leaves keys with Ctrl, Alt and Meta to the browser, and the field by Escape', async () => {
    const { field, marked, hasFocus } = await opened({}, { focus: true })
    for (const held of ['ctrlKey', 'altKey', 'metaKey']) {
      const event = new KeyboardEvent('keydown', { key: '1', cancelable: true, [held]: true })
      field().element.dispatchEvent(event)
      expect(event.defaultPrevented).toBe(false)
    }
    await settle()
    expect([marked(), hasFocus()]).toEqual([[], true])
    field().element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    expect(hasFocus()).toBe(false)
  })

  test('has the focus where the page gives it, and where it asks for another picture', async () => {
    const { vm, hasFocus, field } = await opened({}, { focus: true })
    expect(hasFocus()).toBe(true)
    field().element.blur()
    await settle()
    vm.captcha!.getImageCaptcha()
    await client.calls[1]!.reply(DRAWN)
    expect(hasFocus()).toBe(true)
    vm.captcha!.setFocus(true)
    await settle()
    expect(hasFocus()).toBe(true)
  })
})

describe('a popup with a picture to tap on', () => {
  test('confirms by its button, and says what to do while it is not complete', async () => {
    const page = await mountPage(PopupPage)
    const confirm = () => page.get('.uni-popup-captcha__button--main').trigger('click')
    page.vm.popup!.open()
    await settle()
    await client.calls[0]!.reply(DRAWN)
    const { tap, hasFocus } = tapUser(page)
    expect(hasFocus()).toBe(true)
    await tap(1, 2, 3)
    await confirm()
    await settle()
    expect(page.vm.events).toEqual([])
    expect(page.get('.uni-popup-captcha__hint').text()).toBe('依次点击上方的四个字符')
    await tap(4)
    await confirm()
    await settle()
    expect(page.vm.events).toEqual([`confirm ${FIRST_FOUR}, v-model ${FIRST_FOUR}, closed`])
    expect([page.vm.answer, page.get('input').element.value]).toEqual([FIRST_FOUR, ''])
    page.vm.popup!.open()
    await settle()
    await client.calls[1]!.reply(DRAWN)
    expect([page.vm.answer, tapUser(page).marked()]).toEqual(['', []])
  })
})

describe('a picture to tap on by HTTP', () => {
  test('is asked for as what the component can show, and handed in at the fourth tap', async () => {
    const requests: { data: string; success: (response: object) => void; fail: (error: object) => void }[] = []
    Object.assign(uni, { request: (request: (typeof requests)[number]) => requests.push(request) })
    const answerWith = async (data: object) => {
      requests.at(-1)!.success({ statusCode: 200, data })
      await settle()
    }
    const fields = () => Object.fromEntries(new URLSearchParams(requests.at(-1)!.data))
    const page = await mountPage(HttpPage)
    expect(fields()).toEqual({ sitekey: 'shop', scene: 'login', locale: 'zh-Hans', canTap: 'true' })
    await answerWith({ id: 'first', kind: 'tap', captchaBase64: pictureNamed('first'), ...DRAWN })
    const { tap } = tapUser(page)
    await tap(1, 2, 3)
    expect(requests).toHaveLength(1)
    await tap(4)
    expect(fields()).toEqual({ id: 'first', answer: FIRST_FOUR, locale: 'zh-Hans' })
    await tap(5)
    expect(requests).toHaveLength(2)
    requests[1]!.fail({ errMsg: 'request:fail' })
    await settle()
    await tap(5)
    expect(requests, 'an answer that no one has judged is handed in again').toHaveLength(3)
    expect(fields()).toEqual({ id: 'first', answer: FIRST_FOUR, locale: 'zh-Hans' })
    await answerWith({ token: 'uct_1', expiresIn: 120 })
    expect([page.vm.token, page.vm.events]).toEqual(['uct_1', ['proved uct_1']])
  })
})

describe('what taps make', () => {
  const layouts = fc
    .record({
      columns: fc.integer({ min: 1, max: 9 }),
      rows: fc.integer({ min: 1, max: 9 }),
      count: fc.integer({ min: 1, max: 9 }),
      top: fc.integer({ min: 0, max: 500 }),
      width: fc.integer({ min: 9, max: 2000 }),
      height: fc.integer({ min: 9, max: 2000 }),
    })
    .map(readTapLayout)
    .filter((layout) => layout !== undefined)
  const keys = fc.array(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8', '9', '0', 'Backspace', 'Tab'))

  test('is a list without a cell twice, within the field, never longer than there is to tap', () => {
    fc.assert(
      fc.property(layouts, keys, (layout, pressed) => {
        const tapped = pressed.reduce<readonly number[]>((cells, key) => afterKey(layout, cells, key), [])
        expect(new Set(tapped).size).toBe(tapped.length)
        expect(tapped.length).toBeLessThanOrEqual(layout.count)
        for (const cell of tapped) expect(cell).toBeLessThan(layout.columns * layout.rows)
        expect(withCell(layout, tapped, -1)).toBe(tapped)
      }),
    )
  })

  test('is points that lie in the cells, at every layout', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const { columns, rows, count, top, width, height } = layout
        const tapped = Array.from({ length: count }, (_, index) => columns * rows - 1 - index)
        const answer = toTapAnswer(layout, tapped)
        expect(answer).toMatch(/^tap(\.\d{1,4},\d{1,4})+$/)
        const cells = answer
          .slice('tap.'.length)
          .split('.')
          .map((point) => {
            const [x = NaN, y = NaN] = point.split(',').map(Number)
            return Math.floor((y - top) / ((height - top) / rows)) * columns + Math.floor(x / (width / columns))
          })
        expect(cells).toEqual(tapped)
        expect(toTapAnswer(layout, tapped.slice(1))).toBe('')
      }),
    )
  })

  test('is read of an answer with a layout only', () => {
    expect(readAnswer({ captchaBase64: pictureNamed('x'), ...DRAWN })?.tap).toEqual(TAP)
    expect(readAnswer({ captchaBase64: pictureNamed('x') })).not.toHaveProperty('tap')
    expect(readAnswer({ captchaBase64: pictureNamed('x'), tap: 7 })).toBeUndefined()
    // As where an answer leaves it out: UTS does not tell one from the other.
    expect(readAnswer({ captchaBase64: pictureNamed('x'), tap: null })).not.toHaveProperty('tap')
  })
})
