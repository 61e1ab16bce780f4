import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { captchaOn } from './support/captcha-page'
import { root } from './support/host-process'
import { host, useBrowserAndHost, visitor } from './support/setting'

useBrowserAndHost()

const THEME = readFileSync(join(root, 'uni_modules/uni-captcha/components/uni-captcha/theme.css'), 'utf8')
const SCHEMES = ['light', 'dark'] as const

async function open(page: string): Promise<void> {
  await visitor.page.goto(`${host.url}/#/pages/${page}/${page}`)
  await visitor.page.locator('.shell__title').waitFor()
}

async function openPopup(): Promise<void> {
  await open('popup')
  await visitor.page.locator('.form__submit').click()
  await captchaOn(visitor.page, '.uni-popup-captcha').source()
}

/** A variable as the popup has it. */
function readValue(name: string): Promise<string> {
  return visitor.page
    .locator('.uni-popup-captcha')
    .evaluate((element, of) => getComputedStyle(element).getPropertyValue(of).trim(), `--uc-${name}`)
}

/** Relative luminance and contrast as WCAG 2.2 defines them, of #rrggbb colours. */
function contrast(one: string, other: string): number {
  const luminance = (color: string) => {
    const parts = [1, 3, 5].map((from) => parseInt(color.slice(from, from + 2), 16) / 255)
    const linear = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0)
  }
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

const style = (selector: string, property: string) =>
  visitor.page
    .locator(selector)
    .first()
    .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property)

describe('the variables', () => {
  test('are seventeen, and the components’ own styles hold no colour beside them', () => {
    const names = new Set([...THEME.matchAll(/var\((--uni-captcha-[a-z-]+)/g)].map(([, name]) => name))
    expect(names.size).toBe(17)
    for (const file of [
      'uni-captcha/uni-captcha.css',
      'uni-captcha/captcha-proof.css',
      'uni-popup-captcha/uni-popup-captcha.css',
    ]) {
      const css = readFileSync(join(root, 'uni_modules/uni-captcha/components', file), 'utf8')
      expect(css.match(/#[\da-f]{3,8}\b|rgba?\((?!0, 0, 0,)/gi), `${file}: shadows alone are not variables`).toBeNull()
      const used = [...css.matchAll(/var\(--uc-([a-z-]+)/g)].map(([, name]) => `--uni-captcha-${name}`)
      for (const name of used) expect(names).toContain(name)
    }
  })

  test.each(SCHEMES)('make words 4.5 : 1 against their ground and edges 3 : 1, %s', async (colorScheme) => {
    await visitor.page.emulateMedia({ colorScheme })
    await openPopup()
    const [words, edges] = [4.5, 3]
    const pairs = [
      ['text', 'surface', words],
      ['text', 'field', words],
      ['muted', 'surface', words],
      ['muted', 'field', words],
      ['error', 'surface', words],
      ['error', 'field', words],
      ['accent-text', 'accent', words],
      ['accent', 'surface', words],
      ['accent', 'field', words],
      ['border', 'surface', edges],
      ['border', 'field', edges],
    ] as const
    for (const [front, ground, least] of pairs) {
      const ratio = contrast(await readValue(front), await readValue(ground))
      expect(ratio, `${front} on ${ground}`).toBeGreaterThanOrEqual(least)
    }
  })

  test.each(SCHEMES)('set by an application win, %s', async (colorScheme) => {
    await visitor.page.emulateMedia({ colorScheme })
    await openPopup()
    await visitor.page.addStyleTag({
      content:
        'uni-page-body { --uni-captcha-accent: rgb(1, 2, 3); --uni-captcha-surface: rgb(4, 5, 6); --uni-captcha-radius: 0px }',
    })
    expect(await style('.uni-popup-captcha__button--main', 'background-color')).toBe('rgb(1, 2, 3)')
    expect(await style('.uni-popup-captcha__panel', 'background-color')).toBe('rgb(4, 5, 6)')
    expect(await style('.uni-popup-captcha .uni-captcha__input', 'border-radius')).toBe('0px')
  })
})

describe('dark', () => {
  test('comes and goes with the system’s, in components that are there already', async () => {
    await visitor.page.emulateMedia({ colorScheme: 'light' })
    await openPopup()
    const ground = () => style('.uni-popup-captcha__panel', 'background-color')
    expect(await ground()).toBe('rgb(255, 255, 255)')
    await visitor.page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(ground).toBe('rgb(28, 34, 48)')
    await visitor.page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(ground).toBe('rgb(255, 255, 255)')
  })
})

describe('less motion', () => {
  test('is honoured while a picture is on its way', async () => {
    const { page } = visitor
    await page.route('**/unicloud/client', () => {})
    await open('register')
    expect(await style('.uni-captcha__spinner', 'animation-name')).not.toBe('none')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await style('.uni-captcha__spinner', 'animation-name')).toBe('none')
  })
})

/** Doubles the size of every word on the page, as people do who set their device so. */
function doubleWords(): Promise<void> {
  return visitor.page.evaluate(() => {
    const all = Array.from(document.querySelectorAll<HTMLElement>('uni-page-body *'))
    const sizes = all.map((element) => parseFloat(getComputedStyle(element).fontSize))
    all.forEach((element, index) => (element.style.fontSize = `${2 * (sizes[index] ?? 16)}px`))
  })
}

/** Words that are cut off or reach out of the window, and whether the page scrolls sideways. */
function lost(): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const isQuiet = (element: Element) =>
      element.closest('.uni-captcha__status:not(.uni-captcha__status--shown)') !== null
    const findings: string[] = []
    const walker = document.createTreeWalker(
      document.querySelector('uni-page-body') ?? document.body,
      NodeFilter.SHOW_TEXT,
    )
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement
      if (!parent || !node.textContent?.trim() || isQuiet(parent)) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      const words = range.getBoundingClientRect()
      if (words.width === 0) continue
      if (words.left < -1 || words.right > innerWidth + 1) findings.push(`out of the window: ${node.textContent}`)
      for (let box: Element | null = parent; box && box.tagName !== 'UNI-PAGE-BODY'; box = box.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(box)
        const frame = box.getBoundingClientRect()
        if (overflowY === 'hidden' && (words.bottom > frame.bottom + 2 || words.top < frame.top - 2)) {
          findings.push(`cut off in height: ${node.textContent} in ${box.className}`)
        }
        if (overflowX === 'hidden' && words.right > frame.right + 2) {
          findings.push(`cut off in width: ${node.textContent} in ${box.className}`)
        }
      }
    }
    const over = document.documentElement.scrollWidth - innerWidth
    return over > 0 ? [...findings, `the page is ${over} px too wide`] : findings
  })
}

