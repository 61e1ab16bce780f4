import { pbkdf2Sync, randomBytes } from 'node:crypto'

import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { solveOnPage } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work'
import type { Derive } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/challenge'
import { toBytes } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/challenge'
import { ENGINES, pickEngine } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/engines'
import { javaScript } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/javascript'
import { pause } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/pause'
import { createProgress } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/progress'
import { solvePuzzle } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/search'
import type { Lane } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/share-out'
import { shareOut } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/share-out'
import {
  openChallenge,
  signChallenge,
  toDifficulty,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'
import { isSolved } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-check'
import { areSolved } from '../support/proofs'

vi.mock(import('../../uni_modules/uni-captcha/js_sdk/proof-of-work/pause'), async (original) => {
  const { pause: realPause } = await original()
  return { pause: vi.fn(realPause) }
})
afterEach(() => void vi.mocked(pause).mockReset())

const KEY = randomBytes(32)
const EASY = toDifficulty(0.02)
const CHALLENGE = { holder: 'a phone', network: 'a line', nonce: 'n', ...EASY, expiresAt: 1 }
/** The three that Node has as well as a browser; WeChat's way to load WebAssembly is none of them. */
const HERE = ENGINES.filter((_, at) => at !== 2)

it('the engines are a browser’s two, WeChat’s one and JavaScript, the fastest of a platform first', () => {
  expect(ENGINES.map(([name]) => name)).toEqual(['webcrypto', 'webassembly', 'webassembly', 'javascript'])
  expect(HERE.map(([name]) => name)).toEqual(['webcrypto', 'webassembly', 'javascript'])
})

function freshChallenge() {
  const content = { ...CHALLENGE, nonce: randomBytes(16).toString('hex') }
  return { content, challenge: signChallenge(content, KEY), ...EASY }
}

describe.each(HERE)('the engine %s', (_, engine) => {
  it('computes what RFC 7914 says', async () => {
    const derive = async (password: string, salt: string, iterations: number) =>
      Buffer.from(await (await engine(toBytes(password)))(toBytes(salt), iterations)).toString('hex')
    expect(await derive('passwd', 'salt', 1)).toBe('55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc')
    // The second vector of RFC 7914, section 11.
    expect(await derive('Password', 'NaCl', 80_000)).toBe(
      '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56',
    )
  })

  it('computes what Node does, for any password, salt and count, one after the other', async () => {
    const bytes = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength })
    await fc.assert(
      fc.asyncProperty(
        bytes(64),
        fc.array(bytes(51), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 40 }),
        async (password, salts, iterations) => {
          const derive = await engine(password)
          for (const salt of salts) {
            const key = Buffer.from(await derive(salt, iterations)).toString('hex')
            expect(key).toBe(pbkdf2Sync(password, salt, iterations, 32, 'sha256').toString('hex'))
          }
        },
      ),
    )
  })

  it('finds what the server takes', async () => {
    const { content, ...asked } = freshChallenge()
    const { derive } = await pickEngine(toBytes(asked.challenge.split('.')[1]!), [['javascript', engine]])
    const lane: Lane = {
      solve: (puzzle) => solvePuzzle(asked, derive, puzzle, { isOver: () => false, onTry: () => {} }),
      drop: () => {},
    }
    const solutions = await shareOut(
      asked,
      [lane],
      () => {},
      () => false,
    )
    expect(areSolved(asked, solutions)).toBe(true)
    expect(await isSolved(asked.challenge, content, solutions!)).toBe(true)
  })
})

describe('picking an engine', () => {
  const wrong = () => () => new Uint8Array(32)
  const broken = () => {
    throw new Error('not here')
  }

  it('takes the fastest that is there and computes what it should', async () => {
    expect((await pickEngine(toBytes('a'))).name).toBe('webcrypto')
    const { name, derive } = await pickEngine(toBytes('a'), [
      ['webcrypto', broken],
      ['webassembly', wrong],
      ['javascript', javaScript],
    ])
    expect(name).toBe('javascript')
    expect(await derive(toBytes('b'), 2)).toEqual(javaScript(toBytes('a'))(toBytes('b'), 2))
  })

  it('fails where none is right', async () => {
    await expect(pickEngine(toBytes('a'), [['javascript', wrong]])).rejects.toThrow('PBKDF2')
  })
})

