import { createChallenge } from '../captcha/challenge'
import { draw } from '../captcha/draw'
import type { Failure } from '../errors'
import { failure } from '../errors'
import { resolveOptions } from '../config/options'
import type { Preview } from '../../../../../types/protocol'
import { cryptoBytes, uniformInt } from '../kit/random'
import { readLanguage } from '../kit/values'

const PICTURES = 8

/** Draws eight captchas of a scene as `config` says; `''` is a scene that it does not name. Never throws. */
export async function preview(config: unknown, scene: string, locale?: string): Promise<Preview | Failure> {
  try {
    const options = resolveOptions(config, scene, {}, 'refuse')
    const randomInt = uniformInt(cryptoBytes)
    const pictures: string[] = []
    while (pictures.length < PICTURES) {
      const { mime, bytes } = await draw(createChallenge(options, randomInt).prompt, options)
      pictures.push(`data:${mime};base64,${bytes.toString('base64')}`)
      // Large ones take milliseconds each: everybody else's calls come in between.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { errCode: 0, pictures, width: options.width, height: options.height }
  } catch (error) {
    return failure(error, 'interior', readLanguage({ locale }, {}))
  }
}
