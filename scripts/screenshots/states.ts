// What pages look like in each state, beside their first look. Words are left out of the selectors: each state is taken
// in several languages.
import type { Page, Route } from 'playwright-core'

import { answerWrong, failToLogIn, fill, openPopup, pagePath } from './scenes'
import { drawn, type Scene, type SceneTools } from './stage'

const CLOUD = '**/unicloud/client'
const answered = (errCode: string, more: object = {}) => ({
  json: { success: true, data: { errCode, errMsg: 'What the server says is here.', ...more } },
})

type State = Pick<Scene, 'path' | 'act'>

/** A state of the captcha on the register page, made by what the cloud answers to the next picture. */
function onRegister(selector: string, answer: (route: Route) => Promise<void> | void): State {
  return {
    path: pagePath('register'),
    act: async (page) => {
      await drawn(page)
      await page.route(CLOUD, answer)
      await page.locator('.uni-captcha__picture').click()
      await page.locator(selector).waitFor()
    },
  }
}

let numbers = 0

async function receiveCode(page: Page, { answerFor }: SceneTools): Promise<void> {
  await page.locator('.uni-sms-code__send').waitFor()
  await fill(
    page,
    '.uni-sms-code__mobile input',
    `138${String(process.pid % 10_000).padStart(4, '0')}${String(++numbers).padStart(4, '0')}`,
  )
  await page.locator('.uni-sms-code__send').click()
  await drawn(page)
  await fill(page, '.uni-popup-captcha .uni-captcha__input input', answerFor('register'))
  await page.locator('.uni-popup-captcha__button--main').click()
  await page.locator('.uni-sms-code__message--info').waitFor()
}

export const STATES: Record<string, State> = {
  'captcha-loading': onRegister('.uni-captcha__spinner', () => {}),
  'captcha-failed': onRegister('.uni-captcha__notice', (route) => route.abort()),
  'captcha-refused': onRegister('.uni-captcha__status--shown', (route) =>
    route.fulfill(answered('uni-captcha-create-fail')),
  ),
  'captcha-wait': onRegister('.uni-captcha__notice', (route) =>
    route.fulfill(answered('uni-captcha-too-many-requests', { retryAfter: 600 })),
  ),
  'captcha-expired': {
    path: pagePath('expiry'),
    act: async (page) => {
      await drawn(page)
      await page.locator('.uni-captcha__notice').waitFor()
    },
  },
  'captcha-replaced': {
    path: pagePath('expiry'),
    act: async (page) => {
      await drawn(page)
      await fill(page, '.uni-captcha__input input', 'ab')
      await page.locator('.uni-captcha__notice').waitFor()
      await fill(page, '.uni-captcha__input input', 'abc')
      await page.locator('.uni-captcha__status--shown').waitFor()
    },
  },
  'captcha-wrong': { path: pagePath('register'), act: answerWrong },
  'form-missing': {
    path: pagePath('register'),
    act: async (page) => {
      await drawn(page)
      await page.locator('.form__submit').click()
      await page.locator('.form__status--error').waitFor()
    },
  },
  'popup-open': { path: pagePath('popup'), act: openPopup },
  'popup-empty': {
    path: pagePath('popup'),
    act: async (page) => {
      await openPopup(page)
      await page.locator('.uni-popup-captcha__button--main').click()
      await page.locator('.uni-popup-captcha__hint').waitFor()
    },
  },
  'guard-asks': { path: pagePath('login'), act: failToLogIn },
  'guard-refuses': {
    path: pagePath('login'),
    act: async (page) => {
      await failToLogIn(page)
      await fill(page, '.uni-captcha__input input', 'xxxx')
      await page.locator('.uni-popup-captcha__button--main').click()
      await page.locator('.uni-popup-captcha__hint').waitFor()
      await drawn(page)
    },
  },
  'sum-missing': {
    path: pagePath('arithmetic'),
    act: async (page) => {
      await drawn(page)
      await page.locator('.form__submit').click()
      await page.locator('.form__status--error').waitFor()
    },
  },
  'proof-working': {
    path: pagePath('proof'),
    act: async (page) => {
      await drawn(page)
      await page.locator('.uni-captcha__link:visible').first().click()
      await page.locator('[role=progressbar]').first().waitFor()
    },
  },
  'proof-done': {
    path: pagePath('proof'),
    act: async (page) => {
      await page.locator('.uni-captcha__tick').first().waitFor()
    },
  },
  'sms-missing': {
    path: pagePath('sms-login'),
    act: async (page) => {
      await page.locator('.uni-sms-code__send').click()
      await page.locator('.uni-sms-code__message--error').waitFor()
    },
  },
  'sms-popup': {
    path: pagePath('sms-register'),
    act: async (page) => {
      await page.locator('.uni-sms-code__send').waitFor()
      await fill(page, '.uni-sms-code__mobile input', '13800138000')
      await page.locator('.uni-sms-code__send').click()
      await drawn(page)
    },
  },
  'sms-wrong': {
    path: pagePath('sms-register'),
    act: async (page, tools) => {
      await receiveCode(page, tools)
      await fill(page, '.uni-sms-code__code input', '000000')
      await page.locator('.uni-sms-code__message--error').waitFor()
    },
  },
  'sms-sent': { path: pagePath('sms-register'), act: receiveCode },
  'development-sms': {
    path: 'development/sms',
    act: async (page) => {
      await page.locator('h1').waitFor()
    },
  },
  'plain-web': {
    path: 'examples/web/',
    act: async (page) => {
      await page.locator('h1').waitFor()
      await page.waitForLoadState('networkidle')
    },
  },
}

