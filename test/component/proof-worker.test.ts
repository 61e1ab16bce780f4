import { afterEach, describe, expect, test, vi } from 'vitest'

import { solveProof } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work'
import {
  isSolved,
  toTarget,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'

const TARGET = toTarget(4000)
const QUESTION = { question: 'a question', puzzles: 32, target: TARGET }

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** A worker that does what a browser's does, as far as `act` says. */
function stubWorker(act: (worker: EventTarget) => void, post?: () => void) {
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
  return ended
}

describe('a proof is computed on the page where the browser', () => {
  test('refuses a worker of another origin at once, as that of an application on a CDN', async () => {
    vi.stubGlobal('Worker', function () {
      throw new DOMException('Script at https://cdn.example cannot be accessed from origin', 'SecurityError')
    })
    expect(isSolved(QUESTION.question, TARGET, (await solveProof(QUESTION)) ?? [])).toBe(true)
  })

  test.each(['error', 'messageerror'])('tells of an %s, also when it tells twice', async (event) => {
    const ended = stubWorker((worker) => {
      setTimeout(() => worker.dispatchEvent(new Event(event)))
      setTimeout(() => worker.dispatchEvent(new Event('error')))
    })
    expect(isSolved(QUESTION.question, TARGET, (await solveProof(QUESTION)) ?? [])).toBe(true)
    expect(ended).toHaveBeenCalledTimes(1)
  })

  test('takes no message', async () => {
    const ended = stubWorker(
      () => {},
      () => {
        throw new DOMException('could not be cloned', 'DataCloneError')
      },
    )
    expect(isSolved(QUESTION.question, TARGET, (await solveProof(QUESTION)) ?? [])).toBe(true)
    expect(ended).toHaveBeenCalledTimes(1)
  })

  test('makes a worker that never says a word', async () => {
    vi.useFakeTimers()
    const ended = stubWorker(() => {})
    const solving = solveProof(QUESTION)
    await vi.advanceTimersByTimeAsync(4000)
    expect(ended).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(isSolved(QUESTION.question, TARGET, (await solving) ?? [])).toBe(true)
  })
})

test('a worker that reports is left to work as long as it needs, and is ended by cancelling alone', async () => {
  vi.useFakeTimers()
  const ended = stubWorker((worker) => {
    setTimeout(() => worker.dispatchEvent(new MessageEvent('message', { data: { solved: 0 } })), 100)
  })
  let isCancelled = false
  const solving = solveProof(QUESTION, { isCancelled: () => isCancelled })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ended).not.toHaveBeenCalled()
  isCancelled = true
  await vi.advanceTimersByTimeAsync(200)
  expect(await solving).toBeUndefined()
  expect(ended).toHaveBeenCalledTimes(1)
})
