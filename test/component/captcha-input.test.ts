import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defineComponent, h } from 'vue'

import UniCaptcha from '../../uni_modules/uni-captcha/components/uni-captcha/uni-captcha.vue'
import { setCaptchaTheme } from '../../uni_modules/uni-captcha/js_sdk/theme'
import PlainPage from './pages/plain-page.vue'
import { CAPTCHA_FORMS } from '../support/typed-forms'
import { installClient, settle, type Client } from './support/client'
import { mountPage, unmountAll, toUser } from './support/mount'

let client: Client

beforeEach(() => {
  client = installClient()
})
afterEach(unmountAll)

async function shownCaptcha(props: Record<string, unknown> = {}) {
  const page = await mountPage(PlainPage, { scene: 'login', ...props })
  await client.calls[0]?.reply()
  return { page, user: toUser(page) }
}

describe('the value', () => {
  test('goes to v-model as it is typed', async () => {
    const { page, user } = await shownCaptcha()
    await user.type('ab12')
    expect(page.vm.answer).toBe('ab12')
  })

  test('can be set and reset from outside through v-model', async () => {
    const { page, user } = await shownCaptcha()
    await user.type('ab12')
    page.vm.answer = ''
    await settle()
    expect(user.field().value).toBe('')
    page.vm.answer = 'zz'
    await settle()
    expect(user.field().value).toBe('zz')
  })

  test('can be bound and reset through `value`, too', async () => {
    const typed: string[] = []
    const Page = defineComponent({
      props: { value: { type: String, default: '' } },
      setup: (props) => () =>
        h(UniCaptcha, { scene: 'login', value: props.value, 'onUpdate:value': (text: string) => typed.push(text) }),
    })
    const page = await mountPage(Page)
    await client.calls[0]?.reply()
    const user = toUser(page)
    await user.type('ab12')
    expect(typed).toEqual(['ab12'])
    await page.setProps({ value: 'ab12' })
    await page.setProps({ value: '' })
    expect(user.field().value).toBe('')
  })

  test('is kept where the page binds nothing', async () => {
    const page = await mountPage(defineComponent({ setup: () => () => h(UniCaptcha, { scene: 'login' }) }))
    await client.calls[0]?.reply()
    await toUser(page).type('ab')
    await settle()
    expect(toUser(page).field().value).toBe('ab')
  })
})

describe('what is pasted', () => {
  test.each(CAPTCHA_FORMS)('counts as what it means, and so it is shown: %s', async (_what, typed, meant) => {
    const { page, user } = await shownCaptcha()
    await user.type(typed)
    await settle()
    expect(page.vm.answer.toLowerCase()).toBe(meant)
    expect(user.field().value).toBe(page.vm.answer)
  })

  test('loses nothing to what does not count, and what is too long is cut after that', async () => {
    const { page, user } = await shownCaptcha()
    await client.calls[0]?.reply({ maxLength: 4 })
    expect(Number(user.field().getAttribute('maxlength'))).toBeGreaterThanOrEqual(1000)
    await user.tapPicture()
    await client.calls[1]?.reply({ maxLength: 4 })
    await user.type('\u200b\u3000 a \u2060c 2 5 ')
    expect(page.vm.answer).toBe('ac25')
    for (const longer of ['ac25k', 'ac25 k', 'ac25kk']) {
      await user.type(longer)
      await settle()
      expect([page.vm.answer, user.field().value]).toEqual(['ac25', 'ac25'])
    }
  })
})

describe('the focus', () => {
  test('is left where it is when the picture loads by itself', async () => {
    const { user } = await shownCaptcha()
    expect(user.isFocused()).toBe(false)
  })

  test('goes to the input with the `focus` property, also when that turns true later', async () => {
    const { user } = await shownCaptcha({ focus: true })
    expect(user.isFocused()).toBe(true)
    unmountAll()
    client = installClient()
    const later = await shownCaptcha()
    await later.page.setProps({ focus: true })
    await settle()
    expect(later.user.isFocused()).toBe(true)
    await later.page.setProps({ focus: false })
    expect(later.user.isFocused()).toBe(false)
  })

  test('follows setFocus', async () => {
    const { page, user } = await shownCaptcha()
    page.vm.captcha?.setFocus(true)
    await settle()
    expect(user.isFocused()).toBe(true)
    page.vm.captcha?.setFocus(false)
    await settle()
    expect(user.isFocused()).toBe(false)
  })

  test('can be asked for again after the user has left the input', async () => {
    const { page, user } = await shownCaptcha()
    for (let round = 0; round < 2; round++) {
      page.vm.captcha?.setFocus(true)
      await settle()
      expect(user.isFocused()).toBe(true)
      user.field().blur()
      await settle()
    }
  })

  test('stays away when a page asks for a picture without it', async () => {
    const { page, user } = await shownCaptcha()
    page.vm.captcha?.getImageCaptcha(false)
    await settle()
    expect(client.calls).toHaveLength(2)
    expect(user.isFocused()).toBe(false)
  })
})

