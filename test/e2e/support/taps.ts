import pino from 'pino'

import { installationSecret, toModuleSecret } from '../../../host/secret'
import { findOrders } from '../../contract/support/taps'
import { readCodes } from './codes'

import type { Page } from 'playwright-core'

/**
 * The numbers of the cells that a person would tap on the newest picture of a scene, counted from 1. Only who has the
 * secret of the host finds them: of all orders the one whose keyed hash is stored.
 */
export function readCells(dataDir: string, scene: string, site?: { sitekey: string; hostname: string }): number[] {
  const kind = site ? 'site' : 'image'
  const newest = readCodes(dataDir, scene, kind).sort((a, b) => b.created_date - a.created_date)[0]
  if (!newest) throw new Error(`no captcha of the scene ${scene} is stored`)
  const subject = site
    ? `code:${JSON.stringify([newest.code_id, site.sitekey, site.hostname])}`
    : `device:${newest.device_uuid}`
  const secret = toModuleSecret(installationSecret(dataDir, pino({ enabled: false })))
  const [found] = findOrders(newest.code, { kind, scene, subject }, secret)
  if (!found) throw new Error('no order of cells is the stored one')
  return found.map((cell) => cell + 1)
}

/** What a person sees of a picture to tap on, and does with it. */
export function tapCaptchaOn(page: Page, within = 'body') {
  const scope = page.locator(within)
  const image = scope.locator('.uni-captcha__tap-image img')
  const cell = (number: number) => scope.locator('.uni-captcha__tap-cell').nth(number - 1)
  const buttons = scope.locator('.uni-captcha__tap-button')
  return {
    image,
    cell,
    field: scope.locator('.uni-captcha__tap-field'),
    words: scope.locator('.uni-captcha__tap-words'),
    undo: buttons.first(),
    renew: buttons.last(),
    /** numbers of the cells in the order of their marks */
    marked: () =>
      scope.locator('.uni-captcha__tap-cell').evaluateAll((cells) =>
        cells
          .map((element, index) => [element.querySelector('.uni-captcha__tap-mark')?.textContent ?? '', index + 1])
          .filter(([mark]) => mark !== '')
          .sort(([a], [b]) => Number(a) - Number(b))
          .map(([, number]) => number),
      ),
    /** the data URI on the screen, once the picture is there */
    source: async () => {
      await image.waitFor({ state: 'attached' })
      await scope.locator('.uni-captcha__spinner').waitFor({ state: 'detached' })
      return (await image.getAttribute('src')) ?? ''
    },
  }
}