describe.each([
  ['zh-CN', 320],
  ['en', 320],
  ['en', 390],
])('in %s, %i px wide, with words of twice the size', (language, width) => {
  test.each(['a form', 'an expired picture', 'the popup', 'too many requests'])('%s loses nothing', async (what) => {
    const { page } = visitor
    await page.setViewportSize({ width, height: 640 })
    await page.addInitScript((value) => localStorage.setItem('UNI_LOCALE', value), language === 'en' ? 'en' : 'zh-Hans')
    if (what === 'too many requests') {
      const data = { errCode: 'uni-captcha-too-many-requests', errMsg: 'wait', retryAfter: 600 }
      await page.route('**/unicloud/client', (route) => route.fulfill({ json: { success: true, data } }))
    }
    if (what === 'the popup') await openPopup()
    else await open(what === 'an expired picture' ? 'expiry' : 'register')
    if (what === 'an expired picture' || what === 'too many requests') await captchaOn(page).notice.waitFor()
    if (what === 'a form') {
      await captchaOn(page).source()
      await page.locator('.form__submit').click()
      await page.locator('.form__status').waitFor()
    }
    expect(await lost(), 'as it is').toEqual([])
    await doubleWords()
    expect(await lost(), 'at twice the size').toEqual([])
    if (what !== 'the popup') return
    // All of it can be reached: the panel scrolls where the screen is too low.
    await page.setViewportSize({ width, height: 256 })
    for (const button of await page.locator('.uni-popup-captcha__button').all()) {
      await button.scrollIntoViewIfNeeded()
      const box = await button.boundingBox()
      expect((box?.y ?? -1) >= 0 && (box?.y ?? 0) + (box?.height ?? 0) <= 257).toBe(true)
    }
  })
})
