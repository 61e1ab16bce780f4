// The picture at the head of the documentation: the levels beside three of the pages.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../build-cache.mjs'
import type { Stage } from './stage'

const VIEWPORT = { width: 1180, height: 520 }
const PAGES = ['register', 'login-guard', 'sms-register']

const readImage = (name: string) => {
  const bytes = readFileSync(join(root, `docs/images/${name}.png`))
  return `<img class="${name === 'levels' ? 'levels' : 'page'}" src="data:image/png;base64,${bytes.toString('base64')}">`
}

const STYLE = `
  body { margin: 0; height: ${VIEWPORT.height}px; display: flex; align-items: center; justify-content: center; gap: 24px; background: #eef1f8 }
  img { border-radius: 14px; box-shadow: 0 6px 24px #1020401f; background: #fff }
  .levels { width: 330px; padding: 14px }
  .page { width: 236px }`

/** Writes it from the pictures that are there. Answers the file. */
export async function composeOverview({ withPage }: Stage): Promise<string> {
  const file = join(root, 'docs/public/overview.png')
  await withPage({ viewport: VIEWPORT, scale: 1 }, async (page) => {
    await page.setContent(`<style>${STYLE}</style>${['levels', ...PAGES].map(readImage).join('')}`)
    await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())))
    await page.screenshot({ path: file })
  })
  return file
}
