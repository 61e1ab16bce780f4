import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import {
  isSolved,
  signChallenge,
  toTarget,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'
import PlainPage from './pages/plain-page.vue'
import { installClient, pictureNamed, settle } from './support/client'
import { cloudError } from './support/cloud-call'
import { mountPage, unmountAll } from './support/mount'

const KEY = Buffer.alloc(32, 1)
const TOKEN = `pow${'a'.repeat(40)}`
/** Solved in some slices. */
const EASY = toTarget(40_000)
/** Never solved. */
const HARD = 1

let questions: string[]
let redeemed: { question: string; solutions: number[]; isRight: boolean }[]
let cloud: Record<string, (params: never) => Promise<unknown>>
let nonces = 0

beforeEach(() => {
  installClient()
  questions = []
  redeemed = []
  let target = EASY
  cloud = {
    getImageCaptcha: async () => ({ errCode: 0, captchaBase64: pictureNamed('p'), alternative: 'pow' }),
    async getProofOfWork() {
      const question = signChallenge({ for: '', nonce: String(++nonces), target, expiresAt: 0 }, KEY)
      questions.push(question)
      return { errCode: 0, question, puzzles: 32, target, expiresIn: 180 }
    },
    async redeemProofOfWork({ question, solutions }: { question: string; solutions: number[] }) {
      redeemed.push({ question, solutions, isRight: isSolved(question, target, solutions) })
      return { errCode: 0, captcha: TOKEN, expiresIn: 180 }
    },
    async harder() {
      target = HARD
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

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 4000, interval: 10 })

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
    expect(redeemed).toMatchObject([{ question: questions[0], isRight: true }])
    expect(mounted.get('input').element.value).toBe('')
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
    expect(new Set(questions).size).toBe(2)
  })

  test('says why it failed and tries again on request', async () => {
    const redeem = cloud['redeemProofOfWork']!
    cloud['redeemProofOfWork'] = () => Promise.reject(cloudError('uni-captcha-proof-fail', '工作量证明无效'))
    const { page: mounted, press, status, value } = await page()
    await press()
    await until(() => status() === '工作量证明无效')
    cloud['redeemProofOfWork'] = redeem
    await mounted.findAll('.uni-captcha__link').at(0)!.trigger('click')
    await until(() => value() === TOKEN)
  })

  test('begins by itself in a scene without pictures, where there is nothing to choose', async () => {
    cloud['getImageCaptcha'] = () => Promise.reject(cloudError('uni-captcha-proof-required', '没有图片'))
    const { link, value, isReading } = await page()
    expect(isReading()).toBe(false)
    await until(() => value() === TOKEN)
    expect(link()).toBeUndefined()
  })

  test('survives answers that are none', async () => {
    for (const answer of [
      undefined,
      {},
      { question: {}, puzzles: 1, target: 1 },
      { question: 'a', puzzles: 1e9, target: 1 },
    ]) {
      cloud['getProofOfWork'] = async () => answer
      const { press, status } = await page()
      await press()
      await until(() => status() === '验证失败，请重试')
      unmountAll()
    }
  })
})
