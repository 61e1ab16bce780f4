import { settle } from './client'

/** What uniCloud's client throws: the cloud side's answer, all of it in `detail`. */
export function cloudError(errCode: string, errMsg: string, detail: Record<string, unknown> = {}): Error {
  return Object.assign(new Error(errMsg), { errCode, errMsg, detail: { errCode, errMsg, ...detail } })
}

export const required = (scene: unknown = 'login') => cloudError('uni-captcha-required', '请输入验证码', { scene })
export const wrong = () => cloudError('uni-captcha-verify-fail', '验证码错误', { scene: 'login' })
export const overdue = () => cloudError('uni-captcha-verify-overdue', '验证码已过期，请重新验证', { scene: 'login' })
export const tooMany = () => cloudError('uni-captcha-too-many-requests', '请 42 秒后再试', { retryAfter: 42 })

/** A call of a cloud function that is held until the test answers it, and the captchas it was called with. */
export function heldCall() {
  const captchas: (string | undefined)[] = []
  let resolveLast = (_value: string) => {}
  let rejectLast = (_error: unknown) => {}
  return {
    captchas,
    call: (captcha?: string) =>
      new Promise<string>((resolve, reject) => {
        captchas.push(captcha)
        resolveLast = resolve
        rejectLast = reject
      }),
    reply: async (value: string) => {
      resolveLast(value)
      await settle()
    },
    refuse: async (error: unknown) => {
      rejectLast(error)
      await settle()
    },
  }
}

/** What has become of a promise so far. */
export function watchOutcome<Result>(promise: Promise<Result>) {
  const outcome: { state: 'pending' | 'resolved' | 'rejected'; value?: Result; error?: unknown } = { state: 'pending' }
  promise.then(
    (value) => Object.assign(outcome, { state: 'resolved', value }),
    (error: unknown) => Object.assign(outcome, { state: 'rejected', error }),
  )
  return outcome
}
