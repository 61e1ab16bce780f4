import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import PlainPage from './pages/plain-page.vue'
import { installClient, pictureNamed, settle, type Client } from './support/client'
import { cloudError, tooMany } from './support/cloud-call'
import { mountPage, unmountAll, toUser } from './support/mount'
import { showPage } from './support/uni-app'

let client: Client

beforeEach(() => {
  vi.useFakeTimers()
  client = installClient()
})
afterEach(() => {
  unmountAll()
  vi.useRealTimers()
})

async function shownCaptcha(answer: Record<string, unknown> = {}) {
  const page = await mountPage(PlainPage, { scene: 'login' })
  await client.calls[0]?.reply(answer)
  return { page, user: toUser(page) }
}

describe('loading a picture', () => {
  test('asks uni-captcha-co for the scene without the client’s own dialogs, and shows the picture', async () => {
    const page = await mountPage(PlainPage, { scene: 'login' })
    expect(client.imports).toEqual([{ name: 'uni-captcha-co', options: { customUI: true } }])
    expect(client.calls.map((call) => call.scene)).toEqual(['login'])
    expect(toUser(page).hasImage()).toBe(false)
    expect(page.find('.uni-captcha__spinner').exists()).toBe(true)
    await client.calls[0]?.reply({ captchaBase64: pictureNamed('first') })
    expect(toUser(page).imageSource()).toBe(pictureNamed('first'))
    expect(page.find('.uni-captcha__spinner').exists()).toBe(false)
  })

  test('takes size and length from the answer', async () => {
    const { page, user } = await shownCaptcha({ width: 200, height: 60, maxLength: 2 })
    expect(user.picture().attributes('style')).toMatch(/width: ?12\.5em; ?min-height: ?3\.75em/)
    await user.type('abcd')
    expect(page.vm.answer).toBe('ab')
  })

  test('takes 150 × 40, 6 characters and no expiry from an older cloud object, whose answer lacks them', async () => {
    const { page, user } = await shownCaptcha()
    expect(user.picture().attributes('style')).toMatch(/width: ?9\.375em; ?min-height: ?2\.5em/)
    await user.type('abcdefgh')
    expect(page.vm.answer).toBe('abcdef')
    await vi.advanceTimersByTimeAsync(24 * 3600_000)
    showPage()
    await user.focus()
    expect(client.calls).toHaveLength(1)
  })

  test.each([
    ['a width that is not a number', { width: '200px' }],
    ['sizes that fit no screen', { width: 1e9, height: -1 }],
    ['not-a-number', { width: Number.NaN, maxLength: 0 }],
  ])('keeps its own measures for %s', async (_what, answer) => {
    const { page, user } = await shownCaptcha(answer)
    expect(user.picture().attributes('style')).toMatch(/width: ?9\.375em; ?min-height: ?2\.5em/)
    await user.type('abcdefgh')
    expect(page.vm.answer).toBe('abcdef')
  })

  test('shows the SVG text that DCloud’s own cloud object answers with', async () => {
    const { user } = await shownCaptcha({
      captchaBase64: 'data:image/svg+xml;utf8,<svg xmlns="http://www.w3.org/2000/svg"/>',
    })
    expect(user.imageSource()).toContain('<svg')
  })

  test('an answer without a picture is a failed load', async () => {
    const { user } = await shownCaptcha({ captchaBase64: 'javascript:alert(1)' })
    expect(user.hasImage()).toBe(false)
    expect(user.text()).toContain('加载失败，点击重试')
  })
})

