import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { readAnswer } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/call/request'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { CAPTCHA_FORMS, CODE_FORMS, MOBILE_FORMS } from '../../support/typed-forms'
import { openSmsCodes } from '../support/sms-codes'

const PHONE = { scene: 'login', deviceId: 'phone' }
/** what the code 012345 is drawn from */
const CODE_012345 = Uint8Array.from([0, 0x30, 0x39])
let bench: ReturnType<typeof openSmsCodes>

beforeEach(() => {
  bench = openSmsCodes({ randomBytes: (count) => (count === 3 ? CODE_012345 : cryptoBytes(count)) })
})
afterEach(() => bench.close())

describe('a captcha', () => {
  it.each([undefined, null, '', ' ', '\u200b', '\u3000\u2060\ufe0f'])(
    '%j is none: please enter it',
    async (captcha) => {
      await bench.solve('phone', 'login')
      expect(await bench.captchas.verify({ ...PHONE, captcha: captcha as string })).toMatchObject({
        errCode: 'uni-captcha-text-required',
        errMsg: '请先完成验证',
      })
      expect(await bench.sendCode({ mobile: '13800138000', ...PHONE, captcha: captcha as string })).toMatchObject({
        errCode: 'uni-captcha-required',
        needNewCaptcha: false,
      })
      // Neither has cost the picture an attempt.
      expect(await bench.captchas.rows()).toMatchObject([{ attempts: 0, state: 0 }])
    },
  )

  it.each(CAPTCHA_FORMS.filter(([, , meant]) => meant !== ''))(
    'is read on the server, too: %s',
    (_what, captcha, meant) => {
      expect(readAnswer({ captcha })).toBe(meant)
    },
  )

  it('passes with spaces, invisible characters and full-width forms between its letters', async () => {
    const answer = await bench.solve('phone', 'login')
    const typed = [...answer].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join('\u200b\u3000')
    expect(await bench.captchas.verify({ ...PHONE, captcha: `\u202d${typed}\u202c\ufeff` })).toMatchObject({
      errCode: 0,
    })
  })

  it('that is a number is its digits: no picture has a leading zero to lose', async () => {
    expect(await bench.captchas.create({ ...PHONE, mathExpr: true })).toMatchObject({ errCode: 0 })
    const sum = Number(await bench.captchas.answer('login'))
    expect(await bench.captchas.verify({ ...PHONE, captcha: sum as unknown as string })).toMatchObject({ errCode: 0 })
    expect(readAnswer({ captcha: 5 })).toBe('5')
    expect(readAnswer({ captcha: 0 })).toBe('0')
  })

  it.each([5.5, Number.NaN, Infinity, 2 ** 53, true, [], {}, ['5']])('%j cannot have been typed', (captcha) => {
    expect(() => readAnswer({ captcha })).toThrow('uni-captcha-invalid-param')
  })
})

describe('a mobile number and a code', () => {
  it('in any form the component takes are sent to and verified as one number', async () => {
    for (const [what, mobile] of MOBILE_FORMS) {
      expect(await bench.send({ mobile }), what).toMatchObject({ errCode: 0 })
      expect(bench.messages.at(-1), what).toMatchObject({ e164: '+8613800138000' })
      const answer = await bench.verifyCode({ mobile, scene: 'register', code: bench.lastCode() })
      expect(answer, what).toMatchObject({ errCode: 0, mobile: '13800138000' })
      bench.clock.now += 2 * 86_400_000
    }
  })

  it('in another form is the same number to the wait before the next message', async () => {
    expect(await bench.send()).toMatchObject({ errCode: 0 })
    for (const [what, mobile] of MOBILE_FORMS) {
      const again = await bench.send({ mobile })
      expect(again, what).toMatchObject({ errCode: 'uni-sms-code-too-many-requests', retryAfter: 60 })
    }
    expect(bench.messages).toHaveLength(1)
  })

  it.each(CODE_FORMS)('is verified as it is pasted: a code, %s', async (_what, code) => {
    expect(await bench.send()).toMatchObject({ errCode: 0 })
    const answer = await bench.verifyCode({ mobile: '13800138000', scene: 'register', code })
    expect(answer).toMatchObject({ errCode: 0, mobile: '13800138000' })
  })

  it.each(['12345', '0123456', '0012345', 'abcdef', '112345'])('%j is not the code 012345', async (code) => {
    expect(await bench.send()).toMatchObject({ errCode: 0 })
    const answer = await bench.verifyCode({ mobile: '13800138000', scene: 'register', code })
    expect(answer).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  })

  it('may be numbers: the zeros that a code begins with are known, because its length is', async () => {
    const mobile = 13_800_138_000 as unknown as string
    expect(await bench.send({ mobile })).toMatchObject({ errCode: 0 })
    const code = 12_345 as unknown as string
    const answer = await bench.verifyCode({ mobile, scene: 'register', code })
    expect(answer).toMatchObject({ errCode: 0, mobile: '13800138000' })
  })

  it.each(['', ' ', '\u200b', null, undefined])('%j is none', async (nothing) => {
    const missing = { errCode: 'uni-sms-code-invalid-param', errMsg: '参数不全' }
    expect(await bench.send({ mobile: nothing as string })).toMatchObject(missing)
    const code = nothing as string
    expect(await bench.verifyCode({ mobile: '13800138000', scene: 'register', code })).toMatchObject(missing)
  })
})
