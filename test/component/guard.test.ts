import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import GuardedOptionsPage from './pages/guarded-options-page.vue'
import GuardedPage from './pages/guarded-page.vue'
import { setCaptchaTexts } from '../../uni_modules/uni-captcha/js_sdk/texts'
import { installClient, settle, type Client } from './support/client'
import { cloudError, heldCall, watchOutcome, overdue, required, tooMany, wrong } from './support/cloud-call'
import { mountPage, unmountAll, toUser } from './support/mount'

let client: Client

beforeEach(() => {
  client = installClient()
})
afterEach(unmountAll)

async function guardedPage(props: Record<string, unknown> = {}) {
  const page = await mountPage(GuardedPage, props)
  const user = toUser(page)
  const tap = async (label: string) => {
    await page
      .findAll('.uni-popup-captcha__button')
      .find((button) => button.text() === label)
      ?.trigger('click')
    await settle()
  }
  return {
    page,
    user,
    tap,
    isOpen: () => page.get<HTMLElement>('.uni-popup-captcha').element.style.display !== 'none',
    alert: () => (page.find('[role=alert]').exists() ? page.get('[role=alert]').text() : ''),
    confirmButton: () => page.get('.uni-popup-captcha__button--main'),
    answer: async (captcha: string, confirm = '确定') => {
      await client.calls.at(-1)?.reply()
      await user.type(captcha)
      await tap(confirm)
    },
    /** a guarded call that the cloud side has just refused without a captcha */
    demand: async (scene?: unknown) => {
      const cloud = heldCall()
      const outcome = watchOutcome(page.vm.guarded(cloud.call))
      await settle()
      await cloud.refuse(required(scene))
      return { cloud, outcome }
    },
  }
}

describe('a guarded call that needs no captcha', () => {
  test('is one call without one, and its result is returned', async () => {
    const { page, isOpen } = await guardedPage()
    const cloud = heldCall()
    const outcome = watchOutcome(page.vm.guarded(cloud.call))
    await cloud.reply('welcome')
    expect(outcome).toEqual({ state: 'resolved', value: 'welcome' })
    expect(cloud.captchas).toEqual([undefined])
    expect(isOpen()).toBe(false)
    expect(client.calls).toHaveLength(0)
  })

  test.each([
    ['the application’s own error', cloudError('wrong-password', 'no')],
    ['a network error', new Error('request:fail')],
    ['a captcha that the page itself had sent', wrong()],
  ])('that fails with %s rejects with just that, and no popup', async (_what, error) => {
    const { page, isOpen } = await guardedPage()
    const cloud = heldCall()
    const outcome = watchOutcome(page.vm.guarded(cloud.call))
    await cloud.refuse(error)
    expect(outcome.error).toBe(error)
    expect(isOpen()).toBe(false)
  })

  test('refused for too many rejects with the seconds to wait', async () => {
    const { page } = await guardedPage()
    const cloud = heldCall()
    const outcome = watchOutcome(page.vm.guarded(cloud.call))
    await cloud.refuse(tooMany())
    expect(outcome.error).toMatchObject({ errCode: 'uni-captcha-too-many-requests', retryAfter: 42 })
  })

  test('that throws at once rejects', async () => {
    const { page } = await guardedPage()
    const broken = () => {
      throw new TypeError('broken')
    }
    await expect(page.vm.guarded(broken)).rejects.toThrow('broken')
  })
})

