// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://vue2-weixin.test/" }
// An address of its own gives the file a process of its own: the engine boots one application in each.
import { createRequire } from 'node:module'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { readAnswer, wrongFor } from '../../e2e/support/codes'
import { startHostProcess, type HostProcess } from '../../e2e/support/host-process'
import { codeFor, freshMobile } from '../../e2e/support/sms'
import { readCells } from '../../e2e/support/taps'
import { bootMiniProgram, findNode, type SimulatedNode } from '../../e2e/support/weixin'
import { makeVue2Project, type Vue2Project } from './project'

import type { Files } from '../../support/project'

/** The engine takes each component of a Vue 2 build once: everything is on one page. */
const PAGE: Files = {
  'pages.json': { pages: [{ path: 'pages/all/all' }], globalStyle: { navigationBarTitleText: 'all' } },
  'pages/all/all.vue': `
    <template>
      <view>
        <verify-form class="register" scene="register" />
        <verify-form class="arithmetic" scene="arithmetic" />
        <verify-form class="tap" scene="tap" />
        <button class="open" @click="open">open</button>
        <text class="page__said">{{ said }}</text>
        <uni-popup-captcha ref="popup" v-model="captcha" class="popup" scene="test" @confirm="confirm" @cancel="cancel" />
        <uni-sms-code class="sms" :mobile.sync="mobile" :ticket.sync="ticket" scene="register" verify quick />
        <text class="ticket">{{ mobile }} {{ ticket.length }}</text>
      </view>
    </template>
    <script>
    import VerifyForm from '../../components/verify-form.vue'
    export default {
      components: { VerifyForm },
      data: () => ({ captcha: '', said: '', mobile: '', ticket: '' }),
      methods: {
        open() {
          this.$refs.popup.open()
        },
        confirm() {
          const demo = uniCloud.importObject('uni-captcha-demo', { customUI: true })
          demo.verify({ scene: 'test', captcha: this.captcha }).then(({ errMsg }) => (this.said = errMsg))
        },
        cancel() {
          this.said = 'cancelled'
        },
      },
    }
    </script>`,
}

const exparser = createRequire(import.meta.url)('miniprogram-exparser') as {
  Event: {
    create: (name: string, detail: object, options: object) => object
    dispatchEvent: (target: object, event: object) => void
  }
}
let page: SimulatedNode
let project: Vue2Project
let host: HostProcess
let phone: ReturnType<typeof bootMiniProgram>

beforeAll(async () => {
  project = makeVue2Project(PAGE)
  await project.build('mp-weixin')
  host = await startHostProcess(['--dev'])
  phone = bootMiniProgram(host.url, project.getOutput('mp-weixin'))
  page = phone.openPage('all')
})
afterAll(async () => {
  page?.detach()
  await host?.dispose()
  project?.dispose()
})

/** Selectors reach into one component: each of `within` is one in which the next is looked for. */
function at(...within: string[]): SimulatedNode {
  return within.reduce((node, selector) => findNode(node, selector), page)
}

/** What an input says of itself; in WeChat it does not bubble. */
function report(node: SimulatedNode, event: 'input' | 'confirm', value: string): void {
  const { _exparserNode: target } = node as unknown as { _exparserNode: object }
  exparser.Event.dispatchEvent(target, exparser.Event.create(event, { value }, { bubbles: false, composed: false }))
}

/** A captcha in the component that `within` leads to. */
function captchaIn(...within: string[]) {
  const captcha = () => at(...within)
  const source = () => String(captcha().querySelector('.uni-captcha__image')?.data['src'] ?? '')
  return {
    drawn: async (before = '') => {
      await expect
        .poll(() => source() !== before && !captcha().querySelector('.uni-captcha__spinner') && source())
        .toMatch(/^data:image\/png;base64,/)
      return source()
    },
    tap: () => findNode(captcha(), '.uni-captcha__picture').dispatchEvent('tap'),
    type: (value: string) => report(findNode(captcha(), '.uni-captcha__input'), 'input', value),
    typed: () => findNode(captcha(), '.uni-captcha__input').data['value'],
    confirm: (value: string) => report(findNode(captcha(), '.uni-captcha__input'), 'confirm', value),
  }
}

