import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import AdminApp from '../../pages/admin/admin-app.vue'

const SITE = { hosts: ['localhost'], scenes: ['login'], whenNeeded: false }

let app: VueWrapper
/** The secrets that the server has made, in order. */
let made: string[]
/** What a request waits for before the server sees it, by method and path. */
let held: Record<string, Promise<void>>
/** What an answer waits for after the server has made it. */
let delayed: Record<string, Promise<void>>
let fetched: string[]

/** What the host's routes answer, as far as this page asks: two sites, each with two secrets or one. */
function answer(method: string, path: string, body: { siteKey?: string }): object {
  const makeSecret = () => {
    made.push(`secret-${made.length + 1}`)
    return { siteKey: body.siteKey || 'new', secret: made.at(-1)! }
  }
  const version = String(made.length)
  const answers: Record<string, () => object> = {
    'GET /session': () => ({ isSignedIn: true }),
    'GET /options': () => ({ groups: [] }),
    'GET /config': () => ({ version, text: '{}', isReadable: true, problems: [] }),
    'GET /statistics': () => ({ hours: [] }),
    'GET /sms': () => ({ budgets: [] }),
    'GET /messages': () => ({ hours: [], costs: [], errors: [] }),
    'POST /preview': () => ({ version, problems: [], unknown: [], changes: [], preview: null }),
    'GET /sites': () => ({
      sites: [
        { ...SITE, siteKey: 'shop', secrets: 1 },
        { ...SITE, siteKey: 'forum', secrets: 2 },
      ],
    }),
    'GET /versions': () => ({ versions: [] }),
    'POST /sites': makeSecret,
    'POST /sites/rotate': makeSecret,
  }
  return answers[`${method} ${path.split('?')[0]}`]!()
}

beforeEach(async () => {
  made = []
  held = {}
  delayed = {}
  fetched = []
  vi.stubGlobal('uni', { getLocale: () => 'zh-Hans', onLocaleChange: () => {}, setLocale: () => {} })
  vi.stubGlobal('fetch', async (url: string, init: { method: string; body?: string }) => {
    const body = JSON.parse(init.body ?? '{}') as { siteKey?: string }
    const path = url.replace('/admin/api', '')
    const name = `${init.method} ${path.split('?')[0]}`
    fetched.push(name)
    await held[name]
    const answered = Response.json(answer(init.method, path, body))
    await delayed[name]
    return answered
  })
  app = mount(AdminApp, { attachTo: document.body })
  await flushPromises()
  await click('站点')
})
afterEach(() => {
  app.unmount()
  vi.unstubAllGlobals()
})

async function click(name: string): Promise<void> {
  const button = app.findAll('button').find((one) => (one.attributes('aria-label') ?? one.text()) === name)
  if (!button) throw new Error(`there is no button ${name}`)
  await button.trigger('click')
  await flushPromises()
}

async function create(): Promise<void> {
  await app.get('.admin-site-form').trigger('submit')
  await flushPromises()
}

async function answerQuestion(isAgreed: boolean): Promise<void> {
  await app.get(isAgreed ? '.admin-confirm__yes' : '.admin-confirm__no').trigger('click')
  await flushPromises()
}

const shown = () => (app.get('#admin-site-secret').element as HTMLInputElement).value
const question = () => app.get('#admin-confirm-text').text()

test('a secret that is not put away stays when another one is asked for, until the administrator agrees to lose it', async () => {
  await click('轮换密钥：shop')
  expect(shown()).toBe('secret-1')

  await click('轮换密钥：shop')
  expect(question()).toBe('站点 shop 的新密钥还没有收好，之后不再显示。')
  await answerQuestion(false)
  expect(shown()).toBe('secret-1')
  expect(made, 'the server was not asked').toEqual(['secret-1'])

  await click('轮换密钥：shop')
  await answerQuestion(true)
  expect(shown()).toBe('secret-2')
})

test('a site that is created meanwhile keeps what was typed until the secret before it is put away', async () => {
  await click('轮换密钥：shop')
  await click('新建站点')
  const hosts = () => app.get('#admin-site-hosts')
  await hosts().setValue('example.com')
  await create()
  expect(question()).toBe('站点 shop 的新密钥还没有收好，之后不再显示。')
  await answerQuestion(false)
  expect((hosts().element as HTMLTextAreaElement).value).toBe('example.com')
  expect(shown()).toBe('secret-1')

  await click('我已保存')
  await create()
  expect(question()).toBe('')
  expect(shown()).toBe('secret-2')
})

test('a rotation that ends the oldest secret says both what ends and what is lost', async () => {
  await click('轮换密钥：shop')
  await click('轮换密钥：forum')
  expect(question()).toContain('最早的密钥将立即失效')
  await answerQuestion(true)
  expect(question()).toBe('站点 shop 的新密钥还没有收好，之后不再显示。')
  await answerQuestion(false)
  expect(made).toEqual(['secret-1'])
  expect(shown()).toBe('secret-1')
})

test('what the page creates itself is not told as a change of another person, whatever is answered first', async () => {
  const hold = (): [Promise<void>, () => void] => {
    let release = () => {}
    return [new Promise((resolve) => (release = resolve)), () => release()]
  }
  const [preview, releasePreview] = hold()
  const [creation, releaseCreation] = hold()
  const [config, releaseConfig] = hold()
  fetched = []
  held['POST /preview'] = preview
  await click('轮换密钥：shop')
  await vi.waitFor(() => expect(fetched).toContain('POST /preview'))
  await click('我已保存')

  delayed['POST /sites'] = creation
  await click('新建站点')
  await create()
  // Something else that the page does meanwhile, and that ends sooner.
  await click('历史')
  await click('站点')
  delayed['GET /config'] = config
  releasePreview()
  await flushPromises()
  delete delayed['GET /config']
  releaseCreation()
  await flushPromises()
  releaseConfig()
  await flushPromises()
  expect(app.find('.admin-save__stale').exists()).toBe(false)
  expect(app.get('.admin__notice--success').text()).toContain('站点已创建')
})
