import { pbkdf2Sync } from 'node:crypto'

/** What a challenge says to a client; written from the documentation, not from the product's own solver. */
export interface Asked {
  challenge: string
  puzzles: number
  iterations: number
  target: number
}

/** The first 32 bits of a puzzle's key. */
export function toKey({ challenge, iterations }: Pick<Asked, 'challenge' | 'iterations'>, index: number, n: number) {
  const salt = Buffer.alloc(8)
  salt.writeUInt32BE(index, 0)
  salt.writeUInt32BE(n, 4)
  return pbkdf2Sync(challenge.split('.')[1] ?? '', salt, iterations, 32, 'sha256').readUInt32BE(0)
}

export function solve(asked: Asked): number[] {
  return Array.from({ length: asked.puzzles }, (_, index) => {
    for (let n = 0; ; n++) if (toKey(asked, index, n) < asked.target) return n
  })
}

/** Whether each of the solutions solves its puzzle. */
export function areSolved(asked: Asked, solutions: readonly number[] = []): boolean {
  return solutions.length === asked.puzzles && solutions.every((n, index) => toKey(asked, index, n) < asked.target)
}
