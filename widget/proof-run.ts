import type { Challenge, SolveOptions } from '../uni_modules/uni-captcha/js_sdk/proof-of-work/index'
import type { Solve } from './proof-file'
import { ServiceError } from './service'

/** What the server gives: a challenge, or a token in its place. */
export type Given = Record<string, unknown>

interface ProofSource {
  ask: () => Promise<Given>
  load: () => Promise<Solve>
  /** hands the answer to a challenge in */
  redeem: (id: string, answer: string) => Promise<Given>
}

interface ProofOptions {
  /** false once something else was asked for */
  isCurrent: () => boolean
  onProgress?: SolveOptions['onProgress']
}

/** A challenge that is refused has expired while the device was asleep, or its answer was lost: one more is asked for. */
const MAX_CHALLENGES = 3

/** Computes proofs of work, from the first challenge to the token. */
export function createProofRun({ ask, load, redeem }: ProofSource) {
  let offered: Given | undefined
  let offeredUntilMs = 0

  /** Answers what holds the token, undefined when it is given up. Throws ServiceError. */
  async function prove(first: Given | undefined, { isCurrent, onProgress }: ProofOptions): Promise<Given | undefined> {
    let given = first
    for (let challenges = 1; ; challenges++) {
      given ??= await ask()
      if (!isCurrent() || typeof given['token'] === 'string') return isCurrent() ? given : undefined
      const solve = await load()
      const asked = given as unknown as Challenge
      const solutions = await solve(asked, {
        isCancelled: () => !isCurrent(),
        onProgress: (progress) => void (isCurrent() && onProgress?.(progress)),
      })
      if (!solutions || !isCurrent()) return undefined
      try {
        const passed = await redeem(String(given['id']), JSON.stringify({ challenge: asked.challenge, solutions }))
        return isCurrent() ? passed : undefined
      } catch (error) {
        const isRefused = error instanceof ServiceError && error.errCode === 'uni-captcha-proof-fail'
        if (!isRefused || challenges === MAX_CHALLENGES || !isCurrent()) throw error
        onProgress?.({ share: 0, leftMs: undefined })
        given = undefined
      }
    }
  }

  return {
    prove,
    /** Keeps a challenge until the user begins it. */
    offer(given: Given): void {
      offered = given
      offeredUntilMs = Date.now() + Number(given['expiresIn']) * 1000
    },
    /** Computes what was offered, or another challenge where that has expired meanwhile. */
    begin: (options: ProofOptions) => prove(Date.now() < offeredUntilMs ? offered : undefined, options),
  }
}
