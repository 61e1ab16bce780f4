import { randomBytes } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { inSlices } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work'
import { searchFor } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/search'
import {
  isSolved,
  openChallenge,
  signChallenge,
  toTarget,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'

const KEY = randomBytes(32)
const CHALLENGE = { for: 'a-device', nonce: 'n', target: toTarget(2000), expiresAt: 1 }

function freshQuestion() {
  const nonce = randomBytes(16).toString('hex')
  return { question: signChallenge({ ...CHALLENGE, nonce }, KEY), puzzles: 32, target: CHALLENGE.target }
}

describe('the client’s search', () => {
  it('finds what the server takes, however it is cut into steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (hashesPerStep) => {
        const question = freshQuestion()
        const search = searchFor(question)
        while (!search.step(hashesPerStep));
        expect(search.solutions).toHaveLength(32)
        expect(isSolved(question.question, question.target, search.solutions)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('gives the page its turns and tells how far it is', async () => {
    const question = { ...freshQuestion(), target: toTarget(200_000) }
    let turns = 0
    const page = setInterval(() => turns++, 1)
    const shares: number[] = []
    const solutions = await inSlices(question, { onProgress: (share) => shares.push(share) })
    clearInterval(page)
    expect(turns).toBeGreaterThan(2)
    expect(isSolved(question.question, question.target, solutions!)).toBe(true)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares.at(-1)).toBe(1)
  })

  it('ends when it is cancelled', async () => {
    let looks = 0
    const question = { ...freshQuestion(), target: 1 }
    expect(await inSlices(question, { isCancelled: () => ++looks > 3 })).toBeUndefined()
  })
})

describe('a question', () => {
  it('is read back as it was signed, and not with another key', () => {
    const signed = signChallenge(CHALLENGE, KEY)
    expect(openChallenge(signed, KEY)).toEqual(CHALLENGE)
    expect(openChallenge(signed, randomBytes(32))).toBeUndefined()
    expect(openChallenge(`${signed}.`, KEY)).toBeUndefined()
    expect(openChallenge('', KEY)).toBeUndefined()
  })
})
