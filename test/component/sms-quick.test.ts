import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defineComponent } from 'vue'

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
  let form: ReturnType<typeof useSmsCode> | undefined
  const props = {
    scene: 'login',
    pattern: '^1\\d{10}$',
    countryCode: '86',
    verify: false,
    quick: true,
    realtime: false,
    channel: 'sms' as const,
  }
  const emit = (event: string, value: unknown) => void (event === 'error' && errors.push(value))
  mount(
    defineComponent({
      setup() {
        form = useSmsCode(
          { ...props, mobile: undefined, email: undefined, code: undefined, ticket: undefined },
          emit as never,
        )
        return () => null
      },
    }),
  )
  return {
    errors,
    give: async (detail: unknown) => {
      await form!.phoneNumberGiven(detail)
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
