import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import AdminApp from '../../pages/admin/admin-app.vue'

const HOUR_MS = 3_600_000
const TEXT = JSON.stringify({ scene: { login: {} } })

let app: VueWrapper
let isSignedIn: boolean

function answer(path: string): Response {
  const hour = Date.now() - (Date.now() % HOUR_MS)
  const answers: Record<string, object> = {
    '/session': { isSignedIn },
    '/options': { groups: [] },
    '/config': { version: 'a', text: TEXT, isReadable: true, problems: [] },
    '/statistics': { hours: ['pay', 'login', ''].map((scene) => ({ scene, hour, counts: { refused: 1 } })) },
    '/sms': { budgets: [{ scene: 'register', sent: 12, limit: 10_000 }] },
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
