import { existsSync } from 'node:fs'

import { chromium, type Browser, type Page } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts Debian's Chromium; throws one sentence saying what to install when it is missing. `more` are further flags. */
export async function launchBrowser(more: string[] = []): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`The browser tests need ${CHROMIUM}: install it, on Debian with \`sudo apt-get install chromium\`.`)
  }
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...FLAGS, ...more] })
}

export const PHONE = { width: 390, height: 844 }
export const DESKTOP = { width: 1280, height: 800 }

/** Device pixels per CSS pixel, as screens have them; each visit takes the next one. */
export const PIXEL_RATIOS = [1, 1.5, 3] as const
let visits = 0

/** A page in a browser profile of its own (another device to the server), and whatever went wrong in its console. */
export interface Visit {
  page: Page
  errors: string[]
  /** another tab of the same browser: the same device */
  openTab: () => Promise<Page>
  close: () => Promise<void>
}

/** Opens a fresh profile of a Chinese or English user; with `hasTouch` fingers do what a mouse does. `viewport` is in CSS pixels. */
export async function visit(
  browser: Browser,
  viewport = PHONE,
  locale = 'zh-CN',
  pixelRatio: number = PIXEL_RATIOS[visits++ % PIXEL_RATIOS.length]!,
  hasTouch = false,
): Promise<Visit> {
  const context = await browser.newContext({ viewport, locale, deviceScaleFactor: pixelRatio, hasTouch })
  context.setDefaultTimeout(60_000)
  const errors: string[] = []
  const openTab = async () => {
    const page = await context.newPage()
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
    })
    return page
  }
  const close = async () => {
    // A route that still waits for its answer keeps a profile from closing.
    for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' })
    await context.close()
  }
  return { page: await openTab(), errors, openTab, close }
}

/**
 * What sticks out of the window sideways, as `tag.class: left–right px`. What lies in a box that scrolls or cuts off is
 * measured by that box's own content instead, so that a drawing larger than its frame is found too.
 */
export async function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = []
    const name = (element: Element) => [element.localName, ...Array.from(element.classList)].join('.')
    const isCut = (element: Element) =>
      ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(element).overflowX)
    const extra = document.documentElement.scrollWidth - innerWidth
    if (extra > 0) found.push(`the page: ${extra} px`)
    for (const element of Array.from(document.querySelectorAll('body *'))) {
      const { left, right, width, height } = element.getBoundingClientRect()
      if (width === 0 || height === 0 || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        continue
      let frame: Element | null = element.parentElement
      while (frame && !isCut(frame)) frame = frame.parentElement
      const isFrameScrolling = frame !== null && ['auto', 'scroll'].includes(getComputedStyle(frame).overflowX)
      if (isFrameScrolling && element.localName !== 'canvas') continue
      const limits =
        element.localName === 'canvas' ? element.parentElement!.getBoundingClientRect() : { left: 0, right: innerWidth }
      if (left < limits.left - 1 || right > limits.right + 1)
        found.push(`${name(element)}: ${Math.round(left)}–${Math.round(right)} px`)
    }
    return found
  })
}
