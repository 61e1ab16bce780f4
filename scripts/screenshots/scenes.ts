// What the documentation shows, by the name of its picture.
import type { Page } from 'playwright-core'

import { drawn, type Scene, type SceneTools } from './stage'

const DESKTOP = { width: 1200, height: 620 }
/** uni's input reports what is typed up to this much later. */
const INPUT_DELAY_MS = 150

export const pagePath = (name: string) => `#/pages/${name}/${name}`

export const SCENES: Record<string, Scene> = {
  register: { path: pagePath('register') },
  'register-dark': { path: pagePath('register'), colorScheme: 'dark' },
  'register-wrong': { path: pagePath('register'), act: answerWrong },
  'register-desktop': { path: pagePath('register'), viewport: { width: 1024, height: 640 }, scale: 1 },
  popup: { path: pagePath('popup'), act: openPopup },
  'popup-dark': { path: pagePath('popup'), colorScheme: 'dark', act: openPopup },
  'login-guard': { path: pagePath('login'), act: failToLogIn },
  'sms-register': { path: pagePath('sms-register'), act: receiveCode },
  proof: { path: pagePath('proof'), viewport: { width: 390, height: 760 }, act: startProof },
  'proof-slide': { path: pagePath('proof'), viewport: { width: 390, height: 240 }, act: slidePart },
  'tap-form': { path: pagePath('tap'), viewport: { width: 390, height: 540 }, act: tapTwice },
  admin: { path: 'admin', viewport: DESKTOP, scale: 1, act: signIn },
  'admin-messages': { path: 'admin', viewport: DESKTOP, scale: 1, act: showMessages },
  'admin-dark': { path: 'admin', viewport: DESKTOP, scale: 1, colorScheme: 'dark', act: signIn },
}

export async function fill(page: Page, selector: string, text: string): Promise<void> {
  await page.locator(selector).fill(text)
  await page.waitForTimeout(INPUT_DELAY_MS)
}

export async function answerWrong(page: Page): Promise<void> {
  await drawn(page)
  await fill(page, '.credentials__name input', 'lily')
  await fill(page, '.credentials__password input', 'hunter2')
  await fill(page, '.uni-captcha__input input', 'xxxx')
  await page.locator('.form__submit').click()
  await page.locator('.form__status--error').waitFor()
  await drawn(page)
}

export async function openPopup(page: Page): Promise<void> {
  await page.locator('.form__submit').click()
  await drawn(page)
}

export async function failToLogIn(page: Page): Promise<void> {
  await fill(page, '.credentials__name input', 'lily')
  const popup = page.locator('.uni-popup-captcha__panel')
  // Sooner where this name has failed before, on another page.
  for (let time = 0; time < 4 && !(await popup.isVisible()); time++) {
    await fill(page, '.credentials__password input', `guess ${time}`)
    const answered = page.waitForResponse((response) => Boolean(response.request().postData()?.includes('login')))
    await page.locator('.form__submit').click()
    await answered
    await page.locator('.form__status--error, .uni-popup-captcha__panel').locator('visible=true').first().waitFor()
  }
  await drawn(page)
}

async function receiveCode(page: Page, { answerFor }: SceneTools): Promise<void> {
  await page.waitForTimeout(INPUT_DELAY_MS)
  await fill(page, '.uni-sms-code__mobile input', '13800138000')
  await page.locator('.uni-sms-code__send').click()
  await drawn(page)
  await fill(page, '.uni-popup-captcha .uni-captcha__input input', answerFor('register'))
  await page.locator('.uni-popup-captcha__button--main').click()
  await page.locator('.uni-sms-code__message').filter({ hasText: '验证码已发送' }).waitFor()
}

/** The page's second form has no picture and computes by itself: it is shown while it does. */
async function startProof(page: Page): Promise<void> {
  await drawn(page)
  await page.locator('.uni-captcha__proof-words:visible').first().waitFor()
  await page.locator('.uni-captcha__link:visible').last().click()
  await page.waitForFunction(() => {
    const bars = [...document.querySelectorAll('[role=progressbar]')]
    return bars.some((bar) => Number(bar.getAttribute('aria-valuenow')) > 25)
  })
}

/** Under way: the handle is held on the track. */
async function slidePart(page: Page): Promise<void> {
  const track = page.locator('.proof__slid .uni-captcha__track')
  await track.waitFor()
  await page.locator('.proof__slid').evaluate((form) => form.scrollIntoView({ block: 'end' }))
  const { x, y, width, height } = (await track.boundingBox())!
  await page.mouse.move(x + 20, y + height / 2)
  await page.mouse.down()
  await page.mouse.move(x + width / 5, y + height / 2, { steps: 4 })
}

async function tapTwice(page: Page): Promise<void> {
  await page.locator('.tap__form .uni-captcha__tap-image img').waitFor({ state: 'attached' })
  await page.locator('.uni-captcha__spinner:visible').waitFor({ state: 'detached' })
  for (const cell of [5, 2]) await page.locator('.tap__form .uni-captcha__tap-target').nth(cell).click()
}

async function showMessages(page: Page, tools: SceneTools): Promise<void> {
  await enter(page, tools)
  const chart = page.locator('.admin-messages')
  await chart.waitFor()
  await chart.evaluate((panel) => panel.scrollIntoView())
}

async function enter(page: Page, { token }: SceneTools): Promise<void> {
  await fill(page, '#admin-token', token)
  await fill(page, '#admin-name', 'Ann')
  await page.locator('#admin-name').press('Enter')
}

async function signIn(page: Page, tools: SceneTools): Promise<void> {
  await enter(page, tools)
  await page.locator('.admin__tab').filter({ hasText: '配置' }).click()
  await page.locator('.admin-preview[aria-busy=false] img').first().waitFor()
}
