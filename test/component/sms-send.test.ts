import { MOBILE_FORMS } from '../support/typed-forms'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { settle } from './support/client'
import { cloudError, overdue, required, tooMany, wrong } from './support/cloud-call'
import { commitComposition, unmountAll } from './support/mount'
import { installSmsClient, smsCodePage, type SmsClient } from './support/sms-client'

const MOBILE = '13800138000'

let client: SmsClient
beforeEach(() => {
  client = installSmsClient()
})
afterEach(unmountAll)

describe('asking for a code', () => {
  test('sends the number and the scene without a captcha, and says that it was sent', async () => {
    const { vm, typeMobile, press, message, codeInput } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    expect(client.last()).toMatchObject({ method: 'sendSmsCode', params: { mobile: MOBILE, scene: 'register' } })
    expect(client.last().params['captcha']).toBeUndefined()
    expect(message().text()).toBe('')
    await client.last().reply({ retryAfter: 60, expiresIn: 300, codeLength: 6, needNewCaptcha: true })
    expect(message().text()).toBe('验证码已发送')
    expect(message().attributes()).toMatchObject({ role: 'status', 'aria-live': 'polite' })
    expect(document.activeElement).toBe(codeInput())
    expect(vm.sent).toEqual([{ mobile: MOBILE, retryAfter: 60, codeLength: 6 }])
    expect(vm.errors).toEqual([])
  })

  test.each(['', '1380013800', '138001380001', '23800138000', 'abc'])(
    'for %o sends nothing: the number is said to be wrong and has the focus',
    async (mobile) => {
      const { vm, typeMobile, press, message, mobileInput, label } = await smsCodePage(client, {
        pattern: '^1\\d{10}$',
      })
      await typeMobile(mobile)
      await press()
      expect(client.calls).toHaveLength(0)
      const said = mobile === '' ? '请输入手机号' : '请输入正确的手机号'
      expect(message().text()).toBe(said)
      expect(message().classes()).toContain('uni-sms-code__message--error')
      expect(document.activeElement).toBe(mobileInput())
      expect(mobileInput().getAttribute('aria-invalid')).toBe('true')
      expect(mobileInput().getAttribute('aria-describedby')).toBe(message().attributes('id'))
      expect(vm.errors).toEqual([{ errCode: 'uni-sms-code-mobile-invalid', errMsg: said }])
      expect(label()).toBe('获取验证码')
      await typeMobile(MOBILE)
      await press()
      expect(mobileInput().getAttribute('aria-invalid'), 'a new try starts without the old words').toBeNull()
    },
  )

  test('is one call, however often the button is pressed while it is in flight', async () => {
    const { vm, typeMobile, press, isOff, label, sendButton } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    expect(isOff()).toBe(true)
    expect(sendButton().attributes('aria-busy')).toBe('true')
    expect(label(), 'nothing counts down before the server has said yes').toBe('获取验证码')
    await press()
    vm.smsCode?.send()
    await settle()
    expect(client.calls).toHaveLength(1)
  })

  test.each(MOBILE_FORMS)('understands %s', async (_what, typed) => {
    const { vm, typeMobile, mobileInput } = await smsCodePage(client)
    expect(mobileInput().maxLength, 'a pasted number is not cut').toBeGreaterThanOrEqual(1000)
    await typeMobile(typed)
    expect(vm.mobile).toBe(MOBILE)
    expect(mobileInput().value).toBe(MOBILE)
  })

  test('knows its home country’s numbers by the page’s word, and sends others whole', async () => {
    const page = { countryCode: '852', pattern: '^([569]\\d{7}|\\+86\\d{11})$' }
    const { vm, typeMobile, press } = await smsCodePage(client, page)
    for (const typed of ['+852 5123 4567', '00852-51234567', '852 5123 4567', '5123 4567', '٥١٢٣ ٤٥٦٧']) {
      await typeMobile(typed)
      expect(vm.mobile, typed).toBe('51234567')
    }
    await typeMobile('0086 138 0013 8000')
    await press()
    expect(client.last().params['mobile']).toBe('+8613800138000')
  })

  test('learns its home country from the first answer, where the page has not told it', async () => {
    const { vm, typeMobile, press } = await smsCodePage(client)
    await typeMobile('5123 4567')
    await press()
    expect(client.last().params['mobile']).toBe('51234567')
    await client.last().reply({ retryAfter: 0, countryCode: '852', mobilePattern: '[569]\\d{7}' })
    for (const typed of ['+852 5123 4568', '00852-51234568', '852 5123 4568', '5123 4568']) {
      await typeMobile(typed)
      expect(vm.mobile, typed).toBe('51234568')
    }
    await typeMobile(MOBILE)
    await press()
    expect(client.calls, 'a number of another country is told at once').toHaveLength(1)
    expect(vm.errors).toEqual([{ errCode: 'uni-sms-code-mobile-invalid', errMsg: '请输入正确的手机号' }])
  })

  test.each([
    ['as the client hands it on', (rule: object) => ({ detail: rule })],
    ['as an answer', (rule: object) => rule],
  ])('lets the cloud side judge a number until it has told its rule, then knows (%s)', async (_, toFields) => {
    const { vm, typeMobile, press, message } = await smsCodePage(client)
    await typeMobile('1380013800')
    await press()
    expect(client.last().params['mobile']).toBe('1380013800')
    const refusal = cloudError('uni-sms-code-mobile-invalid', '手机号不正确')
    const told = toFields({ countryCode: '86', mobilePattern: '1[3-9]\\d{9}' })
    await client.last().refuse(Object.assign(refusal, told))
    expect(message().text()).toBe('手机号不正确')
    for (const wrong of ['1380013800', '12800138000']) {
      await typeMobile(wrong)
      await press()
      expect(client.calls, wrong).toHaveLength(1)
    }
    await typeMobile('8613800138000')
    expect(vm.mobile).toBe(MOBILE)
    await press()
    expect(client.calls).toHaveLength(2)
  })

  test.each([
    { countryCode: '852' },
    { countryCode: 852, mobilePattern: '[569]\\d{7}' },
    { countryCode: '+', mobilePattern: '.*' },
    { countryCode: '1', mobilePattern: '(' },
  ])('takes nothing for a rule that is none: %o', async (rule) => {
    const { vm, typeMobile, press } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await client.last().reply({ retryAfter: 0, ...rule })
    await typeMobile('+86 138 0013 8000')
    expect(vm.mobile).toBe(MOBILE)
  })

  test('takes other numbers where the page has another pattern', async () => {
    const { vm, typeMobile, press } = await smsCodePage(client, { pattern: '^\\+\\d{6,15}$' })
    await typeMobile('+86 138 0013 8000')
    await press()
    expect(vm.mobile).toBe('+8613800138000')
    expect(client.last().params['mobile']).toBe('+8613800138000')
  })

  test('follows the number that the page sets', async () => {
    const { vm, press, mobileInput } = await smsCodePage(client)
    Object.assign(vm, { mobile: MOBILE })
    await settle()
    expect(mobileInput().value).toBe(MOBILE)
    await press()
    expect(client.last().params['mobile']).toBe(MOBILE)
  })

  test('by Enter in the number, or Enter and Space on the button', async () => {
    const { mobileInput, typeMobile, sendButton } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await commitComposition(mobileInput())
    expect(client.calls, 'Enter that ends an input method’s word').toHaveLength(0)
    mobileInput().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
    mobileInput().dispatchEvent(new KeyboardEvent('keyup', { key: 'Enter', bubbles: true }))
    await settle()
    expect(client.calls).toHaveLength(1)
    for (const [calls, key] of [
      [2, 'Enter'],
      [3, ' '],
    ] as const) {
      await client.last().refuse(new Error('request:fail'))
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      sendButton().element.dispatchEvent(event)
      await settle()
      expect(event.defaultPrevented).toBe(true)
      expect(client.calls).toHaveLength(calls)
    }
    expect(sendButton().attributes()).toMatchObject({ role: 'button', tabindex: '0' })
  })
})

