import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createChallenge } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/challenge'
import { normalise } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/call/request'
import {
  alphabet,
  LETTERS,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/letters'
import { resolveOptions } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import {
  cryptoBytes,
  uniformInt,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'

/** Bytes that look random and repeat with the seed: a statistical test must not fail once in a while. */
function seededBytes(seed: string) {
  let block = 0
  let pool = Buffer.alloc(0)
  return (count: number) => {
    while (pool.length < count) {
      pool = Buffer.concat([pool, createHash('sha512').update(`${seed}${block++}`).digest()])
    }
    const taken = pool.subarray(0, count)
    pool = pool.subarray(count)
    return taken
  }
}

/** χ² of observed counts against equal expectation. */
function chiSquare(counts: number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

const make = (config: object, seed = 'a') =>
  createChallenge(resolveOptions(config, 'x', {}), uniformInt(seededBytes(seed)))

describe('letters', () => {
  it('draw from the alphabet without look-alikes, as many as asked for', () => {
    for (const size of [1, 4, 6]) {
      const { prompt, answer, maxLength } = make({ size })
      expect(prompt).toMatch(new RegExp(`^[${LETTERS}]{${size}}$`))
      expect(answer).toBe(prompt.toLowerCase())
      expect(maxLength).toBe(size)
    }
  })

  it('give every character of the alphabet, the first and the last included, the same chance at every place', () => {
    const randomInt = uniformInt(seededBytes('letters'))
    const options = resolveOptions({ size: 4 }, 'x', {})
    const counts = Array.from({ length: 4 }, () => new Map<string, number>())
    for (let i = 0; i < 100_000; i++) {
      Array.from(createChallenge(options, randomInt).prompt, (letter, place) => {
        counts[place]!.set(letter, (counts[place]!.get(letter) ?? 0) + 1)
      })
    }
    for (const place of counts) {
      expect(place.size).toBe(LETTERS.length)
      expect(chiSquare([...place.values()])).toBeLessThan(44.3) // 15 degrees of freedom, p = 0.0001
    }
  })

  it('leave out ignored characters in either case', () => {
    expect(alphabet('acd2')).toBe(LETTERS.replace(/[ACD2]/g, ''))
    expect(make({ ignoreChars: 'acdehklmprtu258' }).prompt).toBe('9999')
  })
})

describe('arithmetic', () => {
  it('asks for a sum that ends in =? and is never negative, within its bounds and with its operator', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99 }),
        fc.integer({ min: 0, max: 99 }),
        fc.constantFrom('', '+', '-'),
        fc.string(),
        (a, b, mathOperator, seed) => {
          const [mathMin, mathMax] = [Math.min(a, b), Math.max(a, b)]
          const { prompt, answer, maxLength } = make({ mathExpr: true, mathMin, mathMax, mathOperator }, seed)
          const [, left, operator, right] = /^(\d+)([+-])(\d+)=\?$/.exec(prompt) ?? []
          for (const number of [Number(left), Number(right)]) {
            expect(number).toBeGreaterThanOrEqual(mathMin)
            expect(number).toBeLessThanOrEqual(mathMax)
          }
          if (mathOperator) expect(operator).toBe(mathOperator)
          expect(Number(answer)).toBe(operator === '+' ? Number(left) + Number(right) : Number(left) - Number(right))
          expect(Number(answer)).toBeGreaterThanOrEqual(0)
          expect(answer.length).toBeLessThanOrEqual(maxLength)
        },
      ),
    )
  })

  it('tells nothing about the answer by the number of characters to type', () => {
    const lengths = new Set(Array.from({ length: 200 }, (_, i) => make({ mathExpr: true }, `${i}`).maxLength))
    expect([...lengths]).toEqual([2])
  })

  it('uses both operators when none is configured', () => {
    const prompts = Array.from({ length: 50 }, (_, i) => make({ mathExpr: true }, `${i}`).prompt)
    expect(prompts.some((prompt) => prompt.includes('+'))).toBe(true)
    expect(prompts.some((prompt) => prompt.includes('-'))).toBe(true)
  })
})

describe('answers', () => {
  it('are compared without case, outer spaces and full-width forms', () => {
    expect(normalise('  aBcD\n')).toBe('abcd')
    expect(normalise('ＡＢ１２　')).toBe('ab12')
  })
})

describe('the source of chance', () => {
  it('is uniform also where 2^24 is not a multiple of the bound', () => {
    const randomInt = uniformInt(seededBytes('bounds'))
    for (const bound of [3, 7, 10, 19]) {
      const counts = Array.from({ length: bound }, () => 0)
      for (let i = 0; i < 20_000; i++) counts[randomInt(bound)]!++
      expect(chiSquare(counts)).toBeLessThan(55) // far beyond p = 0.0001 for 18 degrees of freedom
    }
  })

  it('draws again instead of folding the incomplete last multiple', () => {
    const draws = [Uint8Array.of(255, 255, 255), Uint8Array.of(0, 0, 4)]
    const limit = 2 ** 24 - (2 ** 24 % 10)
    expect(0xffffff).toBeGreaterThanOrEqual(limit)
    expect(uniformInt(() => draws.shift()!)(10)).toBe(4)
    // The last value that is taken is one below the limit, and nothing is likelier for the limit itself.
    const atLimit = [limit, limit - 1].map((value) => Uint8Array.of(value >> 16, (value >> 8) & 255, value & 255))
    expect(uniformInt(() => atLimit.shift()!)(10)).toBe(9)
  })

  it('never gives the same bytes twice, in small draws and large ones', () => {
    const draws = Array.from({ length: 5000 }, (_, i) =>
      Buffer.from(cryptoBytes(i % 700 === 0 ? 5000 : 16)).toString('hex'),
    )
    expect(new Set(draws).size).toBe(draws.length)
    expect(draws.every((draw, i) => draw.length === (i % 700 === 0 ? 10_000 : 32) && !/^(00)+$/.test(draw))).toBe(true)
  })

  it('refuses bounds it cannot serve', () => {
    for (const bound of [0, -1, 1.5, 2 ** 24 + 1, Number.NaN])
      expect(() => uniformInt(cryptoBytes)(bound)).toThrow(RangeError)
  })
})
