// `npm run screenshots`: every page and state at every look into dist/screenshots, or the folder that is named, for a
// person to look at. `npm run screenshots -- dist/screenshots admin` takes those whose name contains a word.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { build } from './build'
import { root, step } from './build-cache.mjs'
import { ADMIN_STATES, STATES } from './screenshots/states'
import { openStage, type Scene } from './screenshots/stage'

const [folder = 'dist/screenshots', word = ''] = process.argv.slice(2)
const PHONE = { viewport: { width: 390, height: 844 }, scale: 3, isWhole: true }
const NARROW = { viewport: { width: 320, height: 640 }, scale: 2, isWhole: true }
const DESKTOP = { viewport: { width: 1280, height: 800 }, scale: 1, isWhole: true }

const LOOKS: Record<string, Omit<Scene, 'path' | 'act'>> = {
  phone: PHONE,
  'phone-dark': { ...PHONE, colorScheme: 'dark' },
  'phone-en': { ...PHONE, locale: 'en' },
  'phone-hant': { ...PHONE, locale: 'zh-TW' },
  narrow: NARROW,
  desktop: DESKTOP,
  'desktop-dark': { ...DESKTOP, scale: 1.5, colorScheme: 'dark' },
}

const { pages } = JSON.parse(readFileSync(join(root, 'pages.json'), 'utf8')) as { pages: { path: string }[] }
const scenes: Record<string, Pick<Scene, 'path' | 'act'>> = { ...STATES, ...ADMIN_STATES }
for (const { path } of pages) {
  const name = path.split('/').at(-1) ?? path
  if (name !== 'admin') scenes[`page-${name}`] = { path: `#/${path}`, act: (page) => settle(page) }
}

/** Pages without a captcha are there at once, the others with their picture. */
async function settle(page: Parameters<NonNullable<Scene['act']>>[0]): Promise<void> {
  await page.locator('.shell__title').waitFor()
  await page.waitForLoadState('networkidle')
}

for (const target of ['host', 'hbuilderx', 'h5']) await build(target)
const target = resolve(root, folder)
rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
const stage = await openStage()
try {
  for (const [name, scene] of Object.entries(scenes)) {
    for (const [look, given] of Object.entries(LOOKS)) {
      const file = `${name}-${look}`
      if (!file.includes(word)) continue
      step(file)
      await stage.play({ ...scene, ...given }, join(target, `${file}.png`)).catch((error: unknown) => {
        console.error(`✗ ${file}: ${String(error).split('\n')[0]}`)
        process.exitCode = 1
      })
    }
  }
} finally {
  await stage.close()
}
console.log(`The pictures are in ${target}.`)