describe('sharing puzzles out', () => {
  const asked = { challenge: 'a.b', puzzles: 28, iterations: 1, target: 2 ** 26 }

  it('gives each puzzle one solution that it has, whatever lanes there are and in whichever order they end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }), async (delays) => {
        const lanes = delays.map((turns): Lane => {
          let current: number | undefined
          return {
            async solve({ index, from }) {
              current = index
              for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
              return current === index ? index * 2 ** 20 + (from % 2 ** 20) : undefined
            },
            drop: (index) => {
              if (current === index) current = undefined
            },
          }
        })
        const reports: number[] = []
        const solutions = await shareOut(
          asked,
          lanes,
          (solved) => reports.push(solved),
          () => false,
        )
        expect(solutions?.map((number) => Math.floor(number / 2 ** 20))).toEqual(
          Array.from({ length: 28 }, (_, i) => i),
        )
        expect(reports).toEqual(Array.from({ length: 28 }, (_, i) => i + 1))
      }),
      { numRuns: 50 },
    )
  })

  it('lets a lane that is done help the slowest, which stops when its puzzle is solved elsewhere', async () => {
    const dropped: number[] = []
    const slow: Lane = {
      solve: () => new Promise((resolve) => (stop = () => resolve(undefined))),
      drop: (index) => (dropped.push(index), stop()),
    }
    let stop = () => {}
    const quick: Lane = { solve: async ({ index }) => index, drop: () => {} }
    const solutions = await shareOut(
      asked,
      [slow, quick],
      () => {},
      () => false,
    )
    expect(solutions).toHaveLength(28)
    expect(dropped).toContain(0)
  })

  it('ends without solutions when it is over', async () => {
    let left = 5
    const lane: Lane = { solve: async () => (left-- > 0 ? 1 : undefined), drop: () => {} }
    expect(
      await shareOut(
        asked,
        [lane],
        () => {},
        () => left <= 0,
      ),
    ).toBeUndefined()
  })
})

describe('the search on the page', () => {
  it('gives the page a turn as soon as 20 ms are over, whatever a try costs', async () => {
    for (const tryMs of [1, 7, 50]) {
      let [now, tries] = [0, 0]
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => now)
      const derive: Derive = () => {
        now += tryMs
        return new Uint8Array(4).fill(255)
      }
      /** Tries so far, at each turn of the page. */
      const turns: number[] = []
      vi.mocked(pause).mockImplementation(async () => void turns.push(tries))
      const asked = { challenge: 'a.b', puzzles: 1, iterations: 100, target: 0 }
      const search = { isOver: () => tries === 100, onTry: () => tries++ }
      expect(await solvePuzzle(asked, derive, { index: 0, from: 0 }, search)).toBeUndefined()
      clock.mockRestore()
      const slice = Math.ceil(20 / tryMs)
      expect(turns, `${tryMs} ms`).toEqual(Array.from({ length: Math.floor(100 / slice) }, (_, i) => (i + 1) * slice))
    }
  })

  it('lets what waits for its turn go first', async () => {
    const order: string[] = []
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => order.push('a finger on the screen'))
    port1.start()
    port2.postMessage(0)
    await pause()
    order.push('the search')
    port1.close()
    expect(order).toEqual(['a finger on the screen', 'the search'])
  })

  it('solves in this thread, tells how far it is, and ends when it is cancelled', async () => {
    const { content: _, ...asked } = freshChallenge()
    const shares: number[] = []
    const solutions = await solveOnPage(asked, { onProgress: ({ share }) => shares.push(share) })
    expect(areSolved(asked, solutions)).toBe(true)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares.at(-1)).toBe(1)
    let looks = 0
    expect(await solveOnPage({ ...asked, target: 1 }, { isCancelled: () => ++looks > 3 })).toBeUndefined()
  })
})

describe('the estimate of what is left', () => {
  it('follows from the tries so far, and a sleep of the device does not count', () => {
    let now = 0
    const count = createProgress({ challenge: '', puzzles: 10, iterations: 1, target: 2 ** 22 }, () => now)
    expect(count({ tries: 0 })).toEqual({ share: 0, leftMs: undefined })
    now = 500
    expect(count({ tries: 1024 })).toEqual({ share: 0, leftMs: 5000 })
    now = 1000
    expect(count({ tries: 1024, solved: 5 })).toEqual({ share: 0.5, leftMs: 2500 })
    now += 3_600_000
    expect(count({ tries: 2048 }).leftMs).toBe(2500)
  })
})

describe('a challenge', () => {
  it('is read back as it was signed, and not with another key or another spelling of its signature', () => {
    const signed = signChallenge(CHALLENGE, KEY)
    expect(openChallenge(signed, KEY)).toEqual(CHALLENGE)
    expect(openChallenge(signed, randomBytes(32))).toBeUndefined()
    expect(openChallenge(`${signed}.`, KEY)).toBeUndefined()
    expect(openChallenge(`${signed}=`, KEY)).toBeUndefined()
    expect(openChallenge('', KEY)).toBeUndefined()
  })
})
