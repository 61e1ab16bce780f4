import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import {
  signChallenge,
  toDifficulty,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'
import { areSolved } from '../support/proofs'
import PlainPage from './pages/plain-page.vue'
import { installClient, pictureNamed, settle } from './support/client'
import { cloudError } from './support/cloud-call'
import { mountPage, unmountAll } from './support/mount'

const KEY = Buffer.alloc(32, 1)
const TOKEN = `pow${'a'.repeat(40)}`
/** Solved in some slices. */
const EASY = toDifficulty(0.01)
/** Never solved. */
const HARD = { ...EASY, target: 1 }

let challenges: string[]
let redeemed: { challenge: string; solutions: number[]; isRight: boolean }[]
let cloud: Record<string, (params: never) => Promise<unknown>>
let nonces = 0

beforeEach(() => {
  installClient()
  challenges = []
  redeemed = []
  let difficulty = EASY
  cloud = {
    getImageCaptcha: async () => ({ errCode: 0, captchaBase64: pictureNamed('p'), alternative: 'pow' }),
    async getChallenge() {
      const content = { holder: '', network: '', nonce: String(++nonces), ...difficulty, expiresAt: 0 }
      const challenge = signChallenge(content, KEY)
      challenges.push(challenge)
      return { errCode: 0, challenge, ...difficulty, expiresIn: 180 }
    },
    async redeemSolutions({ challenge, solutions }: { challenge: string; solutions: number[] }) {
      redeemed.push({ challenge, solutions, isRight: areSolved({ challenge, ...difficulty }, solutions) })
      return { errCode: 0, captcha: TOKEN, expiresIn: 180 }
    },
    async harder() {
      difficulty = HARD
    },
  }
  Object.assign(globalThis, { uniCloud: { importObject: () => cloud } })
})
afterEach(unmountAll)

async function page(scene = 'login') {
  const page = await mountPage(PlainPage, { scene })
  await settle()
  return {
    page,
    link: () => page.findAll('.uni-captcha__link').at(-1),
    press: async () => {
      await page.findAll('.uni-captcha__link').at(-1)!.trigger('click')
      await settle()
    },
    value: () => page.vm.answer,
    status: () => page.get('[role=status]').text(),
    isReading: () => !page.get('.uni-captcha__row').attributes('style')?.includes('none'),
  }
}

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 30_000, interval: 10 })

