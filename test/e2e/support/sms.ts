import { get } from 'node:http'

import { captchaOn, inputsReportAtOnce } from './captcha-page'
import { readAnswer } from './codes'

import type { Page } from 'playwright-core'
import type { HostProcess } from './host-process'

let made = 0

/** A mobile number that nothing was sent to yet. */
export function freshMobile(): string {
  return `139${String(Date.now() % 10_000).padStart(4, '0')}${String(++made).padStart(4, '0')}`
}

/** The last message to a number, as the person at the host reads it. Throws when there is none. */
export async function codeFor(host: HostProcess, mobile: string): Promise<string> {
  const message = (await messagesTo(host, mobile))[0]
  if (!message) throw new Error('no message was sent to this number')
  return message.code
}

/** Every message to a number, the newest first. */
export async function messagesTo(host: HostProcess, mobile: string): Promise<{ code: string; scene: string }[]> {
  const { text } = await download(`${host.url}/development/sms`, { accept: 'application/json' })
  const { messages } = JSON.parse(text) as { messages: { mobile: string; code: string; scene: string }[] }
  return messages.filter((message) => message.mobile === mobile)
}

/** What is at an address. Not `fetch`, which is a page's in tests with a document. */
export function download(url: string, headers: Record<string, string> = {}): Promise<{ type: string; text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, async (response) => {
      let text = ''
      for await (const chunk of response) text += String(chunk)
      resolve({ type: response.headers['content-type'] ?? '', text })
    }).on('error', reject)
  })
}

/** A wrong code of the same length. */
export function wrongCodeFor(code: string): string {
  return code.replace(/\d/g, (digit) => String((Number(digit) + 1) % 10))
}

/** What a person sees of the SMS component on a page, and does with it. */
export function smsCodeOn(page: Page) {
  const mobile = page.locator('.uni-sms-code__mobile input')
  const code = page.locator('.uni-sms-code__code input')
  const send = page.locator('.uni-sms-code__send')
  const captcha = captchaOn(page, '.uni-popup-captcha')
  const message = page.locator('.uni-sms-code__message')
  const says = (text: string) => message.filter({ hasText: text }).waitFor()
  const askFor = async (number: string) => {
    await inputsReportAtOnce(page)
    await mobile.fill(number)
    await inputsReportAtOnce(page)
    await send.click()
  }
  const answerCaptcha = async (text: string) => {
    await captcha.source()
    await captcha.input.fill(text)
    await captcha.input.press('Enter')
  }
  return {
    mobile,
    code,
    send,
    captcha,
    message,
    says,
    askFor,
    answerCaptcha,
    label: () => send.innerText(),
    isOff: async () => (await send.getAttribute('aria-disabled')) === 'true',
    hasFocus: (field: typeof mobile) => field.evaluate((input) => input === document.activeElement),
    /** all the way to a message that was sent */
    receive: async (host: HostProcess, number: string, scene: string) => {
      await askFor(number)
      await captcha.source()
      await answerCaptcha(readAnswer(host.dataDir, scene))
      await says('验证码已发送')
      return codeFor(host, number)
    },
    enter: async (text: string) => {
      await inputsReportAtOnce(page)
      await code.fill(text)
    },
  }
}
