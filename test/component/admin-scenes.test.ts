import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import AdminApp from '../../pages/admin/admin-app.vue'
import zhHans from '../../pages/admin/locale/zh-Hans.json'
import { REASONS } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/send/reasons'

import type { MessageError, MessageHour, MessageStatistics } from '../../uni_modules/uni-captcha/types/protocol'

const HOUR_MS = 3_600_000
const TEXT = JSON.stringify({ scene: { login: {} } })

let app: VueWrapper
let errors: MessageError[]
let sent: Pick<MessageStatistics, 'hours' | 'costs'>
let isSignedIn: boolean

function answer(path: string): Response {
  const hour = Date.now() - (Date.now() % HOUR_MS)
  const answers: Record<string, object> = {
    '/session': { isSignedIn },
    '/options': { groups: [] },
    '/config': { version: 'a', text: TEXT, isReadable: true, problems: [] },
    '/statistics': { hours: ['pay', 'login', ''].map((scene) => ({ scene, hour, counts: { refused: 1 } })) },
    '/sms': { budgets: [{ scene: 'register', sent: 12, limit: 10_000 }] },
    '/messages': { ...sent, errors },
    '/versions': { versions: [{ id: 'v1', replacedAt: 1, changes: [{ path: 'width', before: '1', after: '2' }] }] },
    '/audit': { entries: [] },
    '/preview': { version: 'a', problems: [], unknown: [], changes: [], preview: null },
    '/login': { error: { code: 'TooManyTries', message: '', retryAfter: 2 } },
  }
  return Response.json(answers[path], { status: path === '/login' ? 429 : 200 })
}

async function open(): Promise<void> {
  app = mount(AdminApp, { attachTo: document.body, global: { stubs: { StatisticsChart: true } } })
  await flushPromises()
}

beforeEach(() => {
  isSignedIn = true
  errors = []
  sent = { hours: [], costs: [] }
  vi.stubGlobal('uni', { getLocale: () => 'zh-Hans', onLocaleChange: () => {}, setLocale: () => {} })
  vi.stubGlobal('fetch', async (url: string) => answer(url.replace('/admin/api', '').split('?')[0]!))
})
afterEach(() => {
  app.unmount()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a scene that calls come for can be picked before it is configured, and is configured by the first change', async () => {
  await open()
  const options = app.findAll('#admin-scene option').map((option) => option.text())
  expect(options).toEqual(['全局配置（所有场景）', 'login', 'pay'])
  await app.get('#admin-scene').setValue('pay')
  expect((app.get('#admin-scene').element as HTMLSelectElement).value).toBe('pay')
  expect(app.text()).not.toContain('删除此场景的配置')
})

test.each([
  ['', '请输入场景名'],
  ['login', '已存在'],
  ['__proto__', '不能使用'],
])('a scene of the name "%s" is not added, and the page says why', async (name, reason) => {
  await open()
  await app.get('#admin-new-scene').setValue(name)
  await app.get('.admin-scenes__add').trigger('submit')
  expect(app.get('#admin-new-scene-problem').text()).toContain(reason)
  expect((app.get('#admin-json').element as HTMLTextAreaElement).value).toBe(TEXT)
})

test('who has to wait sees the seconds go, and then nothing', async () => {
  isSignedIn = false
  await open()
  vi.useFakeTimers()
  await app.get('#admin-token').setValue('wrong')
  await app.get('.admin-sign-in').trigger('submit')
  await vi.advanceTimersByTimeAsync(0)
  expect(app.get('.admin__notice').text()).toContain('请 2 秒后再试')
  await vi.advanceTimersByTimeAsync(1000)
  expect(app.get('.admin__notice').text()).toContain('请 1 秒后再试')
  await vi.advanceTimersByTimeAsync(1000)
  expect(app.find('.admin__notice').exists()).toBe(false)
})

test('the overview shows how much of each scene’s SMS budget is spent', async () => {
  await open()
  expect(app.get('.admin-budgets__item').text()).toBe('register12 / 10,000 条')
  expect(app.get('meter').attributes('aria-label')).toBe('register')
})

