import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import {
  signChallenge,
  toDifficulty,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'
import { areSolved } from '../support/proofs'
import GuardedPage from './pages/guarded-page.vue'
import PlainPage from './pages/plain-page.vue'
import PopupPage from './pages/popup-page.vue'
import { installClient, pictureNamed, settle } from './support/client'
import { cloudError, heldCall, watchOutcome, required } from './support/cloud-call'
import { mountPage, unmountAll, toUser } from './support/mount'

const KEY = Buffer.alloc(32, 1)
const EASY = toDifficulty(0.01)
/** Never solved. */
const HARD = { ...EASY, target: 1 }

let asked: object[]
let pictures: string[]
let redeemed: { challenge: string; isRight: boolean }[]
let cloud: Record<string, (params: never) => Promise<unknown>>
let difficulty: typeof EASY
/** what `redeemSolutions` waits for */
let gate: Promise<unknown>
let open: () => void

beforeEach(() => {
  installClient()
  asked = []
  pictures = []
  redeemed = []
  difficulty = EASY
  gate = new Promise((resolve) => (open = () => resolve(undefined)))
  cloud = {
    async getImageCaptcha(params: object) {
      asked.push(params)
      const nonce = `picture ${asked.length}`
      const challenge = signChallenge({ holder: '', network: '', nonce, ...difficulty, expiresAt: 0 }, KEY)
      pictures.push(challenge)
      return { errCode: 0, captchaBase64: pictureNamed(nonce), maxLength: 4, work: { challenge, ...difficulty } }
    },
    async redeemSolutions({ challenge, solutions }: { challenge: string; solutions: number[] }) {
      redeemed.push({ challenge, isRight: areSolved({ challenge, ...difficulty }, solutions) })
      await gate
      return { errCode: 0, errMsg: '', captcha: '', expiresIn: 0 }
    },
  }
  Object.assign(globalThis, { uniCloud: { importObject: () => cloud } })
})
afterEach(unmountAll)

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 30_000, interval: 10 })

async function plainPage() {
  const page = await mountPage(PlainPage, { scene: 'login' })
  await settle()
  return { page, user: toUser(page), status: () => page.get('[role=status]').text() }
}

async function popupPage() {
  const page = await mountPage(PopupPage)
  page.vm.popup?.open()
  await settle()
  const user = toUser(page)
  const main = () => page.get('.uni-popup-captcha__button--main')
  return {
    page,
    user,
    main,
    status: () => page.get('[role=status]').text(),
    tap: async (label: string) => {
      const buttons = page.findAll('.uni-popup-captcha__button')
      await buttons.find((button) => button.text() === label)!.trigger('click')
      await settle()
    },
  }
}

describe('the work that a picture carries', () => {
  test('is done while the person types: what counts is the typed text, and there is no waiting', async () => {
    open()
    const { page, user } = await plainPage()
    expect(asked).toEqual([{ scene: 'login', canWork: true, canTap: true }])
    await user.type('ac2')
    await until(() => redeemed.length === 1)
    expect(redeemed).toEqual([{ challenge: pictures[0], isRight: true }])
    await user.type('ac25')
    expect(page.vm.answer).toBe('ac25')
    expect(page.find('[role=progressbar]').exists()).toBe(false)
    await until(() => page.vm.captcha?.whenWorked() === undefined)
  })

  test('is given up with its picture: only that of the last one is handed in', async () => {
    difficulty = HARD
    const { user } = await plainPage()
    difficulty = EASY
    await user.tapPicture()
    await until(() => redeemed.length === 1)
    expect(redeemed).toEqual([{ challenge: pictures[1], isRight: true }])
  })

  test('is handed in again when the network was away for a moment, and not computed again', async () => {
    open()
    const redeem = cloud['redeemSolutions']!
    let calls = 0
    cloud['redeemSolutions'] = (params) => (calls++ === 0 ? Promise.reject(new Error('request:fail')) : redeem(params))
    const { page } = await plainPage()
    await until(() => redeemed.length === 1)
    await until(() => page.vm.captcha?.whenWorked() === undefined)
    expect([calls, pictures.length]).toEqual([2, 1])
  })

  test.each([
    ['is refused', 'uni-captcha-proof-fail', undefined],
    ['is none', '', { challenge: {}, puzzles: 1e9 }],
  ])('that %s takes the picture with it, which would pass nothing any more', async (_what, errCode, work) => {
    if (work) cloud['getImageCaptcha'] = async () => ({ errCode: 0, captchaBase64: pictureNamed('p'), work })
    else cloud['redeemSolutions'] = () => Promise.reject(cloudError(errCode, '验证无效或已过期，请重试'))
    const { status, user } = await plainPage()
    await until(() => status() !== '')
    expect(status()).toBe(work ? '加载失败，点击重试' : '验证无效或已过期，请重试')
    expect(user.hasImage()).toBe(false)
  })
})

