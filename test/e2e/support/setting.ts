import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'

import { launchBrowser, visit, type Visit } from './browser'
import { startHostProcess, type HostProcess } from './host-process'

import type { Browser } from 'playwright-core'

/** A host of the file's own, a browser, and for each test a visitor who has never been there. */
export let host: HostProcess
export let browser: Browser
export let visitor: Visit

/** Starts them around the tests of the file that calls this; `args` and `env` are the host's. */
export function useBrowserAndHost(args: readonly string[] = [], env: Record<string, string> = {}): void {
  beforeAll(async () => {
    host = await startHostProcess(args, env)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await host?.dispose()
  })
  beforeEach(async () => {
    visitor = await visit(browser)
  })
  afterEach(() => visitor.close())
}