describe('a new picture', () => {
  test('comes with a tap, empties the input and focuses it', async () => {
    const { page, user } = await shownCaptcha()
    await user.type('abcd')
    await user.tapPicture()
    expect(page.vm.answer).toBe('')
    expect(user.isFocused()).toBe(true)
    await client.calls[1]?.reply({ captchaBase64: pictureNamed('second') })
    expect(user.imageSource()).toBe(pictureNamed('second'))
  })

  test('empties what was typed while it was on its way: that was read from the old picture', async () => {
    const { page, user } = await shownCaptcha()
    await user.tapPicture()
    await user.type('ab')
    await client.calls[1]?.reply()
    expect(page.vm.answer).toBe('')
    expect(user.field().value).toBe('')
  })

  test('is asked for once more, and only once, however often it was tapped while a request was out', async () => {
    const { user } = await shownCaptcha()
    for (let tap = 0; tap < 5; tap++) await user.tapPicture()
    expect(client.calls).toHaveLength(2)
    await client.calls[1]?.reply({ captchaBase64: pictureNamed('superseded') })
    expect(client.calls).toHaveLength(3)
    expect(user.imageSource()).not.toBe(pictureNamed('superseded'))
    await client.calls[2]?.reply({ captchaBase64: pictureNamed('last') })
    expect(user.imageSource()).toBe(pictureNamed('last'))
    expect(client.calls).toHaveLength(3)
  })

  test('is asked for once more also when the request that was out fails', async () => {
    const { user } = await shownCaptcha()
    await user.tapPicture()
    await user.tapPicture()
    await client.calls[1]?.refuse(new Error('request:fail'))
    expect(user.text()).not.toContain('加载失败')
    await client.calls[2]?.reply({ captchaBase64: pictureNamed('last') })
    expect(user.imageSource()).toBe(pictureNamed('last'))
  })

  test('is announced to screen readers, the first one is not', async () => {
    const { user } = await shownCaptcha()
    expect(user.announcement()).toBe('')
    await user.tapPicture()
    expect(user.announcement()).toBe('验证码加载中')
    await client.calls[1]?.reply()
    expect(user.announcement()).toBe('验证码已更新')
  })
})

describe('a failed load', () => {
  test.each([
    // What this project's host, Aliyun and Tencent answer to a client that signs with a time days away.
    cloudError('InvalidTimestamp.Skewed', '"timestamp" has to be the current time in milliseconds, within a day'),
    Object.assign(new Error('invalid timestamp'), { code: 'SIGN_PARAM_INVALID' }),
    Object.assign(new Error('request time too skewed'), { errCode: 'REQUEST_TIME_TOO_SKEWED' }),
    Object.assign(new Error('signature expired'), { errCode: 'SIGN_PARAM_INVALID' }),
  ])('has its own words where the clock of the device is off: %s', async (error) => {
    const page = await mountPage(PlainPage, { scene: 'login' })
    await client.calls[0]?.refuse(error)
    expect(toUser(page).text()).toContain('设备时间不准确，请校准后点击重试')
    expect(toUser(page).announcement()).toBe('设备时间不准确，请校准后点击重试')
    await toUser(page).tapPicture()
    await client.calls[1]?.refuse(new Error('request:fail timeout'))
    expect(toUser(page).announcement()).toBe('加载失败，点击重试')
  })

  test('shows a retry instead of a blank, and the retry works', async () => {
    const page = await mountPage(PlainPage, { scene: 'login' })
    const user = toUser(page)
    await client.calls[0]?.refuse({ errMsg: 'request:fail net::ERR_CONNECTION_REFUSED' })
    expect(user.hasImage()).toBe(false)
    expect(user.text()).toContain('加载失败，点击重试')
    expect(user.text()).not.toContain('net::ERR')
    await user.tapPicture()
    await client.calls[1]?.reply()
    expect(user.hasImage()).toBe(true)
    expect(user.text()).not.toContain('加载失败')
  })

  test('takes the old picture away: the server may have drawn a new one', async () => {
    const { user } = await shownCaptcha()
    await user.tapPicture()
    await client.calls[1]?.refuse(new Error('timeout'))
    expect(user.hasImage()).toBe(false)
  })

  test('shows the words of the cloud object when it says why', async () => {
    const page = await mountPage(PlainPage, { scene: 'login' })
    const why = { errCode: 'uni-captcha-too-many-requests', errMsg: '操作过于频繁' }
    await client.calls[0]?.refuse(Object.assign(new Error(why.errMsg), why))
    expect(toUser(page).text()).toContain('操作过于频繁')
    expect(toUser(page).announcement()).toBe('操作过于频繁')
  })

  test('is what happens when uniCloud is not set up at all', async () => {
    Object.assign(globalThis, { uniCloud: undefined })
    const page = await mountPage(PlainPage, { scene: 'login' })
    expect(toUser(page).text()).toContain('加载失败，点击重试')
  })
})

