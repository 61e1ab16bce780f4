import { afterEach, describe, expect, test, vi } from 'vitest'

import { solveChallenge } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work'
import { toDifficulty } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'
import { areSolved } from '../support/proofs'

const CHALLENGE = { challenge: 'a.challenge', ...toDifficulty(0.01) }

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** A worker that does what a browser's does, as far as `act` says. */
function stubWorker(act: (worker: EventTarget) => void, post?: () => void, cores = 1) {
  const ended = vi.fn()
  class StubWorker extends EventTarget {
    constructor() {
      super()
      act(this)
    }
    postMessage() {
      post?.()
    }
    terminate = ended
  }
  vi.stubGlobal('Worker', StubWorker)
  vi.stubGlobal('navigator', { hardwareConcurrency: cores })
  return ended
}

test.each([
  [1, 1],
  [3, 3],
  [64, 4],
])('on a device with %i cores a proof is given to %i workers, and all are ended', async (cores, workers) => {
  const ended = stubWorker(
    (worker) => setTimeout(() => worker.dispatchEvent(new Event('error'))),
    () => {},
    cores,
  )
  await solveChallenge(CHALLENGE)
  expect(ended).toHaveBeenCalledTimes(workers)
})

describe('a proof is computed on the page where the browser', () => {
  test('refuses a worker of another origin at once, as that of an application on a CDN', async () => {
    vi.stubGlobal('Worker', function () {
      throw new DOMException('Script at https://cdn.example cannot be accessed from origin', 'SecurityError')
    })
    expect(areSolved(CHALLENGE, await solveChallenge(CHALLENGE))).toBe(true)
  })

  test.each(['error', 'messageerror'])('tells of an %s, also when it tells twice', async (event) => {
    const ended = stubWorker((worker) => {
      setTimeout(() => worker.dispatchEvent(new Event(event)))
      setTimeout(() => worker.dispatchEvent(new Event('error')))
    })
    expect(areSolved(CHALLENGE, await solveChallenge(CHALLENGE))).toBe(true)
    expect(ended).toHaveBeenCalledTimes(1)
  })

  test('takes no message', async () => {
    const ended = stubWorker(
      () => {},
      () => {
        throw new DOMException('could not be cloned', 'DataCloneError')
      },
    )
    expect(areSolved(CHALLENGE, await solveChallenge(CHALLENGE))).toBe(true)
    expect(ended).toHaveBeenCalledTimes(1)
  })

  test('makes a worker that never says a word', async () => {
    vi.useFakeTimers()
    const ended = stubWorker(() => {})
    const solving = solveChallenge(CHALLENGE)
    await vi.advanceTimersByTimeAsync(4000)
    expect(ended).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(areSolved(CHALLENGE, await solving)).toBe(true)
  })
})

test('a worker that reports is left to work as long as it needs, and is ended by cancelling alone', async () => {
  vi.useFakeTimers()
  const ended = stubWorker((worker) => {
    setTimeout(() => worker.dispatchEvent(new MessageEvent('message', { data: { engine: 'javascript' } })), 100)
  })
  let isCancelled = false
  const solving = solveChallenge(CHALLENGE, { isCancelled: () => isCancelled })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ended).not.toHaveBeenCalled()
  isCancelled = true
  await vi.advanceTimersByTimeAsync(200)
  expect(await solving).toBeUndefined()
  expect(ended).toHaveBeenCalledTimes(1)
})
