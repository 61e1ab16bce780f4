import { openTemporaryDatabase } from './cloud-database'
import type { Bench } from './captchas'
import { captchasOn, drawn, storesOn } from './captchas'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { networkOf } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/network/address'
import type { Sent } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/answers'
import type { Failure } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/errors'
import type { Deps } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/deps'
import type {
  PhoneNumberOutcome,
  SendOutcome,
  SmsMessage,
} from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/provider'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { createRecorder } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/statistics/recorder'
import type { SmsCodes } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/sms-codes'
import { createSmsCodes } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/sms-codes'

export const SECRET = 'a secret of the tests, long enough for a key'
export const MOBILE = '13800138000'
/** when every bench begins, epoch milliseconds */
export const START = 1_800_000_000_000

export interface SmsBench extends SmsCodes {
  captchas: Bench
  clock: { now: number }
  /** what config.json holds */
  config: Record<string, unknown>
  /** everything that was handed to the provider, in order */
  messages: SmsMessage[]
  /** what the provider answers to the next message and all after it */
  provider: { answers(message: SmsMessage): SendOutcome | Promise<SendOutcome> }
  phoneNumber: { answers(code: string): PhoneNumberOutcome }
  /** draws a captcha for the device and answers what to type */
  solve(deviceId: string, scene?: string): Promise<string>
  /** a send with a captcha that is right */
  send(change?: Partial<Extract<Parameters<SmsCodes['sendCode']>[0], { mobile: string }>>): Promise<Sent | Failure>
  /** the code of the last message */
  lastCode(): string
}

/** The module's own parts on a database; clock, configuration and the provider's answers are in the test's hand. */
export function smsCodesOn(database: CloudDatabase, change: Partial<Deps> = {}): SmsBench {
  const captchas = captchasOn(database)
  const { clock } = captchas
  clock.now = START
  const stores = storesOn(database, () => clock.now)
  const config: Record<string, unknown> = {
    provider: 'tencent',
    scene: { register: {}, login: {}, open: { captcha: 'frequent' } },
  }
  const messages: SmsMessage[] = []
  const provider: SmsBench['provider'] = { answers: () => ({ kind: 'sent' }) }
  const phoneNumber: SmsBench['phoneNumber'] = {
    answers: () => ({ kind: 'number', mobile: MOBILE, countryCode: '86' }),
  }
  const codes = createSmsCodes({
    stores: () => stores,
    verifyCaptcha: captchas.verify,
    networkOf,
    config: () => config,
    secret: () => SECRET,
    openProvider: async () => ({
      send: async (message) => {
        messages.push(message)
        return provider.answers(message)
      },
    }),
    openEmailProvider: async () => ({ send: async () => ({ kind: 'refused', reason: 'account' }) }),
    exchangePhoneNumber: async (code) => phoneNumber.answers(code),
    recorder: createRecorder({ countMessages: async () => {}, metrics: () => ({}), now: () => clock.now }),
    hooks: () => ({}),
    caller: () => ({}),
    randomBytes: cryptoBytes,
    now: () => clock.now,
    ...change,
  })
  const solve = async (deviceId: string, scene = 'register') => {
    drawn(await captchas.create({ scene, deviceId }))
    return captchas.answer(scene, deviceId)
  }
  return {
    ...codes,
    captchas,
    clock,
    config,
    messages,
    provider,
    phoneNumber,
    solve,
    async send(request = {}) {
      const { scene = 'register', deviceId = 'phone' } = request
      const captcha = await solve(deviceId, scene)
      return codes.sendCode({ mobile: MOBILE, scene, deviceId, captcha, ...request })
    },
    lastCode() {
      const last = messages[messages.length - 1]
      if (!last) throw new Error('no message was sent')
      return last.code
    },
  }
}

/** On the host's embedded database, on a file of its own. */
export function openSmsCodes(change: Partial<Deps> = {}): SmsBench & { database: CloudDatabase; close(): void } {
  const { database, close } = openTemporaryDatabase()
  return { ...smsCodesOn(database, change), database, close }
}

/** Any code but this one. */
export function otherThan(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0')
}
