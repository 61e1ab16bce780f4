import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import AdminApp from '../../pages/admin/admin-app.vue'

type Rule = { network: string; action: string; until?: string; note?: string }
type Config = { width?: number; rules?: Rule[] }

let app: VueWrapper
let config: Config
let asked: string[]

/** What the host's routes answer, as far as this page asks; `config` is what is live. */
function answer(method: string, path: string, body: Rule): object {
  asked.push(`${method} ${path.split('?')[0]}`)
  const text = JSON.stringify(config, null, 2)
  const answers: Record<string, () => object> = {
    'GET /session': () => ({ isSignedIn: true }),
    'GET /options': () => ({ groups: [] }),
    'GET /config': () => ({ version: text, text, isReadable: true, problems: [] }),
    'GET /statistics': () => ({ hours: [] }),
    'GET /sms': () => ({ budgets: [] }),
    'GET /messages': () => ({ hours: [], costs: [], errors: [] }),
    'POST /preview': () => ({ version: text, problems: [], unknown: [], changes: [], preview: null }),
    'GET /refused': () => ({
      networks: [
        { network: '203.0.113.0/24', count: 1200 },
        { network: '2001:db8::/48', count: 3 },
      ],
      devices: [{ device: '0123456789abcdef', count: 9 }],
    }),
    'POST /rules': () => {
      const others = (config.rules ?? []).filter(({ network }) => network !== body.network)
      config = { ...config, rules: [body, ...others] }
      return { version: JSON.stringify(config) }
    },
    'POST /rules/remove': () => {
      config = { ...config, rules: (config.rules ?? []).filter(({ network }) => network !== body.network) }
      return { version: JSON.stringify(config) }
    },
  }
  return answers[`${method} ${path.split('?')[0]}`]!()
}

beforeEach(async () => {
  config = { width: 150 }
  asked = []
  vi.stubGlobal('uni', { getLocale: () => 'zh-Hans', onLocaleChange: () => {}, setLocale: () => {} })
  vi.stubGlobal('fetch', async (url: string, init: { method: string; body?: string }) => {
    const body = JSON.parse(init.body ?? '{}') as Rule
    return Response.json(answer(init.method, url.replace('/admin/api', ''), body))
  })
  app = mount(AdminApp, { attachTo: document.body })
  await flushPromises()
})
afterEach(() => {
  app.unmount()
  vi.unstubAllGlobals()
})

async function click(name: string): Promise<void> {
  const button = app
    .findAll('button')
    .find((one) => (one.attributes('aria-label') ?? one.text()) === name && one.isVisible())
  if (!button) throw new Error(`there is no button ${name}`)
  await button.trigger('click')
  await flushPromises()
}

const items = () => app.findAll('.admin-refused__item')

test('an administrator denies the network that is refused most with one click, for a day, and lets it in again', async () => {
  await click('拒绝')
  expect(items().map((item) => [item.get('code').text(), item.get('b').text()])).toEqual([
    ['203.0.113.0/24', '1,200 次'],
    ['2001:db8::/48', '3 次'],
    ['0123456789abcdef', '9 次'],
  ])
  const before = Date.now()
  await click('拒绝：203.0.113.0/24')
  expect(config.rules).toMatchObject([{ network: '203.0.113.0/24', action: 'deny' }])
  const lastsMs = Date.parse(config.rules![0]!.until!) - before
  expect(Math.round(lastsMs / 3_600_000)).toBe(24)
  expect(app.text()).toContain('203.0.113.0/24 的规则已生效')
  expect(items()[0]?.text()).toContain('已拒绝')

  await click('移除规则：203.0.113.0/24')
  expect(config.rules).toEqual([])
  expect(app.text()).toContain('没有规则')
})

test('a rule for a network of one’s own is added with its note, until it is removed', async () => {
  await click('拒绝')
  await app.get('#admin-lasting').setValue('0')
  await app.get('#admin-rule-network').setValue(' 198.51.100.7 ')
  await app.get('#admin-rule-action').setValue('allow')
  await app.get('#admin-rule-note').setValue('办公室')
  await app.get('.admin-rules__add').trigger('submit')
  await flushPromises()
  expect(config.rules).toEqual([{ network: '198.51.100.7', action: 'allow', until: '', note: '办公室' }])
  expect((app.get('#admin-rule-network').element as HTMLInputElement).value).toBe('')
})

test('what is being edited is kept when a rule is set, takes the rule over, and is in no conflict', async () => {
  await click('配置')
  await app.get('#admin-json').setValue('{ "width": 155 }')
  await click('拒绝')
  await click('始终验证：2001:db8::/48')
  expect(config.width).toBe(150)
  const edited = JSON.parse((app.get('#admin-json').element as HTMLTextAreaElement).value) as Config
  expect(edited).toMatchObject({ width: 155, rules: [{ network: '2001:db8::/48', action: 'captcha' }] })
  expect(app.find('.admin-save__stale').exists()).toBe(false)
})

test('of two answers the one that was asked for last is shown, in whatever order they come', async () => {
  await click('拒绝')
  const { fetch } = globalThis
  const waiting: ((count: number) => void)[] = []
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    if (!url.includes('/refused?')) return fetch(url, init)
    return new Promise<Response>((resolve) => {
      waiting.push((count) =>
        resolve(Response.json({ networks: [{ network: '198.51.100.0/24', count }], devices: [] })),
      )
    })
  })
  await app.get('#admin-refused-days').setValue('7')
  await app.get('#admin-refused-days').setValue('30')
  expect(waiting).toHaveLength(2)
  waiting[1]!(30)
  await flushPromises()
  waiting[0]!(7)
  await flushPromises()
  expect(items().map((item) => item.get('b').text())).toEqual(['30 次'])
})

test('a week that is asked for after a month is the overview’s, though the month is answered later', async () => {
  const { fetch } = globalThis
  const waiting: ((response: Response) => void)[] = []
  vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
    url.includes('/statistics?') ? new Promise<Response>((resolve) => waiting.push(resolve)) : fetch(url, init),
  )
  const counts = (created: number) => ({
    hours: [{ scene: 'login', hour: Date.now() - 3_600_000, counts: { created } }],
  })
  const span = app.get('#admin-span')
  await span.setValue('month')
  await span.setValue('week')
  expect(waiting).toHaveLength(2)
  waiting[1]!(Response.json(counts(7)))
  await flushPromises()
  expect(app.get('.admin-overview').attributes('aria-busy')).toBe('true')
  waiting[0]!(new Response('{}', { status: 500 }))
  await flushPromises()
  expect(app.get('.admin-overview').attributes('aria-busy')).toBe('false')
  expect(app.get('.admin-statistics__table').text()).toContain('login')
  expect(app.find('.admin__notice--error').exists()).toBe(false)
})
