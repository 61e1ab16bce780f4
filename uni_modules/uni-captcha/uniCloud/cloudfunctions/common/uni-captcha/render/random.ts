import type { Seed } from './types'

/** Draws numbers for one picture. */
export interface Random {
  /** Uniform in [min, max). */
  between(min: number, max: number): number
  /** Uniform integer in [0, count). */
  below(count: number): number
}

/** sfc32 over 128 seed bits: fast, and only for drawing; the text of a captcha never comes from here. */
export function createRandom(seed: Seed): Random {
  if (seed.length !== 16) throw new Error(`a picture needs a seed of 16 bytes, got ${seed.length}`)
  let a = word(seed, 0)
  let b = word(seed, 4)
  let c = word(seed, 8)
  let counter = word(seed, 12)
  const next = (): number => {
    const sum = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let round = 0; round < 12; round++) next()
  return {
    between: (min, max) => min + (max - min) * (next() / 4294967296),
    below: (count) => Math.floor((next() / 4294967296) * count),
  }
}

function word(seed: Seed, at: number): number {
  return seed[at]! | (seed[at + 1]! << 8) | (seed[at + 2]! << 16) | (seed[at + 3]! << 24)
}
