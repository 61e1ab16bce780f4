import SmsCodePage from '../pages/sms-code-page.vue'
import { installClient, settle } from './client'
import { mountPage } from './mount'

/** One call of the SMS cloud object, held until the test answers it. */
interface SmsCall {
  method: string
  params: Record<string, unknown>
  reply: (answer?: Record<string, unknown>) => Promise<void>
  refuse: (error: unknown) => Promise<void>
}

/** As `installClient`, with `uni-sms-code-co` beside it and a storage that outlives a page. */
export function installSmsClient() {
  const captcha = installClient()
  const imageObject = uniCloud.importObject('uni-captcha-co')
  const calls: SmsCall[] = []
  const storage = new Map<string, unknown>()
  const hold = (method: string) => (params: Record<string, unknown>) =>
    new Promise((resolve, reject) => {
      calls.push({
        method,
        params,
        reply: async (answer) => {
          resolve({ errCode: 0, errMsg: '', ...answer })
          await settle()
        },
        refuse: async (error) => {
          reject(error)
          await settle()
        },
      })
    })
  const smsObject = {
    sendSmsCode: hold('sendSmsCode'),
    verifySmsCode: hold('verifySmsCode'),
    sendEmailCode: hold('sendEmailCode'),
    verifyEmailCode: hold('verifyEmailCode'),
    getPhoneNumber: hold('getPhoneNumber'),
  }
  Object.assign(uniCloud, { importObject: (name: string) => (name === 'uni-sms-code-co' ? smsObject : imageObject) })
  Object.assign(uni, {
    getStorageSync: (key: string) => structuredClone(storage.get(key) ?? ''),
    setStorageSync: (key: string, value: unknown) => void storage.set(key, structuredClone(value)),
  })
  return { ...captcha, pictures: captcha.calls, calls, storage, last: () => calls.at(-1) as SmsCall }
}

export type SmsClient = ReturnType<typeof installSmsClient>

/** A page with the component, and a user in front of it. */
export async function smsCodePage(client: SmsClient, props: Record<string, unknown> = {}) {
  const page = await mountPage(SmsCodePage, props)
  const input = (name: string) => page.get<HTMLInputElement>(`.uni-sms-code__${name} input`).element
  const sendButton = () => page.get('.uni-sms-code__send')
  const popup = () => page.get<HTMLElement>('.uni-popup-captcha')
  const type = async (field: HTMLInputElement, text: string) => {
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
    await settle()
  }
  const press = async () => {
    await sendButton().trigger('click')
    await settle()
  }
  return {
    page,
    vm: page.vm,
    mobileInput: () => input('mobile'),
    codeInput: () => input('code'),
    addressInput: () => input('address'),
    typeAddress: (text: string) => type(input('address'), text),
    typeMobile: (text: string) => type(input('mobile'), text),
    typeCode: (text: string) => type(input('code'), text),
    sendButton,
    press,
    label: () => sendButton().text(),
    isOff: () => sendButton().attributes('aria-disabled') === 'true',
    message: () => page.get('.uni-sms-code__message'),
    announcement: () => page.get('.uni-sms-code__announcement').text(),
    isAskingForCaptcha: () => popup().element.style.display !== 'none',
    answerCaptcha: async (text: string) => {
      await client.pictures.at(-1)?.reply()
      await type(page.get<HTMLInputElement>('.uni-captcha__input input').element, text)
      await page.get('.uni-popup-captcha__button--main').trigger('click')
      await settle()
    },
    cancelCaptcha: async () => {
      await page.get('.uni-popup-captcha__button').trigger('click')
      await settle()
    },
    popupHint: () => page.get('.uni-popup-captcha__hint').text(),
    /** a number, a press, and the server's yes */
    sendTo: async (mobile: string, answer: Record<string, unknown> = { retryAfter: 60 }) => {
      await type(input('mobile'), mobile)
      await press()
      await client.last().reply(answer)
    },
  }
}