describe('a popup whose picture carries work', () => {
  test('waits for it after Enter, says so, and then hands the answer on', async () => {
    const { page, user, tap, main, status } = await popupPage()
    await user.type('ac25')
    await tap('确定')
    expect(page.vm.events).toEqual([])
    expect(main().text()).toBe('验证中…')
    expect(status()).toBe('正在验证，请稍候…')
    await tap('验证中…')
    await until(() => redeemed.length === 1)
    open()
    await until(() => page.vm.events.length > 0)
    expect(page.vm.events).toEqual(['confirm ac25, v-model ac25, closed'])
  })

  test('hands on what is shown when the work is done, corrected meanwhile', async () => {
    const { page, user, tap } = await popupPage()
    await user.type('ac25')
    await tap('确定')
    await user.type('ac26')
    open()
    await until(() => page.vm.events.length > 0)
    expect(page.vm.events).toEqual(['confirm ac26, v-model ac26, closed'])
  })

  test('hands nothing on while what was confirmed is being corrected', async () => {
    const { page, user, tap, main } = await popupPage()
    await user.type('ac25')
    await tap('确定')
    await user.type('ac2')
    open()
    await until(() => main().text() === '确定')
    expect(page.vm.events).toEqual([])
  })

  test('cancelled while it waits hands nothing on', async () => {
    const { page, user, tap } = await popupPage()
    await user.type('ac25')
    await tap('确定')
    await tap('取消')
    open()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(page.vm.events).toEqual(['cancel'])
  })

  test('hands nothing on when the work is refused, and takes another answer', async () => {
    const redeem = cloud['redeemSolutions']!
    cloud['redeemSolutions'] = () => Promise.reject(cloudError('uni-captcha-proof-fail', '验证无效'))
    const { page, user, tap, main, status } = await popupPage()
    await user.type('ac25')
    await tap('确定')
    await until(() => status() === '验证无效')
    expect(page.vm.events).toEqual([])
    expect(main().text()).toBe('确定')
    cloud['redeemSolutions'] = redeem
    open()
    await user.tapPicture()
    await user.type('dk82')
    await tap('确定')
    await until(() => page.vm.events.length > 0)
    expect(page.vm.events).toEqual(['confirm dk82, v-model dk82, closed'])
  })
})

test('a guarded call that is told to wait for the work is made again with the same answer, to the same picture', async () => {
  open()
  const page = await mountPage(GuardedPage)
  const user = toUser(page)
  const call = heldCall()
  const outcome = watchOutcome(page.vm.guarded(call.call))
  await settle()
  await call.refuse(required())
  await user.type('ac25')
  await until(() => redeemed.length === 1)
  await settle()
  await page.get('.uni-popup-captcha__button--main').trigger('click')
  await until(() => call.captchas.length === 2)
  await call.refuse(cloudError('uni-captcha-work-pending', '请稍后再试', { retryAfter: 0.02 }))
  await until(() => call.captchas.length === 3)
  await call.reply('welcome')
  expect(call.captchas).toEqual([undefined, 'ac25', 'ac25'])
  expect(outcome.value).toBe('welcome')
  expect(pictures).toHaveLength(1)
})
