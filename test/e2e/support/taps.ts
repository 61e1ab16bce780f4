import pino from 'pino'

import { installationSecret, toModuleSecret } from '../../../host/secret'
import { keyFor } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/secret'
import { toTapCode } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/tap'
import { readCodes } from './codes'

import type { Page } from 'playwright-core'
import type { Slot } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

/**
 * The numbers of the cells that a person would tap on the newest picture of a scene, counted from 1. Only who has the
 * secret of the host finds them: of all orders the one whose keyed hash is stored.
 */
export function readCells(dataDir: string, scene: string, site?: { sitekey: string; hostname: string }): number[] {
  const kind = site ? 'site' : 'image'
  const newest = readCodes(dataDir, scene, kind).sort((a, b) => b.created_date - a.created_date)[0]
  if (!newest) throw new Error(`no captcha of the scene ${scene} is stored`)
  const key = keyFor('tap', undefined, toModuleSecret(installationSecret(dataDir, pino({ enabled: false }))))
  const subject: Slot['subject'] = site
    ? `code:${JSON.stringify([newest.code_id, site.sitekey, site.hostname])}`
    : `device:${newest.device_uuid}`
  const slot: Slot = { kind, scene, subject }
  const found = orders(4).find((cells) => toTapCode(key, slot, cells.join('')) === newest.code)
  if (!found) throw new Error('no order of cells is the stored one')
  return found.map((cell) => cell + 1)
}

/** Every choice of so many of eight cells in order. */
function orders(count: number): number[][] {
  if (count === 0) return [[]]
  return orders(count - 1).flatMap((cells) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((cell) => !cells.includes(cell)).map((cell) => [...cells, cell]),
  )
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
