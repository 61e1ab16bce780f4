// What `bench/proof.ts` runs in Chromium: the product's engines and its search.
import { solveOnPage, type Challenge } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work'
import { ENGINES, type EngineName } from '../../uni_modules/uni-captcha/js_sdk/proof-of-work/engines'

/** Iterations of PBKDF2 in that time, with so many computed at once. */
async function iterate(name: EngineName, iterations: number, atOnce: number, ms: number): Promise<number> {
  const [, engine] = ENGINES.find(([one]) => one === name)!
  const derive = await engine(new Uint8Array(43).fill(7))
  const end = performance.now() + ms
  let n = 0
  const lane = async () => {
    const salt = new Uint8Array(8)
    while (performance.now() < end) {
      new DataView(salt.buffer).setUint32(4, n++)
      await derive(salt, iterations)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: atOnce }, lane))
  return (n * iterations) / ((performance.now() - start) / 1000)
}

const bench = { iterate, solve: (challenge: Challenge) => solveOnPage(challenge, {}) }
export type Bench = typeof bench
Object.assign(globalThis, { bench })

// In a worker: one measure for each message.
if (typeof document === 'undefined') {
  addEventListener('message', ({ data }: MessageEvent<Parameters<typeof iterate>>) => {
    void iterate(...data).then((rate) => postMessage(rate))
  })
}