describe('a captcha that the cloud side asks for', () => {
  test('pops up for the scene in its answer, and the send is repeated with what is typed', async () => {
    const { typeMobile, press, isAskingForCaptcha, answerCaptcha, message, codeInput, isOff } =
      await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    expect(isAskingForCaptcha()).toBe(false)
    await client.last().refuse(required('sms-register'))
    expect(isAskingForCaptcha()).toBe(true)
    expect(client.pictures.map(({ scene }) => scene)).toEqual(['sms-register'])
    expect(isOff()).toBe(true)
    await answerCaptcha('ab12')
    expect(client.last().params).toEqual({ mobile: MOBILE, scene: 'register', captcha: 'ab12' })
    await client.last().reply({ retryAfter: 60 })
    expect(isAskingForCaptcha()).toBe(false)
    expect(message().text()).toBe('验证码已发送')
    expect(document.activeElement).toBe(codeInput())
  })

  test.each([
    ['wrong', wrong(), '验证码错误'],
    ['expired', overdue(), '验证码已过期，请重新验证'],
  ])('and is %s gets a new picture, the words and the focus back', async (_what, error, words) => {
    const { page, vm, typeMobile, press, answerCaptcha, popupHint, label } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await client.last().refuse(required())
    await answerCaptcha('xxxx')
    await client.last().refuse(error)
    expect(popupHint()).toBe(words)
    expect(client.pictures).toHaveLength(2)
    const input = page.get<HTMLInputElement>('.uni-captcha__input input').element
    expect(input.value).toBe('')
    expect(document.activeElement).toBe(input)
    expect(label()).toBe('获取验证码')
    expect(vm.errors).toEqual([])
  })

  test('and is cancelled is not an error: the button can be pressed again', async () => {
    const { vm, typeMobile, press, cancelCaptcha, message, label, isOff } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await client.last().refuse(required())
    await cancelCaptcha()
    expect(vm.errors).toEqual([])
    expect(message().text()).toBe('')
    expect([label(), isOff()]).toEqual(['获取验证码', false])
  })

  test('is another one after the provider has failed: the first is spent', async () => {
    const { typeMobile, press, answerCaptcha, isAskingForCaptcha, message, isOff, label } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await client.last().refuse(required())
    await answerCaptcha('ab12')
    const failure = { needNewCaptcha: true }
    await client.last().refuse(cloudError('uni-sms-code-send-fail', '发送短信失败，请稍后重试', failure))
    expect(isAskingForCaptcha()).toBe(false)
    expect(message().text()).toBe('发送短信失败，请稍后重试')
    expect([label(), isOff()]).toEqual(['获取验证码', false])
    await press()
    expect(client.last().params['captcha'], 'the spent one is not sent again').toBeUndefined()
    await client.last().refuse(required())
    expect(client.pictures).toHaveLength(2)
  })
})

