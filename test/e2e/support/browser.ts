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

/** Starts Debian's Chromium; throws one sentence saying what to install when it is missing. */
export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`The browser tests need ${CHROMIUM}: install it, on Debian with \`sudo apt-get install chromium\`.`)
  }
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS })
}

export const PHONE = { width: 390, height: 844 }
export const DESKTOP = { width: 1280, height: 800 }

/** A page in a browser profile of its own (another device to the server), and whatever went wrong in its console. */
export interface Visit {
  page: Page
  errors: string[]
  /** another tab of the same browser: the same device */
  openTab: () => Promise<Page>
  close: () => Promise<void>
}

/** Opens a fresh profile of a Chinese or English user. `viewport` is in CSS pixels. */
export async function visit(browser: Browser, viewport = PHONE, locale = 'zh-CN'): Promise<Visit> {
  const context = await browser.newContext({ viewport, locale })
  context.setDefaultTimeout(15_000)
  const errors: string[] = []
  const openTab = async () => {
    const page = await context.newPage()
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
    })
    return page
  }
  return { page: await openTab(), errors, openTab, close: () => context.close() }
}
