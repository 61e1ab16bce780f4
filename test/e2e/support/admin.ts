import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import Database from 'libsql'

import { DESKTOP, visit, type Visit } from './browser'
import { copyBuiltProject } from './built-project'
import { startHostProcess, type HostProcess } from './host-process'

import type { Browser, Page } from 'playwright-core'

export const TOKEN = 'a-token-that-only-this-test-knows'

export interface AdminHost extends HostProcess {
  /** `config.json` as it is on disk. */
  config: () => Record<string, unknown>
}

/** The built host in two processes with an administration, on a copy of the built project: what is saved stays in it. */
export async function startAdminHost(): Promise<AdminHost> {
  const project = copyBuiltProject()
  const host = await startHostProcess(['--workers', '2'], { ADMIN_TOKEN: TOKEN, PROJECT_DIR: project.folder })
  return {
    ...host,
    config: project.config,
    dispose: async () => {
      await host.dispose()
      project.remove()
    },
  }
}

/** An administrator's browser, signed in. */
export async function administrator(browser: Browser, host: HostProcess, name: string): Promise<Visit> {
  const visitor = await visit(browser, DESKTOP)
  await visitor.page.goto(`${host.url}/admin`)
  await signIn(visitor.page, name)
  return visitor
}

/** The overview opens first. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.locator('#admin-token').fill(TOKEN)
  await page.locator('#admin-name').fill(name)
  await page.locator('#admin-name').press('Enter')
  await page.locator('.admin-tiles').waitFor()
}

/** Goes to the configuration, once signed in. */
export async function openConfig(page: Page): Promise<void> {
  await adminPage(page).tab('配置').click()
  await drawn(page)
}

/** The host may be writing its own. */
const BUSY_TIMEOUT_MS = 10_000

/** Writes hours of statistics as the host would have, so that there is a past to compare with. */
export function putStatistics(dataDir: string, hours: { scene: string; hour: number; counts: object }[]): void {
  const database = new Database(join(dataDir, 'unicloud.db'), { timeout: BUSY_TIMEOUT_MS })
  try {
    database.exec('CREATE TABLE IF NOT EXISTS "uni-captcha-statistics" (_id TEXT PRIMARY KEY, doc TEXT NOT NULL)')
    const put = database.prepare('INSERT OR REPLACE INTO "uni-captcha-statistics" (_id, doc) VALUES (?, ?)')
    for (const { scene, hour, counts } of hours) {
      const _id = `test-${hour}-${scene}`
      put.run(_id, JSON.stringify({ _id, scene, hour, counts }))
    }
  } finally {
    database.close()
  }
}

/** Keeps a picture of the page for a person to look at, where SCREENSHOTS names a folder. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

/** Waits until the preview shows what is being edited. */
export async function drawn(page: Page): Promise<void> {
  await page.locator('.admin-preview[aria-busy=false] img').first().waitFor()
}

/** The page's parts, as an administrator finds them. */
export function adminPage(page: Page) {
  const pictures = page.locator('.admin-preview__paper--light img')
  return {
    pictures,
    json: page.locator('#admin-json'),
    field: (path: string) => page.locator(`#admin-${path.replaceAll('.', '-')}`),
    problem: page.locator('.admin-field__problem'),
    changes: page.locator('.admin-changes li'),
    save: page.getByRole('button', { name: '保存', exact: true }),
    tab: (name: string) => page.locator('.admin__tab').filter({ hasText: name }),
    says: (text: string) => page.locator('.admin__notice:visible').filter({ hasText: text }).first().waitFor(),
    /** The width that the preview draws in, CSS pixels. */
    previewWidth: () => pictures.first().getAttribute('width'),
  }
}