describe('a refusal', () => {
  test.each([
    ['uni-sms-code-mobile-invalid', '手机号不正确', 'mobile'],
    ['uni-sms-code-mobile-registered', '该手机号已经被注册', 'mobile'],
    ['uni-sms-code-budget-exhausted', '短信发送量已达上限，请稍后再试', undefined],
    ['uni-sms-code-send-fail', '发送短信失败，请稍后重试', undefined],
    ['uni-captcha-store-unavailable', '验证码存储暂不可用', undefined],
  ])('%s is said in the server’s words', async (errCode, errMsg, field) => {
    const { vm, typeMobile, press, message, mobileInput, label, isOff } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await client.last().refuse(cloudError(errCode, errMsg))
    expect(message().text()).toBe(errMsg)
    expect(vm.errors).toEqual([{ errCode, errMsg }])
    expect(mobileInput().getAttribute('aria-invalid')).toBe(field ? 'true' : null)
    expect([label(), isOff()]).toEqual(['获取验证码', false])
    expect(vm.sent).toEqual([])
  })

  test.each([
    [
      'for this number',
      cloudError('uni-sms-code-too-many-requests', '操作过于频繁，请 42 秒后再试', { retryAfter: 42 }),
    ],
    ['for this device', tooMany()],
  ])('for too many requests %s counts down from the server’s seconds', async (_what, error) => {
    const { vm, typeMobile, press, label, isOff } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await client.last().refuse(error)
    expect([label(), isOff()]).toEqual(['42 秒后重发', true])
    expect(vm.errors[0]?.retryAfter).toBe(42)
  })

  test('that may have sent it all the same counts down and waits for the code', async () => {
    const { typeMobile, press, label, message, codeInput } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    const unknown = cloudError('uni-sms-code-send-unknown', '短信可能已经发出', { retryAfter: 60, codeLength: 6 })
    await client.last().refuse(unknown)
    expect(label()).toBe('60 秒后重发')
    expect(message().text()).toBe('短信可能已经发出')
    expect(document.activeElement).toBe(codeInput())
  })

  test.each([
    ['a network that is down', Object.assign(new Error('request:fail'), { errMsg: 'request:fail' })],
    ['a gateway’s jargon', cloudError('FunctionBizError', '[object]: oops')],
  ])('by %s is said in plain words', async (_what, error) => {
    const { typeMobile, press, message, isOff } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    await client.last().refuse(error)
    expect(message().text()).toBe('网络不可用，请检查网络后重试')
    expect(isOff()).toBe(false)
  })

  test('that comes when the component is gone changes nothing', async () => {
    const { vm, typeMobile, press } = await smsCodePage(client)
    await typeMobile(MOBILE)
    await press()
    unmountAll()
    await client.last().refuse(cloudError('uni-sms-code-send-fail', '发送短信失败'))
    expect(vm.errors).toEqual([])
  })

  test('and everything else speaks English in an English application', async () => {
    const { typeMobile, press, message, label, mobileInput } = await smsCodePage(client)
    await client.setLocale('en')
    expect(label()).toBe('Get code')
    expect(mobileInput().getAttribute('aria-label')).toBe('Mobile number')
    await typeMobile('1')
    await press()
    expect(message().text()).toBe('Enter a valid mobile number')
  })
})