describe('refused for asking too often', () => {
  async function refusedCaptcha() {
    const page = await mountPage(PlainPage, { scene: 'login' })
    await client.calls[0]?.refuse(tooMany())
    return { page, user: toUser(page) }
  }

  test('counts the seconds down on the picture, and tells a screen reader once', async () => {
    const { user } = await refusedCaptcha()
    expect(user.text()).toContain('操作过于频繁，请 42 秒后重试')
    expect(user.announcement()).toBe('操作过于频繁，请 42 秒后重试')
    await vi.advanceTimersByTimeAsync(12_000)
    expect(user.picture().text()).toBe('操作过于频繁，请 30 秒后重试')
    expect(user.announcement()).toBe('操作过于频繁，请 42 秒后重试')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(user.picture().text()).toBe('可以重试了，点击刷新')
    expect(user.announcement()).toBe('可以重试了，点击刷新')
  })

  test('asks for nothing before the time is over, however it is asked; then a tap loads', async () => {
    const { page, user } = await refusedCaptcha()
    await vi.advanceTimersByTimeAsync(41_000)
    await user.tapPicture()
    await user.press(user.refresh().element, 'Enter')
    page.vm.captcha?.getImageCaptcha()
    showPage()
    await settle()
    expect(client.calls).toHaveLength(1)
    expect(user.refresh().attributes('aria-disabled')).toBe('true')
    expect(user.text(), 'asking did not stop the count').toContain('1 秒后')
    await vi.advanceTimersByTimeAsync(1000)
    expect(user.refresh().attributes('aria-disabled')).toBe('false')
    await user.tapPicture()
    expect(client.calls).toHaveLength(2)
    await client.calls[1]?.reply()
    expect(user.hasImage()).toBe(true)
    expect(user.text()).not.toContain('重试')
  })

  test('goes by the clock when the device has slept through the seconds', async () => {
    const { user } = await refusedCaptcha()
    vi.setSystemTime(Date.now() + 60_000)
    await user.tapPicture()
    await vi.advanceTimersByTimeAsync(1000)
    await user.tapPicture()
    expect(client.calls).toHaveLength(2)
  })

  test('says nothing about another scene', async () => {
    const { page } = await refusedCaptcha()
    await page.setProps({ scene: 'pay' })
    expect(client.calls.map((call) => call.scene)).toEqual(['login', 'pay'])
  })

  test.each([-1, '42', Number.NaN, 1e12])(
    'with %o seconds in the answer is a failure like any other',
    async (retryAfter) => {
      const page = await mountPage(PlainPage, { scene: 'login' })
      await client.calls[0]?.refuse(cloudError('uni-captcha-too-many-requests', '操作过于频繁', { retryAfter }))
      expect(toUser(page).picture().text()).toBe('加载失败，点击重试')
      expect(toUser(page).announcement()).toBe('操作过于频繁')
    },
  )
})

describe('while an answer is being looked at', () => {
  test('neither a tap nor the end of its time replaces the picture', async () => {
    const { page, user } = await shownCaptcha({ expiresIn: 60 })
    await user.type('ab12')
    await page.setProps({ busy: true })
    await user.tapPicture()
    await user.press(user.refresh().element, 'Enter')
    await vi.advanceTimersByTimeAsync(61_000)
    showPage()
    await user.focus()
    expect(client.calls).toHaveLength(1)
    expect(page.vm.answer).toBe('ab12')
    expect(user.refresh().attributes('aria-disabled')).toBe('true')
    await page.setProps({ busy: false })
    await user.tapPicture()
    expect(client.calls).toHaveLength(2)
  })

  test('the page itself may: it knows that the answer did not do', async () => {
    const { page } = await shownCaptcha()
    await page.setProps({ busy: true })
    page.vm.captcha?.getImageCaptcha()
    expect(client.calls).toHaveLength(2)
  })
})

describe('without a network', () => {
  const online = (state: boolean) => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(state)
  afterEach(() => vi.restoreAllMocks())

  test('it says so, and loads by itself when the network is back', async () => {
    online(false)
    const page = await mountPage(PlainPage, { scene: 'login' })
    await client.calls[0]?.refuse(new Error('request:fail'))
    expect(toUser(page).picture().text()).toBe('网络未连接，点击重试')
    online(true)
    dispatchEvent(new Event('online'))
    await settle()
    await client.calls[1]?.reply()
    expect(toUser(page).hasImage()).toBe(true)
    dispatchEvent(new Event('online'))
    expect(client.calls, 'a picture that is there stays').toHaveLength(2)
  })

  test('a failure that the server has given its reason for is not tried again unasked', async () => {
    await mountPage(PlainPage, { scene: 'login' })
    await client.calls[0]?.refuse(cloudError('uni-captcha-create-fail', '验证码生成失败'))
    dispatchEvent(new Event('online'))
    showPage()
    await settle()
    expect(client.calls).toHaveLength(1)
  })
})