describe('a demanded captcha', () => {
  test('is asked for, and the call repeated with it; a right one returns the result and closes the popup', async () => {
    const { demand, answer, isOpen, user } = await guardedPage()
    const { cloud, outcome } = await demand()
    expect(isOpen()).toBe(true)
    expect(user.isFocused()).toBe(true)
    await answer(' ab12 ')
    expect(cloud.captchas).toEqual([undefined, 'ab12'])
    await cloud.reply('welcome')
    expect(outcome).toEqual({ state: 'resolved', value: 'welcome' })
    expect(isOpen()).toBe(false)
  })

  test('is drawn for the scene that the cloud side names, else for the popup’s own', async () => {
    const { demand, tap } = await guardedPage()
    for (const [named, drawn] of [
      ['login', 'login'],
      [undefined, 'login'],
      [{ $ne: '' }, 'page'],
      ['', 'page'],
    ]) {
      await demand(named)
      expect(client.calls.at(-1)?.scene).toBe(drawn)
      await tap('取消')
    }
  })

  test.each([
    ['wrong', wrong(), '验证码错误'],
    ['expired', overdue(), '验证码已过期，请重新验证'],
    [
      'not worked for',
      cloudError('uni-captcha-proof-required', '需要由设备完成验证', { retryAfter: 60 }),
      '需要由设备完成验证',
    ],
    ['refused without words', Object.assign(wrong(), { errMsg: undefined }), '验证码不正确，请重新输入'],
  ])('answered %s stays, says so, and takes a new answer to a new picture', async (_what, error, words) => {
    const { demand, answer, isOpen, alert, user } = await guardedPage()
    const { cloud, outcome } = await demand()
    await answer('ab12')
    user.field().blur()
    await cloud.refuse(error)
    expect(isOpen()).toBe(true)
    expect(alert()).toBe(words)
    expect(client.calls).toHaveLength(2)
    expect(user.field().value).toBe('')
    expect(user.isFocused()).toBe(true)
    expect(outcome.state).toBe('pending')
    await user.type('c')
    expect(alert(), 'the words go when the next answer begins').toBe('')
    await answer('cd34')
    await cloud.reply('welcome')
    expect(cloud.captchas).toEqual([undefined, 'ab12', 'cd34'])
    expect(outcome.value).toBe('welcome')
    expect(isOpen()).toBe(false)
  })

  test('answered wrong says so in the application’s language where the cloud side does not speak it', async () => {
    const { demand, answer, alert } = await guardedPage()
    await client.setLocale('fr')
    setCaptchaTexts('fr', { 'uni-captcha-verify-fail': 'Réponse incorrecte' })
    const { cloud } = await demand()
    await answer('ab12')
    await cloud.refuse(wrong())
    expect(alert()).toBe('Réponse incorrecte')
  })

  test('answered with a picture that another tab has replaced says so, also in Traditional Chinese', async () => {
    const { demand, answer, alert } = await guardedPage()
    await client.setLocale('zh-Hant')
    const { cloud } = await demand()
    await answer('ab12', '確定')
    await cloud.refuse(cloudError('uni-captcha-verify-fail', '驗證碼已更換，請輸入最新圖片中的驗證碼'))
    expect(alert()).toBe('驗證碼已更換，請輸入最新圖片中的驗證碼')
  })

  test('is sent once, however often it is confirmed while the call is on its way', async () => {
    const { demand, answer, confirmButton, user } = await guardedPage()
    const { cloud } = await demand()
    await answer('ab12')
    expect(confirmButton().attributes('aria-disabled')).toBe('true')
    expect(confirmButton().text()).toBe('验证中…')
    await confirmButton().trigger('click')
    await user.press(user.field(), 'Enter')
    expect(cloud.captchas).toEqual([undefined, 'ab12'])
    await cloud.refuse(wrong())
    expect(confirmButton().attributes('aria-disabled')).toBe('false')
    await user.type('cd34')
    await Promise.all([confirmButton().trigger('click'), confirmButton().trigger('click')])
    await settle()
    expect(cloud.captchas).toEqual([undefined, 'ab12', 'cd34'])
  })

  test.each([
    ['the application’s own error', cloudError('wrong-password', 'no')],
    ['too many requests', tooMany()],
    ['another demand: the call does not send what it is given', required()],
  ])('whose call fails with %s closes the popup and rejects with just that', async (_what, error) => {
    const { demand, answer, isOpen } = await guardedPage()
    const { cloud, outcome } = await demand()
    await answer('ab12')
    await cloud.refuse(error)
    expect(outcome.error).toBe(error)
    expect(isOpen()).toBe(false)
  })

  test('with no popup on the page rejects and says what is missing', async () => {
    const { demand } = await guardedPage({ hasPopup: false })
    const { outcome } = await demand()
    expect(outcome.error).toMatchObject({ errCode: 'uni-captcha-required', message: expect.stringContaining('popup') })
  })
})

