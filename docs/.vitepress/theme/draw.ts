// Captchas in the browser, by the sources that draw them on the server.
import { createChallenge } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/challenge'
import { resolveOptions } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import { failure } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import {
  cryptoBytes,
  uniformInt,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import {
  drawPng,
  drawTap,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/index'

import type { DrawOptions } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/types'

export interface DrawnHere {
  /** A data URI. */
  source: string
  /** CSS pixels. */
  width: number
  height: number
  answer: string
  maxLength: number
  bytes: number
}

/** Draws a captcha with options of the table; what is left out is the default. Throws a sentence for what is wrong. */
export function drawCaptcha(given: Record<string, unknown>, language: 'zh-Hans' | 'en'): DrawnHere {
  try {
    const options = resolveOptions({}, 'demo', given, 'refuse')
    const { prompt, answer, maxLength } = createChallenge(options, uniformInt(cryptoBytes))
    const drawRaster = options.challenge === 'tap' ? drawTap : drawPng
    const { bytes } = drawRaster(prompt, options as DrawOptions, cryptoBytes(16))
    const source = `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`
    return { source, width: options.width, height: options.height, answer, maxLength, bytes: bytes.length }
  } catch (error) {
    throw new Error(failure(error, 'interior', language).errMsg, { cause: error })
  }
}
