// The running application in front of a camera: the built host in development mode, and Chromium.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import Database from 'libsql'
import { chromium } from 'playwright-core'

import { root } from '../freshness.mjs'
import { startHostProcess } from '../host-process.mjs'

const CHROMIUM = '/usr/bin/chromium'
export const PHONE = { width: 390, height: 640 }
const ADMIN_TOKEN = 'shown-in-no-picture-at-all'
const LONGEST_WAIT_MS = 30_000

/** Opens it. `play` runs a scene and takes its picture. */
export async function openStage() {
  const dataDir = mkdtempSync(join(tmpdir(), 'uni-captcha-pictures-'))
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: dataDir,
    PROJECT_DIR: join(root, 'dist/hbuilderx'),
    STATIC_DIR: join(root, 'dist/build/h5'),
    LOG_LEVEL: 'warn',
    ADMIN_TOKEN,
  }
  const host = await startHostProcess(environment, ['--dev'])
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })

  /** Runs `work` on a page of a new browser profile, which is another device to the host. */
  async function withPage({ viewport = PHONE, colorScheme = 'light', scale = 2 }, work) {
    const look = { viewport, colorScheme, deviceScaleFactor: scale, locale: 'zh-CN', reducedMotion: 'reduce' }
    const context = await browser.newContext(look)
    context.setDefaultTimeout(LONGEST_WAIT_MS)
    try {
      return await work(await context.newPage())
    } finally {
      await context.close()
    }
  }

  return {
    withPage,
    /** A scene: what it is looked at with, `path` below the host, and `act`, which brings the page to where it is shown. */
    play: ({ path, act = drawn, ...look }, file) =>
      withPage(look, async (page) => {
        await page.goto(`${host.url}/${path}`)
        await act(page, { token: ADMIN_TOKEN, answerFor: (scene) => answerFor(dataDir, scene) })
        await page.evaluate(() => document.fonts.ready)
        await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' })
      }),
    close: async () => {
      await browser.close()
      await host.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Waits for the captcha's picture. */
export async function drawn(page) {
  await page.locator('.uni-captcha__image:visible').first().waitFor()
  await page.locator('.uni-captcha__spinner:visible').waitFor({ state: 'detached' })
}

/** What a person would read from the newest picture of a scene. */
function answerFor(dataDir, scene) {
  const database = new Database(join(dataDir, 'unicloud.db'), { readonly: true })
  try {
    const rows = database
      .prepare('SELECT doc FROM "opendb-verify-codes"')
      .all()
      .map(({ doc }) => JSON.parse(doc))
    const pictures = rows.filter((row) => row.kind === 'image' && row.scene === scene)
    return pictures.sort((one, other) => other.created_date - one.created_date)[0].code
  } finally {
    database.close()
  }
}