const says = (text: string, ...within: string[]) =>
  expect.poll(() => at(...within, '.page__said').dom.textContent).toContain(text)

describe('the plugins in a project of Vue 2, built for WeChat', () => {
  test('draw a captcha, replace it by a tap, refuse a wrong answer and take the right one', async () => {
    const { drawn, tap, type, typed, confirm } = captchaIn('.register', '.captcha')
    const submit = () => at('.register', '.submit').dispatchEvent('tap')
    const before = await drawn()
    type('abc')
    tap()
    const refreshed = await drawn(before)
    await expect.poll(typed).toBe('')
    type(wrongFor(readAnswer(host.dataDir, 'register')))
    submit()
    await says('验证码错误', '.register')
    await drawn(refreshed)
    confirm(readAnswer(host.dataDir, 'register'))
    await says('验证通过', '.register')
  })

  test('show a sum, with the keyboard of digits', async () => {
    const { drawn, type } = captchaIn('.arithmetic', '.captcha')
    await drawn()
    type(readAnswer(host.dataDir, 'arithmetic'))
    at('.arithmetic', '.submit').dispatchEvent('tap')
    await says('验证通过', '.arithmetic')
  })

  test('take taps on the characters of a picture', async () => {
    const view = () => at('.tap', '.captcha').querySelector('.uni-captcha__tap')
    await expect.poll(() => view()?.querySelector('.uni-captcha__tap-image')?.data['src']).toMatch(/^data:/)
    const tap = (cell: number) => view()!.querySelectorAll('.uni-captcha__tap-target')[cell - 1]!.dispatchEvent('tap')
    const words = () => view()!.querySelector('.uni-captcha__tap-words')!.dom.textContent
    const cells = readCells(host.dataDir, 'tap')
    for (const cell of [...cells].reverse()) tap(cell)
    await expect.poll(words).toBe('已选 4/4')
    const undo = findNode(view(), '.uni-captcha__tap-button')
    for (let undone = 0; undone < 4; undone++) undo.dispatchEvent('tap')
    await expect.poll(words).toBe('依次点击上方的四个字符')
    for (const cell of cells) tap(cell)
    at('.tap', '.submit').dispatchEvent('tap')
    await says('验证通过', '.tap')
  })

  test('open a popup, cancel it, and confirm it', async () => {
    const { drawn, type } = captchaIn('.popup', '.vue-ref')
    const button = (selector: string) => at('.popup', selector).dispatchEvent('tap')
    at('.open').dispatchEvent('tap')
    await drawn()
    button('.uni-popup-captcha__button')
    await says('cancelled')
    at('.open').dispatchEvent('tap')
    await drawn()
    type(readAnswer(host.dataDir, 'test'))
    button('.uni-popup-captcha__button--main')
    await says('验证通过')
  })

  test('send a code by SMS for a captcha, and verify it', async () => {
    const mobile = freshMobile()
    const form = (selector: string) => at('.sms', selector)
    const message = () => form('.uni-sms-code__message').dom.textContent
    const { drawn, confirm } = captchaIn('.sms', '.vue-ref', '.vue-ref')
    report(form('.uni-sms-code__mobile'), 'input', mobile)
    form('.uni-sms-code__send').dispatchEvent('tap')
    await drawn()
    confirm(readAnswer(host.dataDir, 'register'))
    await expect.poll(message).toContain('验证码已发送')
    report(form('.uni-sms-code__code'), 'input', await codeFor(host, mobile))
    await expect.poll(message).toContain('验证成功')
    await expect.poll(() => at('.ticket').dom.textContent).toMatch(new RegExp(`^${mobile} [1-9]`))
  })
})
