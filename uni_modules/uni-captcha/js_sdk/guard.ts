import { errorMessage } from '../components/uni-captcha/use-texts'

import type { PopupCaptchaExposed } from '../components/uni-popup-captcha/props'

type Popup = Pick<PopupCaptchaExposed, 'open' | 'close' | 'retry' | 'setBusy'>

/**
 * A call that may ask for a captcha: of a cloud function, which rejects with what uniCloud's client throws, or
 * `uni.request`, which resolves with any status and a body `{ errCode, errMsg, scene?, retryAfter? }`.
 */
export type GuardedCall<Result> = (captcha?: string) => Result | Promise<Result>

/**
 * Calls; where the cloud side demands a captcha, asks the user for it and calls again with it until it is right.
 * Resolves with the call's result. Rejects with the call's own error (`retryAfter` in seconds is on it when there were
 * too many requests) or with one whose `errCode` is `uni-captcha-cancelled`.
 */
export type CaptchaGuard = <Result>(call: GuardedCall<Result>) => Promise<Result>

/** The error of a guard's own making. */
export interface CaptchaGuardError extends Error {
  errCode: 'uni-captcha-cancelled' | 'uni-captcha-required'
  errMsg: string
}

/** A guard for `<script setup>`: `popup` is the template ref of a `<uni-popup-captcha>`, which needs no other handler. */
export function useCaptchaGuard(popup: { readonly value: Popup | null | undefined }): CaptchaGuard {
  return createCaptchaGuard(() => popup.value)
}

/** The same for any other code: `popup` finds the popup when it is needed. One guard per popup: calls queue in it. */
export function createCaptchaGuard(popup: () => Popup | null | undefined): CaptchaGuard {
  let last: Promise<unknown> = Promise.resolve()

  return async <Result>(call: GuardedCall<Result>): Promise<Result> => {
    try {
      return throwRefusal(await call(undefined))
    } catch (error) {
      if (readCode(error) !== 'uni-captcha-required') throw withWait(error)
      const answered = last.then(() => {
        const shown = popup()
        if (!shown) throw guardError('uni-captcha-required', 'a captcha is needed and its popup is not on the page')
        return ask(shown, readDetail(error)['scene'], call)
      })
      last = answered.catch(() => undefined)
      return answered
    }
  }
}

/** One demand from the opening of the popup to the end of it. */
function ask<Result>(popup: Popup, scene: unknown, call: GuardedCall<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    // Cancelling, closing or opening the popup anew ends this use of it.
    let isMine = true
    let isCalling = false

    function close(): void {
      if (!isMine) return
      isMine = false
      popup.close()
    }

    async function repeat(captcha: string): Promise<void> {
      if (isCalling || !isMine) return
      isCalling = true
      popup.setBusy(true)
      try {
        const result = await callWhenWorked(call, captcha, () => isMine)
        close()
        resolve(result)
      } catch (error) {
        if (isRefused(error) && isMine) {
          isCalling = false
          popup.retry(errorMessage(error))
        } else {
          close()
          reject(isRefused(error) ? cancelled() : withWait(error))
        }
      }
    }

    popup.open({
      keepOpen: true,
      // The cloud side will verify for the scene that it has named, whatever the popup's own is.
      scene: typeof scene === 'string' ? scene : undefined,
      onConfirm: (captcha) => void repeat(captcha),
      onCancel: () => {
        if (!isMine) return
        isMine = false
        // A call on its way is not taken back: only its outcome says whether anything has happened.
        if (!isCalling) reject(cancelled())
      },
    })
  })
}

/** The popup waits for the work that a picture carries; that it is done may reach the cloud side a little later. */
const MAX_WAITS = 3

async function callWhenWorked<Result>(
  call: GuardedCall<Result>,
  captcha: string,
  isWanted: () => boolean,
): Promise<Result> {
  for (let waits = 0; ; waits++) {
    try {
      return throwRefusal(await call(captcha))
    } catch (error) {
      if (readCode(error) !== 'uni-captcha-work-pending' || waits === MAX_WAITS) throw error
      const { retryAfter } = readDetail(error)
      await new Promise((resolve) => setTimeout(resolve, (typeof retryAfter === 'number' ? retryAfter : 1) * 1000))
      if (!isWanted()) throw error
    }
  }
}

/** A response of `uni.request` that says what a cloud function throws is thrown likewise; all else is the call's result. */
function throwRefusal<Result>(result: Result): Result {
  const { statusCode, data } = Object(result) as { statusCode?: unknown; data?: unknown }
  const { errCode, errMsg } = Object(data) as Record<string, unknown>
  const isRefusal = typeof statusCode === 'number' && typeof errCode === 'string' && errCode.startsWith('uni-captcha-')
  if (!isRefusal) return result
  throw Object.assign(new Error(String(errMsg ?? '')), { errCode, errMsg, detail: data })
}

/** Another answer may do: one that is right, newer, or worked for where the network has made many calls meanwhile. */
function isRefused(error: unknown): boolean {
  const codes = ['verify-fail', 'verify-overdue', 'proof-required', 'work-pending']
  return codes.some((code) => readCode(error) === `uni-captcha-${code}`)
}

/** Puts the wait where a page looks for it: uniCloud's client has it in `detail`. */
function withWait(error: unknown): unknown {
  const { retryAfter } = readDetail(error)
  const isLimit = readCode(error) === 'uni-captcha-too-many-requests' && typeof retryAfter === 'number'
  return isLimit ? Object.assign(Object(error), { retryAfter }) : error
}

function readCode(error: unknown): string {
  return String((Object(error) as Record<string, unknown>)['errCode'])
}

function readDetail(error: unknown): Record<string, unknown> {
  return Object((Object(error) as Record<string, unknown>)['detail']) as Record<string, unknown>
}

function cancelled(): CaptchaGuardError {
  return guardError('uni-captcha-cancelled', 'the captcha was cancelled')
}

function guardError(errCode: CaptchaGuardError['errCode'], errMsg: string): CaptchaGuardError {
  return Object.assign(new Error(errMsg), { errCode, errMsg })
}