describe('the overview of a project that sends codes', () => {
  const lastHour = Date.UTC(2026, 0, 2, 3)
  const rows = () => app.findAll('.admin-message-errors__table tbody tr').map((row) => row.text())

  test('says why messages did not arrive, with the provider’s own code, and asks for the time that is shown', async () => {
    errors = [
      { provider: 'tencent', reason: 'noMoney', providerCode: 'FailedOperation.X', count: 1200, lastHour },
      { provider: 'aliyun', reason: 'unknown', providerCode: '', count: 1, lastHour },
      { provider: 'aliyun', reason: 'of-a-later-version', providerCode: 'A', count: 2, lastHour },
    ]
    const asked: URL[] = []
    const { fetch } = globalThis
    vi.stubGlobal('fetch', (url: string, init?: RequestInit) => {
      asked.push(new URL(url, 'http://host'))
      return fetch(url, init)
    })
    await open()
    const [noMoney, unknown, later] = rows()
    expect(noMoney).toMatch(/tencent欠费或套餐用完FailedOperation\.X1,200$/)
    expect(unknown).toMatch(/aliyun服务商没有明确答复，可能已发出–1$/)
    expect(later, 'a reason that this page does not know').toMatch(/aliyunof-a-later-versionA2$/)
    const { searchParams } = asked.find(({ pathname }) => pathname.endsWith('/messages'))!
    expect(Number(searchParams.get('to')) - Number(searchParams.get('from'))).toBeLessThanOrEqual(25 * 3_600_000)
  })

  test('adds up what became of messages by scene and channel, why some were not sent, and what they cost', async () => {
    const hour = Date.now() - (Date.now() % HOUR_MS)
    const none = { sent: 0, unknown: 0, refused: {}, verified: 0, wrong: 0, expired: 0 }
    const row = (channel: string, counts: Partial<MessageHour>): MessageHour => ({
      ...none,
      scene: 'register',
      channel,
      hour,
      ...counts,
    })
    sent = {
      hours: [
        row('sms', { sent: 1100, refused: { limit: 3, noMoney: 1 }, verified: 900 }),
        row('sms', { sent: 100, unknown: 2, refused: { limit: 2, budget: 7 }, wrong: 5, expired: 1 }),
        row('email', { sent: 4, verified: 4 }),
      ],
      costs: [{ scene: 'register', channel: 'sms', messages: 1202, price: 0.0455, cost: 54.691 }],
    }
    await open()
    const cells = app
      .findAll('.admin-messages__table tr')
      .map((one) => one.findAll('th, td').map((cell) => cell.text()))
    expect(cells).toEqual([
      ['场景', '已发出', '验证通过', '结果不明', '未发送', '答错', '过期后作答', '单价', '费用估算'],
      ['register', '1,200', '900', '2', '13', '5', '1', '0.0455', '54.691'],
      ['register（邮件）', '4', '4', '0', '0', '0', '0', '–', '–'],
    ])
    expect(app.get('.admin-messages__reasons').text()).toBe(
      '未发送的原因：本站的每日上限 7 · 本站的频率限制 5 · 欠费或套餐用完 1',
    )
  })

  test('says so when every message was sent', async () => {
    await open()
    expect(rows()).toEqual([])
    expect(app.get('.admin-message-errors [role=status]').text()).toBe('这段时间没有发送失败的短信。')
  })

  test.each(Object.keys({ ...REASONS, unknown: true }))('has words for the reason %s', (reason) => {
    expect(Object.keys(zhHans)).toContain(`messages.reason.${reason}`)
  })
})

test('what is not saved is given up only when the person agrees', async () => {
  await open()
  const json = () => app.get('#admin-json').element as HTMLTextAreaElement
  const edited = '{"width": 160}'
  const discard = () => app.findAll('.admin-save button').find((one) => one.text() === '放弃修改')!
  await app.get('#admin-json').setValue(edited)
  await discard().trigger('click')
  expect(app.get('#admin-confirm-text').text()).toBe('未保存的修改将会丢失。')
  await app.get('.admin-confirm__no').trigger('click')
  await flushPromises()
  expect(json().value).toBe(edited)
  await app.get('.admin__leave').trigger('click')
  await app.get('.admin-confirm__no').trigger('click')
  await flushPromises()
  expect(json().value, 'leaving asks, too').toBe(edited)
  await discard().trigger('click')
  await app.get('.admin-confirm__yes').trigger('click')
  await flushPromises()
  expect(json().value).toBe(TEXT)
})

test('a version is restored only when the person agrees', async () => {
  await open()
  await app
    .findAll('.admin__tab')
    .find((one) => one.text() === '历史')!
    .trigger('click')
  await flushPromises()
  const requests: string[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    requests.push(`${init.method} ${url}`)
    return answer(url.replace('/admin/api', '').split('?')[0]!)
  })
  await app.get('.admin-history__back').trigger('click')
  expect(app.get('#admin-confirm-text').text()).toContain('立即对所有进程生效')
  await app.get('.admin-confirm__no').trigger('click')
  await flushPromises()
  expect(requests).toEqual([])
  await app.get('.admin-history__back').trigger('click')
  await app.get('.admin-confirm__yes').trigger('click')
  await flushPromises()
  expect(requests[0]).toBe('POST /admin/api/versions/restore')
})