describe('leaving the popup', () => {
  test.each(['cancelling', 'close()', 'open() for something else', 'leaving the page'])(
    'by %s rejects as cancelled, and the call is not repeated',
    async (way) => {
      const { page, demand, tap } = await guardedPage()
      const { cloud, outcome } = await demand()
      if (way === 'cancelling') await tap('取消')
      else if (way === 'close()') page.vm.popup?.close()
      else if (way === 'leaving the page') unmountAll()
      else page.vm.popup?.open()
      await settle()
      expect(outcome.error).toBeInstanceOf(Error)
      expect(outcome.error).toMatchObject({ errCode: 'uni-captcha-cancelled' })
      expect(cloud.captchas).toEqual([undefined])
    },
  )

  test('while the call is on its way closes it, and the outcome is the call’s', async () => {
    const { demand, answer, tap, isOpen } = await guardedPage()
    const { cloud, outcome } = await demand()
    await answer('ab12')
    await tap('取消')
    expect(isOpen()).toBe(false)
    expect(outcome.state).toBe('pending')
    await cloud.reply('welcome')
    expect(outcome.value).toBe('welcome')
  })

  test('while a wrong captcha is on its way rejects as cancelled, and the popup does not come back', async () => {
    const { demand, answer, tap, isOpen } = await guardedPage()
    const { cloud, outcome } = await demand()
    await answer('ab12')
    await tap('取消')
    await cloud.refuse(wrong())
    expect(outcome.error).toMatchObject({ errCode: 'uni-captcha-cancelled' })
    expect(isOpen()).toBe(false)
    expect(client.calls).toHaveLength(1)
  })

  test('opened by the page meanwhile, it is not closed by the call that had it before', async () => {
    const { page, demand, answer, isOpen, confirmButton } = await guardedPage()
    const { cloud, outcome } = await demand()
    await answer('ab12')
    page.vm.popup?.open()
    await settle()
    expect(confirmButton().attributes('aria-disabled')).toBe('false')
    await cloud.reply('welcome')
    expect(outcome.value).toBe('welcome')
    expect(isOpen()).toBe(true)
  })
})

describe('two guarded calls at once', () => {
  test('share one popup, one after the other, each with a picture of its own scene', async () => {
    const { demand, answer, isOpen, user } = await guardedPage()
    const first = await demand('login')
    const second = await demand('pay')
    expect(client.calls.map((call) => call.scene)).toEqual(['login'])
    await answer('ab12')
    expect(second.cloud.captchas, 'only the first was answered').toEqual([undefined])
    await first.cloud.reply('one')
    expect(first.outcome.value).toBe('one')
    expect(isOpen()).toBe(true)
    expect(client.calls.map((call) => call.scene)).toEqual(['login', 'pay'])
    expect(user.field().value).toBe('')
    expect(user.isFocused()).toBe(true)
    await answer('cd34')
    await second.cloud.reply('two')
    expect(second.outcome.value).toBe('two')
    expect(second.cloud.captchas).toEqual([undefined, 'cd34'])
    expect(isOpen()).toBe(false)
  })

  test('of the same scene: the second has a new picture', async () => {
    const { demand, answer } = await guardedPage()
    const first = await demand()
    await demand()
    await answer('ab12')
    await first.cloud.reply('one')
    expect(client.calls).toHaveLength(2)
  })

  test.each(['cancelled', 'failed'])('when the first is %s the second still has its turn', async (end) => {
    const { demand, answer, tap, isOpen } = await guardedPage()
    const first = await demand()
    const second = await demand()
    if (end === 'cancelled') await tap('取消')
    else {
      await answer('ab12')
      await first.cloud.refuse(cloudError('wrong-password', 'no'))
    }
    expect(first.outcome.state).toBe('rejected')
    expect(isOpen()).toBe(true)
    await answer('cd34')
    await second.cloud.reply('two')
    expect(second.outcome.value).toBe('two')
  })

  test('give the focus back to where it was before the first', async () => {
    const opener = document.createElement('button')
    document.body.append(opener)
    opener.focus()
    const { demand, answer } = await guardedPage()
    for (const { cloud } of [await demand('login'), await demand('pay')]) {
      await answer('ab12')
      await cloud.reply('done')
    }
    expect(document.activeElement).toBe(opener)
    opener.remove()
  })
})

test('a page without <script setup> makes its guard with a function that finds the popup', async () => {
  const page = await mountPage(GuardedOptionsPage)
  const cloud = heldCall()
  const outcome = watchOutcome(page.vm.guarded!(cloud.call))
  await cloud.refuse(required())
  const user = toUser(page)
  await user.type('ab12')
  await user.press(user.field(), 'Enter')
  await cloud.reply('welcome')
  expect(outcome.value).toBe('welcome')
  expect(cloud.captchas).toEqual([undefined, 'ab12'])
})