async function openAdmin(page: Page, token: string, tab: number): Promise<void> {
  await page.locator('#admin-token').fill(token)
  await page.locator('#admin-name').fill('Ann')
  await page.locator('#admin-name').press('Enter')
  await page.locator('.admin-tiles').waitFor()
  await page.locator('.admin__tab').nth(tab).click()
}

const adminState = (tab: number, act: (page: Page) => Promise<void>): State => ({
  path: 'admin',
  act: async (page, { token }) => {
    await openAdmin(page, token, tab)
    await act(page)
  },
})

async function previewed(page: Page): Promise<void> {
  await page.locator('.admin-preview[aria-busy=false] img').first().waitFor()
}

export const ADMIN_STATES: Record<string, State> = {
  'admin-sign-in': {
    path: 'admin',
    act: async (page) => {
      await page.locator('#admin-token').waitFor()
    },
  },
  'admin-overview': adminState(0, async (page) => {
    await page.locator('.admin-overview[aria-busy=false]').waitFor()
  }),
  'admin-config': adminState(1, async (page) => {
    await previewed(page)
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)))
  }),
  'admin-scene': adminState(1, async (page) => {
    await previewed(page)
    await page.locator('#admin-new-scene').fill('login')
    await page.locator('#admin-new-scene').press('Enter')
    await page.locator('#admin-new-scene-problem').waitFor()
    await page.locator('.admin-try__open').click()
    await drawn(page)
  }),
  'admin-mistake': adminState(1, async (page) => {
    await previewed(page)
    await page.locator('#admin-width').fill('600')
    await page.locator('#admin-size').fill('9')
    await page.locator('.admin-field__problem').waitFor()
  }),
  'admin-question': adminState(1, async (page) => {
    await previewed(page)
    await page.locator('#admin-width').fill('200')
    await page.locator('.admin-save__buttons button').first().click()
    await page.locator('.admin-confirm__yes').waitFor()
  }),
  'admin-sites': adminState(2, async (page) => {
    await page.locator('.admin-sites__new').click()
    await page.locator('#admin-site-hosts').waitFor()
  }),
  'admin-site-secret': adminState(2, async (page) => {
    await page.locator('.admin-sites__new').click()
    await page.locator('#admin-site-hosts').fill('example.com')
    await page.locator('#admin-site-scenes').fill('login')
    await page.locator('.admin-save__buttons button[type=submit]').click()
    await page.locator('#admin-site-secret').waitFor()
  }),
  'admin-refused': adminState(3, async (page) => {
    await page.locator('.admin-refused__item').first().waitFor()
  }),
  'admin-history': adminState(4, async (page) => {
    await page.locator('.admin-audit li').first().waitFor()
  }),
}
