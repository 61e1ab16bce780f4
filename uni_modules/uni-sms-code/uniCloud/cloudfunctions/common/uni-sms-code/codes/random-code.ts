import type { RandomBytes } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { uniformInt } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'

export const CODE_LENGTH = 6

/** Six digits of the whole range, leading zeros included. */
export function randomCode(bytes: RandomBytes): string {
  return String(uniformInt(bytes)(10 ** CODE_LENGTH)).padStart(CODE_LENGTH, '0')
}
