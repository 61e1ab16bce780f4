// The running application in front of a camera: the built host in development mode, and Chromium.
import { cpSync } from 'node:fs'
import { join } from 'node:path'

import Database from 'libsql'
import { chromium, type Browser, type Page } from 'playwright-core'

import { startHost } from '../../test/support/host'
import { makeFolder } from '../../test/support/folder'
import { root } from '../build-cache.mjs'
import { writePast } from './past'

const CHROMIUM = '/usr/bin/chromium'
const PHONE = { width: 390, height: 640 }
const ADMIN_TOKEN = 'shown-in-no-picture-at-all'
const MAX_WAIT_MS = 30_000

interface Look {
  viewport?: { width: number; height: number }
  colorScheme?: 'light' | 'dark'
  scale?: number
  /** of the browser, `zh-CN` unless given */
  locale?: string
  /** the whole page, not only what fits the window */
  isWhole?: boolean
}

/** What a scene may use: the administration's token, and the answer of the newest picture of a captcha scene. */
export interface SceneTools {
  token: string
  answerFor: (scene: string) => string
}

/** `path` below the host, and `act`, which brings the page to where it is shown. */
export interface Scene extends Look {
  path: string
  act?: (page: Page, tools: SceneTools) => Promise<void>
}

export type Stage = Awaited<ReturnType<typeof openStage>>

/** Opens it. `play` runs a scene and takes its picture. */
export async function openStage() {
  const { folder, remove } = makeFolder('screenshots')
  const [dataDir, projectDir] = [join(folder, 'data'), join(folder, 'project')]
  // What the administration saves stays in it.
  cpSync(join(root, 'dist/hbuilderx'), projectDir, { recursive: true })
  const env = {
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    PROJECT_DIR: projectDir,
    STATIC_DIR: join(root, 'dist/build/h5'),
    LOG_LEVEL: 'warn',
    ADMIN_TOKEN,
  }
  const host = await startHost({ args: ['--dev'], env })
  writePast(dataDir)
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  await warnOfMissingFont(browser)

  /** Runs `work` on a page of a new browser profile, which is another device to the host. */
  async function withPage<T>(given: Look, work: (page: Page) => Promise<T>): Promise<T> {
    const { viewport = PHONE, colorScheme = 'light', scale = 2, locale = 'zh-CN' } = given
    const look = { viewport, colorScheme, deviceScaleFactor: scale, locale, reducedMotion: 'reduce' as const }
    const context = await browser.newContext(look)
    context.setDefaultTimeout(MAX_WAIT_MS)
    try {
      return await work(await context.newPage())
    } finally {
      await context.close()
    }
  }

  return {
    withPage,
    play: ({ path, act = drawn, ...look }: Scene, file: string) =>
      withPage(look, async (page) => {
        await page.goto(`${host.url}/${path}`)
        await act(page, { token: ADMIN_TOKEN, answerFor: (scene: string) => answerFor(dataDir, scene) })
        await page.evaluate(() => document.fonts.ready)
        await page.screenshot({ path: file, animations: 'disabled', caret: 'hide', fullPage: look.isWhole })
      }),
    close: async () => {
      await browser.close()
      await host.stop()
      remove()
    },
  }
}

/** Without a Chinese font every character is the same box. */
async function warnOfMissingFont(browser: Browser): Promise<void> {
  const page = await browser.newPage()
  const drawings = await page.evaluate(() =>
    ['验', '证'].map((character) => {
      const canvas = document.createElement('canvas')
      canvas.getContext('2d')?.fillText(character, 10, 20)
      return canvas.toDataURL()
    }),
  )
  await page.close()
  if (drawings[0] !== drawings[1]) return
  console.warn('There is no Chinese font here: every character will be a box. Debian has fonts-wqy-microhei.')
}

/** Waits for the captcha's picture. */
export async function drawn(page: Page): Promise<void> {
  await page.locator('.uni-captcha__image:visible').first().waitFor()
  await page.locator('.uni-captcha__spinner:visible').waitFor({ state: 'detached' })
}

interface CodeRow {
  kind: string
  scene: string
  code: string
  created_date: number
}

/** What a person would read from the newest picture of a scene. */
function answerFor(dataDir: string, scene: string): string {
  const database = new Database(join(dataDir, 'unicloud.db'), { readonly: true })
  try {
    const found = database.prepare('SELECT doc FROM "opendb-verify-codes"').all() as { doc: string }[]
    const rows = found.map(({ doc }) => JSON.parse(doc) as CodeRow)
    const pictures = rows.filter((row) => row.kind === 'image' && row.scene === scene)
    const [newest] = pictures.sort((one, other) => other.created_date - one.created_date)
    if (!newest) throw new Error(`no picture of the scene ${scene} is stored`)
    return newest.code
  } finally {
    database.close()
  }
}