describe('what holds the place of a picture', () => {
  const sizes = () => client.storage.get('uni-captcha-sizes')

  test('has the size that pictures of the scene had the last time', async () => {
    const { page } = await shownCaptcha({ width: 200, height: 60 })
    page.unmount()
    const again = await mountPage(PlainPage, { scene: 'login' })
    expect(toUser(again).hasImage()).toBe(false)
    expect(toUser(again).picture().attributes('style')).toMatch(/width: ?12\.5em; ?min-height: ?3\.75em/)
    await again.setProps({ scene: 'pay' })
    expect(toUser(again).picture().attributes('style'), 'another scene').toMatch(
      /width: ?9\.375em; ?min-height: ?2\.5em/,
    )
  })

  test('is kept for fifty scenes, the latest', async () => {
    const page = await mountPage(PlainPage, { scene: 'scene 0' })
    for (let index = 0; index < 52; index++) {
      await page.setProps({ scene: `scene ${index}` })
      await client.calls.at(-1)?.reply({ width: 100 + index })
    }
    expect(sizes()).toHaveLength(50)
    expect(sizes()).toContainEqual(['scene 51', [151, 40]])
  })

  test.each([['nonsense'], [[['login', 'wide'], 3, null]], [[['login', [-1, 1e9]]]], [{ login: [1, 2] }]])(
    'is the usual size when storage holds %o',
    async (stored) => {
      client.storage.set('uni-captcha-sizes', stored)
      const { user } = await shownCaptcha()
      expect(user.picture().attributes('style')).toMatch(/width: ?9\.375em; ?min-height: ?2\.5em/)
      expect(user.hasImage()).toBe(true)
    },
  )
})

describe('a changed scene', () => {
  test('loads at once, and the reply for the scene before never shows', async () => {
    const page = await mountPage(PlainPage, { scene: 'login' })
    const user = toUser(page)
    await page.setProps({ scene: 'pay' })
    expect(client.calls.map((call) => call.scene)).toEqual(['login', 'pay'])
    await client.calls[1]?.reply({ captchaBase64: pictureNamed('pay') })
    await client.calls[0]?.reply({ captchaBase64: pictureNamed('late') })
    expect(user.imageSource()).toBe(pictureNamed('pay'))
  })

  test('and changed back waits for the request that is still out, since the server keeps the last drawn', async () => {
    const page = await mountPage(PlainPage, { scene: 'login' })
    await page.setProps({ scene: 'pay' })
    await page.setProps({ scene: 'login' })
    expect(client.calls.map((call) => call.scene)).toEqual(['login', 'pay'])
    await client.calls[0]?.reply({ captchaBase64: pictureNamed('late') })
    expect(client.calls.map((call) => call.scene)).toEqual(['login', 'pay', 'login'])
    await client.calls[2]?.reply({ captchaBase64: pictureNamed('right') })
    await client.calls[1]?.reply({ captchaBase64: pictureNamed('other scene') })
    expect(toUser(page).imageSource()).toBe(pictureNamed('right'))
  })

  test('to nothing loads nothing, takes the picture away and shows a hint', async () => {
    const { page, user } = await shownCaptcha()
    await page.setProps({ scene: '' })
    await user.tapPicture()
    expect(client.calls).toHaveLength(1)
    expect(user.hasImage()).toBe(false)
    expect(user.text()).toContain('请设置 scene')
  })
})

