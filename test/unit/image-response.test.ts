import { expect, it } from 'vitest'

import type { Failure } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import { imageResponse } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/uni-captcha-co/image-response'

it.each([
  ['uni-captcha-invalid-param', 400],
  ['uni-captcha-denied', 403],
  ['uni-captcha-proof-required', 422],
  ['uni-captcha-tap-required', 422],
  ['uni-captcha-too-many-requests', 429],
  ['uni-captcha-store-unavailable', 503],
  ['uni-captcha-create-fail', 500],
] as const)(
  'a picture by URL that is refused with %s has the status %i, and says how long to wait',
  (errCode, status) => {
    const failure = { errCode, errMsg: 'refused', retryAfter: 7 } as unknown as Failure
    const { statusCode, headers, body } = imageResponse(failure, {})
    expect(statusCode).toBe(status)
    expect(headers['retry-after']).toBe('7')
    expect(JSON.parse(body)).toEqual({ errCode, errMsg: 'refused' })
  },
)
