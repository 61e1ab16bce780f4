import { isClockRefused, readFailure } from './answer'

export type Schedule = (callback: () => void, delayMs: number) => () => void

/** A call that the network swallows, as while it changes, is repeated after each of these. */
const RETRY_AFTER_MS = [500, 1500, 3000]

/** Repeats a call that did not reach the cloud object, or whose answer did not come back, while it is wanted. */
export async function patiently(
  call: () => Promise<unknown>,
  isWanted: () => boolean,
  schedule: Schedule,
): Promise<unknown> {
  for (const delayMs of RETRY_AFTER_MS) {
    try {
      return await call()
    } catch (error) {
      if (readFailure(error) || isClockRefused(error) || !isWanted()) throw error
      await new Promise<void>((resolve) => schedule(resolve, delayMs))
    }
  }
  return call()
}