describe('expiry', () => {
  const comingBack = {
    'shows the page again': async () => showPage(),
    'returns to the browser tab': async () => {
      document.dispatchEvent(new Event('visibilitychange'))
    },
    'focuses the input': async (user: ReturnType<typeof toUser>) => user.focus(),
    'goes on typing': async (user: ReturnType<typeof toUser>) => user.type('a'),
  }

  test.each(Object.entries(comingBack))('an expired picture renews itself when the user %s', async (_how, comeBack) => {
    const { page, user } = await shownCaptcha({ expiresIn: 60 })
    await vi.advanceTimersByTimeAsync(59_000)
    await comeBack(user)
    await settle()
    expect(client.calls).toHaveLength(1)
    user.field().blur()
    await vi.advanceTimersByTimeAsync(1000)
    expect(client.calls, 'while the page is hidden nothing is asked for').toHaveLength(1)
    expect(user.text()).toContain('已过期')
    await comeBack(user)
    await settle()
    expect(client.calls).toHaveLength(2)
    await client.calls[1]?.reply({ captchaBase64: pictureNamed('fresh'), expiresIn: 60 })
    expect(user.imageSource()).toBe(pictureNamed('fresh'))
    expect(page.find('.uni-captcha__notice').exists()).toBe(false)
  })

  test('that costs what was typed says so below the new picture, until something is typed again', async () => {
    const { page, user } = await shownCaptcha({ expiresIn: 60 })
    await user.type('ab')
    await vi.advanceTimersByTimeAsync(60_000)
    await user.type('abc')
    await client.calls[1]?.reply({ expiresIn: 60 })
    expect(user.field().value).toBe('')
    const said = () => page.find('.uni-captcha__status--shown')
    expect(said().text()).toBe('验证码已过期，已为您更换，请重新输入')
    await user.type('d')
    expect(said().exists()).toBe(false)
  })

  test('that costs nothing is replaced without a word', async () => {
    const { page, user } = await shownCaptcha({ expiresIn: 60 })
    await vi.advanceTimersByTimeAsync(60_000)
    await user.focus()
    await client.calls[1]?.reply({ expiresIn: 60 })
    expect(page.find('.uni-captcha__status--shown').exists()).toBe(false)
  })

  test('goes by the clock, since timers stand still while a device sleeps', async () => {
    const { page } = await shownCaptcha({ expiresIn: 60 })
    vi.setSystemTime(Date.now() + 61_000)
    showPage()
    await settle()
    expect(client.calls).toHaveLength(2)
    expect(page.exists()).toBe(true)
  })

  test('counts from when the picture was asked for', async () => {
    const page = await mountPage(PlainPage, { scene: 'login' })
    await vi.advanceTimersByTimeAsync(10_000)
    await client.calls[0]?.reply({ expiresIn: 60 })
    await vi.advanceTimersByTimeAsync(50_000)
    expect(toUser(page).text()).toContain('已过期')
  })

  test('of a picture that was replaced does not touch the new one', async () => {
    const { user } = await shownCaptcha({ expiresIn: 60 })
    await vi.advanceTimersByTimeAsync(30_000)
    await user.tapPicture()
    await client.calls[1]?.reply({ expiresIn: 60 })
    await vi.advanceTimersByTimeAsync(40_000)
    expect(user.text()).not.toContain('已过期')
  })

  test.each([1e12, Number.POSITIVE_INFINITY])('after %s seconds is far away, not now', async (expiresIn) => {
    const { user } = await shownCaptcha({ expiresIn })
    await vi.advanceTimersByTimeAsync(3600_000)
    expect(user.text()).not.toContain('已过期')
  })
})

describe('leaving', () => {
  test('a component that is gone asks for nothing more', async () => {
    const { page, user } = await shownCaptcha({ expiresIn: 60 })
    await user.tapPicture()
    await user.tapPicture()
    page.unmount()
    await client.calls[1]?.reply()
    await vi.advanceTimersByTimeAsync(120_000)
    showPage()
    document.dispatchEvent(new Event('visibilitychange'))
    await settle()
    expect(client.calls).toHaveLength(2)
  })
})

describe('a sum', () => {
  test('asks for its result, and for a keyboard with digits', async () => {
    const page = await mountPage(PlainPage, { scene: 'login' })
    const user = toUser(page)
    const field = () => [user.field().placeholder, user.field().getAttribute('inputmode')]
    await client.calls[0]?.reply()
    expect(field()).toEqual(['请输入验证码', 'text'])
    await user.tapPicture()
    await client.calls[1]?.reply({ kind: 'sum' })
    expect(field()).toEqual(['请输入计算结果', 'numeric'])
    expect(page.get('[role=img]').attributes('aria-label')).toContain('算式')
  })
})

describe('the sign that a picture can be changed', () => {
  test('is there to be seen and pressed, and is not said twice to a screen reader', async () => {
    const page = await mountPage(PlainPage, { scene: 'login' })
    await client.calls[0]?.reply()
    const sign = page.get('.uni-captcha__change')
    expect(sign.text()).toBe('换一张')
    expect(sign.attributes('aria-hidden')).toBe('true')
    await sign.trigger('click')
    await settle()
    expect(client.calls).toHaveLength(2)
    await client.calls[1]?.refuse(cloudError('request:fail', 'sign'))
    expect(sign.text(), 'it does what the picture does').toBe('重试')
    await sign.trigger('click')
    await client.calls[2]?.refuse(tooMany())
    expect(sign.attributes('style'), 'nothing can be done while waiting').toContain('hidden')
  })
})

test('words of twice the size come with a picture of twice the size', async () => {
  const page = await mountPage(PlainPage, { scene: 'login' })
  await client.calls[0]?.reply({ width: 160, height: 48 })
  const { width, minHeight } = page.get<HTMLElement>('.uni-captcha__picture').element.style
  expect([width, minHeight]).toEqual(['10em', '3em'])
  expect(page.get<HTMLElement>('.uni-captcha__input').element.style.height).toBe('3em')
})
