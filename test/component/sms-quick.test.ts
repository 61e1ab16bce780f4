import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defineComponent, reactive } from 'vue'

import { quickOpenType } from '../../uni_modules/uni-sms-code/components/uni-sms-code/platform'
import { useSmsCode } from '../../uni_modules/uni-sms-code/components/uni-sms-code/use-sms-code'
import { settle } from './support/client'
import { cloudError } from './support/cloud-call'
import { unmountAll } from './support/mount'
import { installSmsClient, smsCodePage, type SmsClient } from './support/sms-client'

let client: SmsClient
beforeEach(() => {
  client = installSmsClient()
})
afterEach(unmountAll)

/** The component's own logic, and what WeChat's button hands to it: only a mini-program shows that button. */
function quickForm() {
  const errors: unknown[] = []
  const tickets: unknown[] = []
  let form: ReturnType<typeof useSmsCode> | undefined
  const props = reactive({
    scene: 'login',
    pattern: '^1\\d{10}$',
    countryCode: '86',
    verify: false,
    quick: true,
    realtime: false,
    channel: 'sms' as 'sms' | 'email',
    mobile: undefined,
    email: undefined,
    code: undefined,
    ticket: undefined,
  })
  const emit = (event: string, value: unknown) => {
    if (event === 'error') errors.push(value)
    if (event === 'update:ticket') tickets.push(value)
  }
  mount(
    defineComponent({
      setup() {
        form = useSmsCode(props, emit as never)
        return () => null
      },
    }),
  )
  return {
    props,
    errors,
    tickets,
    address: () => form!.address.value.value.value,
    typeAddress: (text: string) => form!.address.value.type(text),
    give: async (detail: unknown) => {
      void form!.phoneNumberGiven(detail)
      await settle()
    },
    message: () => form!.messages.message.value,
  }
}

describe('WeChat’s quick verification without a number', () => {
  test.each([
    'getPhoneNumber:fail user deny',
    'getPhoneNumber:fail:user deny',
    'getPhoneNumber:fail user denied',
    'getPhoneNumber:fail user cancel',
    'getPhoneNumber:fail cancel',
  ])('is nothing to tell of where the person has declined: %s', async (errMsg) => {
    const { give, message, errors } = quickForm()
    await give({ errMsg })
    expect([message(), errors]).toEqual([undefined, []])
  })

  test.each([
    ['no permission', { errMsg: 'getPhoneNumber:fail no permission' }],
    ['an account that is not entitled', { errMsg: 'getPhoneNumber:fail 该 appid 没有权限' }],
    [
      'privacy that was not accepted',
      { errMsg: 'getPhoneNumber:fail privacy permission is not authorized', errno: 104 },
    ],
    [
      'a scope that the privacy agreement lacks',
      { errMsg: 'getPhoneNumber:fail api scope is not declared in the privacy agreement', errno: 112 },
    ],
    ['no quota', { errMsg: 'getPhoneNumber:fail', errno: 1400001 }],
    ['an authorization that the system denies', { errMsg: 'getPhoneNumber:fail auth deny' }],
    ['a base library that knows no code yet', { errMsg: 'getPhoneNumber:ok', encryptedData: '…', iv: '…' }],
    ['an empty code', { errMsg: 'getPhoneNumber:ok', code: '' }],
    ['nothing at all', undefined],
    ['an empty event', {}],
  ])('says that an SMS will do: %s', async (_what, detail) => {
    const { give, message, errors } = quickForm()
    await give(detail)
    expect(message()).toMatchObject({ kind: 'error', key: 'quickUnavailable' })
    expect(errors).toEqual([{ errCode: '', errMsg: '微信手机号验证暂不可用，请使用短信验证码' }])
    expect(client.calls).toEqual([])
  })
})

describe('WeChat’s number that comes when another form is shown', () => {
  test.each([
    ['with its ticket', () => client.last().reply({ ticket: 'one', expiresIn: 300 })],
    ['with a refusal', () => client.last().refuse(cloudError('uni-sms-code-phone-number-fail', '获取手机号失败'))],
  ])('%s, is nothing for the form for e-mails', async (_what, answer) => {
    const { props, give, message, errors, tickets, address, typeAddress } = quickForm()
    await give({ code: 'of-wechat' })
    expect(client.last()).toMatchObject({ method: 'getPhoneNumber', params: { code: 'of-wechat', scene: 'login' } })
    props.channel = 'email'
    await settle()
    typeAddress('person@example.com')
    await answer()
    expect([message(), errors, tickets]).toEqual([undefined, [], []])
    expect(address()).toBe('person@example.com')
  })

  test('is not a ticket for another scene', async () => {
    const { props, give, message, tickets } = quickForm()
    await give({ code: 'of-wechat' })
    props.scene = 'register'
    await settle()
    await client.last().reply({ ticket: 'one', expiresIn: 300 })
    expect([message(), tickets]).toEqual([undefined, []])
    await give({ code: 'another' })
    await client.last().reply({ ticket: 'two', expiresIn: 300 })
    expect(tickets).toEqual(['two'])
  })

  test('is not asked for when WeChat answers to a form that is gone', async () => {
    const { props, give, message, errors } = quickForm()
    props.channel = 'email'
    await settle()
    await give({ code: 'of-wechat' })
    await give({ errMsg: 'getPhoneNumber:fail no permission' })
    expect([client.calls, message(), errors]).toEqual([[], undefined, []])
  })
})

test.each([
  ['the real-time one where it is wanted', true, true, 'getRealtimePhoneNumber'],
  ['the quick one where this WeChat knows no other', true, false, 'getPhoneNumber'],
  ['the quick one where nothing else is wanted', false, true, 'getPhoneNumber'],
])('WeChat’s button asks for a number: %s', (_what, isRealtime, isKnown, openType) => {
  const asked: string[] = []
  Object.assign(uni, { canIUse: (schema: string) => asked.push(schema) > 0 && isKnown })
  expect(quickOpenType(isRealtime)).toBe(openType)
  expect(asked).toEqual(isRealtime ? ['button.open-type.getRealtimePhoneNumber'] : [])
})

test('a person who declines the real-time verification is told nothing', async () => {
  const { give, message, errors } = quickForm()
  await give({ errMsg: 'getRealtimePhoneNumber:fail user deny' })
  expect([message(), errors]).toEqual([undefined, []])
  await give({ errMsg: 'getRealtimePhoneNumber:fail no permission' })
  expect(message()).toMatchObject({ kind: 'error', key: 'quickUnavailable' })
})

test('a clock that is days off has its own words, not those of a network that is down', async () => {
  const { typeMobile, press, message } = await smsCodePage(client)
  await typeMobile('13800138000')
  await press()
  await client.last().refuse(cloudError('InvalidTimestamp.Skewed', '"timestamp" has to be the current time'))
  expect(message().text()).toBe('设备时间不准确，请校准后重试')
})