describe('in a browser', () => {
  test.each(['Enter', ' '])(
    'the key %o on the picture draws a new one and does not scroll or submit the page',
    async (key) => {
      const { user } = await shownCaptcha()
      expect(user.refresh().attributes()).toMatchObject({ role: 'button', tabindex: '0' })
      let submits = 0
      const submit = () => submits++
      document.addEventListener('keydown', submit)
      const event = await user.press(user.refresh().element, key)
      document.removeEventListener('keydown', submit)
      expect(client.calls).toHaveLength(2)
      expect(event.defaultPrevented).toBe(true)
      expect(submits).toBe(0)
    },
  )

  test('Enter in the input confirms once, with everything typed so far', async () => {
    const { page, user } = await shownCaptcha()
    user.field().value = 'ab12'
    await user.press(user.field(), 'Enter')
    expect(page.vm.entered).toEqual(['ab12'])
    expect(page.vm.answer).toBe('ab12')
  })

  test('Enter in the input still reaches a page that submits on any Enter', async () => {
    const { user } = await shownCaptcha()
    let submits = 0
    const submit = () => submits++
    document.addEventListener('keydown', submit)
    await user.press(user.field(), 'Enter')
    document.removeEventListener('keydown', submit)
    expect(submits).toBe(1)
  })

  test('Enter that ends the composition of a word is not a confirmation', async () => {
    const { page, user } = await shownCaptcha()
    user.field().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, isComposing: true }))
    await settle()
    expect(page.vm.entered).toEqual([])
    // Safari has ended the composition by then; uni's own input confirms when the key comes up.
    await user.commitComposition(user.field())
    expect(page.vm.entered).toEqual([])
    await user.press(user.field(), 'Enter')
    expect(page.vm.entered).toHaveLength(1)
  })

  test('the real input, the picture and the way to another one have names in the language of the application', async () => {
    const { page, user } = await shownCaptcha()
    const image = () => page.get('[role=img]').attributes('aria-label')
    expect(user.field().getAttribute('aria-label')).toBe('验证码')
    expect(page.get('uni-input').attributes('aria-label'), 'the wrapper has none: it is not a control').toBeUndefined()
    expect(user.field().getAttribute('autocapitalize')).toBe('off')
    expect(image()).toBe('图形验证码，看不清可以换一张')
    expect(user.refresh().attributes('aria-label')).toBe('换一张')
    await client.setLocale('en')
    expect(user.field().getAttribute('aria-label')).toBe('Captcha')
    expect(page.get('uni-input').attributes('aria-label')).toBeUndefined()
    expect(user.field().placeholder).toBe('Enter code')
    expect(image()).toBe('Image captcha. If you cannot read it, get a new image')
    await user.tapPicture()
    await client.calls[1]?.refuse(new Error('timeout'))
    expect(page.find('[role=img]').exists(), 'nothing is shown').toBe(false)
    expect(user.refresh().attributes('aria-label')).toBe('Retry')
  })
})

describe('the theme', () => {
  const theme = (page: Awaited<ReturnType<typeof shownCaptcha>>['page']) =>
    page
      .get('.uni-captcha')
      .classes()
      .find((name) => name.startsWith('uni-captcha-theme--'))
  afterEach(() => setCaptchaTheme())

  test('is uni’s, also after it changes', async () => {
    const { page } = await shownCaptcha()
    expect(theme(page)).toBe('uni-captcha-theme--light')
    await client.setTheme('dark')
    expect(theme(page)).toBe('uni-captcha-theme--dark')
    unmountAll()
    expect(theme(await mountPage(PlainPage, { scene: 'login' }))).toBe('uni-captcha-theme--dark')
  })

  test('is the application’s own where it sets one, until it gives it back', async () => {
    const { page } = await shownCaptcha()
    setCaptchaTheme('dark')
    await settle()
    expect(theme(page)).toBe('uni-captcha-theme--dark')
    await client.setTheme('light')
    expect(theme(page)).toBe('uni-captcha-theme--dark')
    setCaptchaTheme()
    await settle()
    expect(theme(page)).toBe('uni-captcha-theme--light')
  })

  test('is light where uni has none', async () => {
    Object.assign(uni, { getAppBaseInfo: undefined, onThemeChange: undefined })
    expect(theme((await shownCaptcha()).page)).toBe('uni-captcha-theme--light')
  })
})