describe('the way through without a picture', () => {
  test('is not offered where the scene does not take it', async () => {
    cloud['getImageCaptcha'] = async () => ({ errCode: 0, captchaBase64: pictureNamed('p') })
    expect((await page()).link()).toBeUndefined()
  })

  test('computes what the server accepts, shows how far it is, and puts the token where the typed text goes', async () => {
    const { page: mounted, link, press, value, status, isReading } = await page()
    expect(link()!.text()).toBe('看不清？换种方式验证')
    await press()
    expect(isReading()).toBe(false)
    expect(mounted.find('[role=progressbar]').exists()).toBe(true)
    expect(status()).toBe('正在验证，请稍候…')
    await until(() => value() !== '')
    expect(value()).toBe(TOKEN)
    expect(status()).toBe('验证完成')
    expect(redeemed).toMatchObject([{ challenge: challenges[0], isRight: true }])
    expect(mounted.get('input').element.value).toBe('')
    mounted.vm.captcha!.enter()
    expect([value(), mounted.vm.entered], 'a whole token is entered').toEqual([TOKEN, [TOKEN]])
  })

  test('can be left for a picture again, and what it brought is taken back', async () => {
    const { link, press, value, isReading } = await page()
    await press()
    await until(() => value() !== '')
    expect(link()!.text()).toBe('返回图形验证码')
    await press()
    expect(isReading()).toBe(true)
    expect(value()).toBe('')
  })

  test('given up while it computes, it brings nothing', async () => {
    await cloud['harder']!({} as never)
    const { press, value, isReading } = await page()
    await press()
    await press()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(isReading()).toBe(true)
    expect([value(), redeemed]).toEqual(['', []])
  })

  test('asked for a new captcha, as after a refusal, it computes anew', async () => {
    const { page: mounted, press, value } = await page()
    await press()
    await until(() => value() !== '')
    mounted.vm.captcha?.getImageCaptcha()
    await settle()
    expect(value()).toBe('')
    await until(() => value() !== '')
    expect(new Set(challenges).size).toBe(2)
  })

  test('begins anew by itself when it is refused, as after a sleep, and says why when that does not help', async () => {
    const redeem = cloud['redeemSolutions']!
    let refusals = 0
    cloud['redeemSolutions'] = () => (
      refusals++,
      Promise.reject(cloudError('uni-captcha-proof-fail', '工作量证明无效'))
    )
    const { page: mounted, press, status, value } = await page()
    await press()
    await until(() => status() === '工作量证明无效')
    expect([refusals, new Set(challenges).size]).toEqual([3, 3])
    cloud['redeemSolutions'] = (params) =>
      refusals++ === 3 ? Promise.reject(cloudError('uni-captcha-proof-fail', 'no')) : redeem(params)
    await mounted.findAll('.uni-captcha__link').at(0)!.trigger('click')
    await until(() => value() === TOKEN)
    expect(new Set(challenges).size).toBe(5)
  })

  test('goes on when the network was away for a moment, without computing again', async () => {
    const redeem = cloud['redeemSolutions']!
    const ask = cloud['getChallenge']!
    let calls = 0
    const flaky = (call: typeof ask) => (params: never) =>
      calls++ % 2 === 0 ? Promise.reject(new Error('request:fail')) : call(params)
    cloud['getChallenge'] = flaky(ask)
    cloud['redeemSolutions'] = flaky(redeem)
    const { press, value } = await page()
    await press()
    await until(() => value() === TOKEN)
    expect([calls, challenges.length]).toEqual([4, 1])
  })

  test('names a wrong clock of the device, and asks no second time', async () => {
    let calls = 0
    cloud['getChallenge'] = () => (calls++, Promise.reject(new Error('timestamp expired')))
    const { press, status } = await page()
    await press()
    await until(() => status() === '设备时间不准确，请校准后点击重试')
    expect(calls).toBe(1)
  })

  test('expired while the person was away, it is computed anew when they are back', async () => {
    const redeem = cloud['redeemSolutions']!
    cloud['redeemSolutions'] = async (params) => ({ ...Object(await redeem(params)), expiresIn: 0.05 })
    const { press, status, value } = await page()
    await press()
    await until(() => status() === '验证已过期，请重试')
    expect(value()).toBe('')
    cloud['redeemSolutions'] = redeem
    document.dispatchEvent(new Event('visibilitychange'))
    await until(() => value() === TOKEN)
    expect(challenges).toHaveLength(2)
  })

  test('tells how long it will take about, while it takes longer than a moment, and a screen reader hears it once', async () => {
    await cloud['harder']!({} as never)
    const { page: mounted, press, status } = await page()
    await press()
    await until(() => /^正在验证，约需 \d+ 秒…$/.test(mounted.get('.uni-captcha__proof-words').text()))
    expect(status()).toBe('正在验证，请稍候…')
  })

  test('begins by itself in a scene without pictures, where there is nothing to choose', async () => {
    cloud['getImageCaptcha'] = () => Promise.reject(cloudError('uni-captcha-proof-required', '没有图片'))
    const { link, value, isReading } = await page()
    expect(isReading()).toBe(false)
    await until(() => value() === TOKEN)
    expect(link()).toBeUndefined()
  })

  test.each([
    ['button', '点击完成验证'],
    ['slide', '向右滑动或点击，完成验证'],
  ])(
    'waits in a scene whose proof looks like a %s until that is tapped, and says so to who sends the form',
    async (face, words) => {
      cloud['getImageCaptcha'] = () => Promise.reject(cloudError('uni-captcha-proof-required', '没有图片', { face }))
      const { page: mounted, value, status, isReading } = await page()
      const track = () => mounted.get('.uni-captcha__track')
      expect([isReading(), status(), mounted.vm.captcha?.getHint()]).toEqual([false, words, words])
      expect([track().attributes('role'), track().attributes('aria-label')]).toEqual(['button', words])
      expect(mounted.find('.uni-captcha__handle').exists()).toBe(face === 'slide')
      mounted.vm.captcha?.getImageCaptcha()
      document.dispatchEvent(new Event('visibilitychange'))
      await settle()
      expect([challenges, track().attributes('role')]).toEqual([[], 'button'])

      await track().trigger('click')
      await settle()
      expect([track().attributes('role'), track().attributes('aria-valuenow')]).toEqual(['progressbar', '0'])
      await until(() => value() === TOKEN)
      expect([challenges.length, status(), track().text()]).toEqual([1, '验证完成', '✓ 验证完成'])
      expect(track().attributes()).not.toHaveProperty('aria-valuenow')

      mounted.vm.captcha?.getImageCaptcha()
      await settle()
      expect([value(), track().attributes('role'), challenges.length]).toEqual(['', 'button', 1])
    },
  )

  test.each(['Enter', ' ', 'ArrowRight', 'ArrowUp'])('is begun by the key %j where it is slid', async (key) => {
    const face = 'slide'
    cloud['getImageCaptcha'] = () => Promise.reject(cloudError('uni-captcha-proof-required', '没有图片', { face }))
    const { page: mounted, value } = await page()
    await mounted.get('.uni-captcha__track').trigger('keydown', { key: 'Tab' })
    await settle()
    expect(challenges).toEqual([])
    await mounted.get('.uni-captcha__track').trigger('keydown', { key })
    await until(() => value() === TOKEN)
  })

  test.each(['ctrlKey', 'altKey', 'metaKey'])('is not begun by a key with %s, which is the browser’s', async (held) => {
    const face = 'slide'
    cloud['getImageCaptcha'] = () => Promise.reject(cloudError('uni-captcha-proof-required', '没有图片', { face }))
    const { page: mounted } = await page()
    for (const key of ['Enter', ' ', 'ArrowLeft']) {
      const event = new KeyboardEvent('keydown', { key, [held]: true, bubbles: true, cancelable: true })
      mounted.get('.uni-captcha__track').element.dispatchEvent(event)
      expect(event.defaultPrevented).toBe(false)
    }
    await settle()
    expect(challenges).toEqual([])
  })

  test('keeps the focus where it fails: what tries again has it', async () => {
    const face = 'slide'
    cloud['getImageCaptcha'] = () => Promise.reject(cloudError('uni-captcha-proof-required', '没有图片', { face }))
    cloud['getChallenge'] = () => Promise.reject(cloudError('uni-captcha-too-many-requests', '请求较多'))
    const { page: mounted, link } = await page()
    const track = () => mounted.get<HTMLElement>('.uni-captcha__track')
    track().element.focus()
    await track().trigger('click')
    await until(() => link() !== undefined)
    await settle()
    expect(document.activeElement).toBe(link()!.element)
  })

  test('expired while the person was away, it waits for them again where it has a face', async () => {
    const redeem = cloud['redeemSolutions']!
    cloud['redeemSolutions'] = async (params) => ({ ...Object(await redeem(params)), expiresIn: 0.05 })
    const face = 'slide'
    cloud['getImageCaptcha'] = () => Promise.reject(cloudError('uni-captcha-proof-required', '没有图片', { face }))
    const { page: mounted, status } = await page()
    await mounted.get('.uni-captcha__track').trigger('click')
    await until(() => status() === '验证已过期，请重试')
    document.dispatchEvent(new Event('visibilitychange'))
    await settle()
    expect([status(), challenges.length]).toEqual(['向右滑动或点击，完成验证', 1])
  })

  test.each(['auto', 'swipe', 1, null])('begins by itself where the face is %j', async (face) => {
    cloud['getImageCaptcha'] = () => Promise.reject(cloudError('uni-captcha-proof-required', '没有图片', { face }))
    const { page: mounted, value } = await page()
    await until(() => value() === TOKEN)
    expect(mounted.find('.uni-captcha__track').exists()).toBe(false)
  })

  test('works at once where the network has made many calls, whatever wait is told to who cannot work', async () => {
    const busy = cloudError('uni-captcha-proof-required', '请求较多', { retryAfter: 1800 })
    cloud['getImageCaptcha'] = () => Promise.reject(busy)
    const { value, status } = await page()
    expect(status()).toBe('正在验证，请稍候…')
    await until(() => value() === TOKEN)
  })

  test('goes back to pictures when the network is not busy any more', async () => {
    const draw = cloud['getImageCaptcha']!
    cloud['getImageCaptcha'] = async () => {
      cloud['getImageCaptcha'] = draw
      throw cloudError('uni-captcha-proof-required', '请求较多', { retryAfter: 1800 })
    }
    for (const method of Object.keys(cloud).filter((name) => !['getImageCaptcha', 'harder'].includes(name)))
      cloud[method] = () => Promise.reject(cloudError('uni-captcha-invalid-param', '此场景没有工作量证明'))
    const { page: mounted, isReading } = await page()
    await until(() => mounted.find('.uni-captcha__image').exists())
    expect(isReading()).toBe(true)
  })

  test('survives answers that are none', async () => {
    for (const answer of [
      undefined,
      {},
      { challenge: {}, puzzles: 1, iterations: 1, target: 1 },
      { challenge: 'a', puzzles: 1e9, iterations: 1, target: 1 },
      { challenge: 'a', puzzles: 1, iterations: 1e9, target: 1 },
      { question: 'a', puzzles: 1, target: 1 },
    ]) {
      cloud['getChallenge'] = async () => answer
      const { press, status } = await page()
      await press()
      await until(() => status() === '验证失败，请重试')
      unmountAll()
    }
  })
})
