import { CaptchaError } from '../errors'
import type { Options } from '../config/options'
import { cryptoBytes } from '../kit/random'
import type { DrawOptions, Picture } from '../render'
import { drawPng, drawTap } from '../render'
import { FONT_FILE } from '../font-path'
import { isFontReplaced } from '../fonts/shipped-font'

export { createChallenge } from './challenge'

let vectorWarned = false

/**
 * Draws a prompt as its options say, every time afresh.
 * The vector and the font parser are bundles of their own, loaded by the first picture that needs them.
 * Throws `createFail`; what the font file lacks is logged, not told to the client.
 */
export async function draw(prompt: string, options: Options): Promise<Picture> {
  const look = options as DrawOptions // the option table bounds level and pixelRatio
  const seed = cryptoBytes(16)
  try {
    if (options.mode === 'vector') {
      warnOfVector()
      return (await import('./vector')).drawVector(prompt, look, seed, FONT_FILE)
    }
    const drawRaster = options.challenge === 'tap' ? drawTap : drawPng
    if (!isFontReplaced(FONT_FILE)) return drawRaster(prompt, look, seed)
    return drawRaster(prompt, look, seed, (await import('../fonts/font-parser')).parseGlyphs(FONT_FILE))
  } catch (error) {
    console.error(`[uni-captcha] no picture: ${error instanceof Error ? error.message : String(error)}`)
    throw new CaptchaError('createFail', 'the picture could not be drawn, see the log of the cloud function')
  }
}

function warnOfVector(): void {
  if (vectorWarned) return
  vectorWarned = true
  console.warn(
    '[uni-captcha] mode "vector" is read by machines without looking; remove it to draw pictures that are not',
  )
}
