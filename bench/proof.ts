// `npm run bench:proof`: what a proof of work costs a person's device, an attacker with native code, and the server.
// Rates are iterations of PBKDF2-HMAC-SHA-256 per second; the ones that are compared come from one run.
import { spawnSync } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { buildSync } from 'esbuild'
import { chromium, type Page } from 'playwright-core'

import { root } from '../scripts/build-cache.mjs'
import { ENGINES } from '../uni_modules/uni-captcha/js_sdk/proof-of-work/engines'
import { resolveOptions } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import { WORK } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/work-options'
import {
  ITERATIONS,
  ITERATIONS_PER_SECOND,
  openChallenge,
  signChallenge,
  toDifficulty,
  type ProofChallenge,
} from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'
import { isSolved } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-check'
import { drawPng } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/index'
import { solve } from '../test/support/proofs'
import type { Bench } from './support/proof-page'
import { folder, rows, runMeasures } from './support/measures'
import { median, quantile } from './support/numbers'

const KEY = Buffer.alloc(32, 7)
const CHROMIUM = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
const MEASURE_MS = 2000
const SHORT_PROOFS = 40
const SHORT_SECONDS = 0.4
const WHOLE_PROOFS = 20
const LETTERS = 4
const TYPING_SPEEDS = [1, 2, 3, 4]
const CHECKS = 30
const FORGED = 5000
const PICTURES = 1500
const WEBCRYPTO_AT_ONCE = 4

let webCryptoRate = 0
const inM = (rate: number) => `${(rate / 1e6).toFixed(2)} M/s`

await runMeasures([page, native, server, flood])

async function page(): Promise<void> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM })
  try {
    const page = await browser.newPage()
    // WebCrypto is there on secure pages alone.
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<title>bench</title>' }))
    await page.goto('http://localhost/')
    await page.evaluate(script())
    for (const workers of [1, 2]) {
      const rate = await rateInWorkers(page, workers, [
        'webcrypto',
        ITERATIONS,
        WEBCRYPTO_AT_ONCE / workers,
        MEASURE_MS,
      ])
      rows.push({ what: `Chromium, WebCrypto, ${workers} worker(s)`, measured: inM(rate) })
      webCryptoRate = Math.max(webCryptoRate, rate)
    }
    const long = await rateInWorkers(page, 1, ['webcrypto', 20_000, WEBCRYPTO_AT_ONCE, MEASURE_MS])
    rows.push({ what: `the same with 20,000 iterations a call instead of ${ITERATIONS}`, measured: inM(long) })
    for (const name of ['webassembly', 'javascript']) {
      for (const workers of [1, 2]) {
        const rate = await rateInWorkers(page, workers, [name, ITERATIONS, 1, MEASURE_MS])
        rows.push({ what: `Chromium, ${name}, ${workers} worker(s)`, measured: inM(rate) })
      }
    }
    const wechat = ENGINES[1]![1]
    const derive = await wechat(new Uint8Array(43))
    const { perSecond } = await usedCpu(MEASURE_MS, () => derive(new Uint8Array(8), ITERATIONS))
    rows.push({ what: 'the WeChat engine’s stand-in (Node), webassembly', measured: inM(perSecond * ITERATIONS) })

    const short = await waits(page, SHORT_PROOFS, SHORT_SECONDS)
    const whole = await waits(page, WHOLE_PROOFS, WORK.seconds.default)
    const wait = `waiting for a proof of ${WORK.seconds.default} s on one page, WebCrypto, median`
    rows.push({ what: wait, measured: `${(median(whole) / 1000).toFixed(2)} s` })
    const spread = (quantile(short, 0.95) / median(short)).toFixed(2)
    rows.push({ what: `p95 ÷ median of ${SHORT_PROOFS} waits`, measured: spread, wanted: '≤ 1.4' })
    // From the picture to Enter; a person looks at it first, for which nothing is added here.
    for (const speed of TYPING_SPEEDS) {
      const typingMs = (LETTERS / speed) * 1000
      const solvedInTime = whole.filter((waitMs) => waitMs <= typingMs).length / whole.length
      const what = `solved before Enter, ${LETTERS} letters at ${speed} a second (${(typingMs / 1000).toFixed(1)} s)`
      rows.push({
        what,
        measured: `${Math.round(solvedInTime * 100)} %`,
        ...(typingMs >= 3000 && { wanted: '≥ 95 %' }),
      })
    }
  } finally {
    await browser.close()
  }
}

/** OpenSSL, as Node has it, and code that is written for this one purpose. */
async function native(): Promise<void> {
  const salt = Buffer.alloc(8)
  const openssl = await usedCpu(MEASURE_MS, () => pbkdf2Sync('a password', salt, ITERATIONS, 32, 'sha256'))
  compare('OpenSSL (Node), one core', openssl.perSecond * ITERATIONS, '≤ 1.5')
  rows.push({
    what: 'the reference core in the source, ITERATIONS_PER_SECOND',
    measured: inM(ITERATIONS_PER_SECOND),
    wanted: '≈ OpenSSL on an idle core',
  })
  const program = join(folder, 'pbkdf2')
  const compiled = spawnSync('gcc', ['-O3', '-march=native', '-o', program, join(root, 'bench/support/pbkdf2.c')])
  const tries = 10_000
  const { stdout } = spawnSync(program, [String(ITERATIONS), String(tries)], { encoding: 'utf8' })
  if (compiled.status !== 0 || !stdout) {
    rows.push({ what: 'C with SHA instructions', measured: 'not measured: no gcc, or a processor without them' })
    return
  }
  const [word, rate] = stdout.trim().split(' ')
  salt.writeUInt32BE(tries - 1, 4)
  if (word !== pbkdf2Sync('a password', salt, ITERATIONS, 4, 'sha256').toString('hex')) {
    throw new Error('the C program computes something else')
  }
  compare('C with SHA instructions, two salts at once, one core', Number(rate), '≤ 1.5')
}

function compare(what: string, rate: number, wanted: string): void {
  rows.push({ what, measured: inM(rate) })
  const seconds = (WORK.seconds.default * ITERATIONS_PER_SECOND) / rate
  rows.push({ what: '  a token of the default work', measured: `${seconds.toFixed(2)} CPU-s` })
  rows.push({ what: '  attacker advantage: native ÷ WebCrypto', measured: (rate / webCryptoRate).toFixed(2), wanted })
}

/** What a token costs the server, and what a forged one does. */
async function server(): Promise<void> {
  const proofs = Array.from({ length: CHECKS }, (_, at) => solved(`check ${at}`))
  let at = 0
  const right = await usedCpu(
    0,
    async () => {
      const { signed, solutions } = proofs[at++ % CHECKS]!
      const challenge = openChallenge(signed, KEY)
      if (!challenge || !(await isSolved(signed, challenge, solutions))) throw new Error('a right proof was refused')
    },
    CHECKS,
  )
  rows.push({ what: 'server, checking a right proof', measured: `${right.cpuMs.toFixed(2)} CPU-ms`, wanted: '≤ 10' })
  const forged = `${proofs[0]!.signed.slice(0, -4)}AAAA`
  const wrong = await usedCpu(0, () => openChallenge(forged, KEY), FORGED)
  rows.push({ what: 'server, a refused forged one', measured: `${wrong.cpuMs.toFixed(4)} CPU-ms`, wanted: '≤ 0.05' })
}

/** Other calls on the same event loop, which draw pictures, while proofs are checked without end. */
async function flood(): Promise<void> {
  const options = resolveOptions({}, 'bench', {})
  const p99 = async () => {
    const times: number[] = []
    for (let i = 0; i < PICTURES; i++) {
      const start = process.hrtime.bigint()
      await new Promise((resolve) => setImmediate(resolve))
      drawPng('ACDE', options as Parameters<typeof drawPng>[1], randomBytes(16))
      await new Promise((resolve) => setImmediate(resolve))
      times.push(Number(process.hrtime.bigint() - start) / 1e6)
    }
    return quantile(times, 0.99)
  }
  await p99()
  const quiet = await p99()
  const { signed, challenge, solutions } = solved('flood')
  const flood = { isOver: false }
  const redeem = async () => {
    while (!flood.isOver) await isSolved(signed, challenge, solutions)
  }
  const redemptions = Array.from({ length: 64 }, redeem)
  const busy = await p99()
  flood.isOver = true
  await Promise.all(redemptions)
  rows.push({
    what: 'p99 of drawing while 64 redeem without end ÷ p99 without',
    measured: `${(busy / quiet).toFixed(2)} (${busy.toFixed(2)} ÷ ${quiet.toFixed(2)} ms)`,
    wanted: '≤ 2',
  })
}

function rateInWorkers(page: Page, workers: number, task: unknown[]): Promise<number> {
  return page.evaluate(
    async ([source, workers, task]) => {
      const url = URL.createObjectURL(new Blob([source]))
      const rates = Array.from({ length: workers }, () => {
        const worker = new Worker(url)
        return new Promise<number>((resolve) => {
          worker.addEventListener('message', ({ data }: MessageEvent<number>) => resolve(data))
          worker.postMessage(task)
        }).finally(() => worker.terminate())
      })
      return (await Promise.all(rates)).reduce((sum, rate) => sum + rate)
    },
    [script(), workers, task] as const,
  )
}

/** How long each proof takes, in milliseconds. */
async function waits(page: Page, proofs: number, seconds: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < proofs; i++) {
    const content = toContent(`${seconds} ${i}`, seconds)
    const challenge = signChallenge(content, KEY)
    const { tookMs, solutions } = await page.evaluate(
      async (asked) => {
        const { bench } = globalThis as unknown as { bench: Bench }
        const start = performance.now()
        return { solutions: await bench.solve(asked), tookMs: performance.now() - start }
      },
      { challenge, ...toDifficulty(seconds) },
    )
    if (!(await isSolved(challenge, content, solutions ?? []))) throw new Error('the browser found something else')
    times.push(tookMs)
  }
  return times
}

function toContent(nonce: string, seconds: number): ProofChallenge {
  return { holder: 'bench', network: 'bench', nonce, ...toDifficulty(seconds), expiresAt: 9e15 }
}

function solved(nonce: string) {
  const challenge = toContent(nonce, WORK.seconds.min)
  const signed = signChallenge(challenge, KEY)
  return { signed, challenge, solutions: solve({ challenge: signed, ...toDifficulty(WORK.seconds.min) }) }
}

/** The CPU time of this process for each run, and how many runs that makes in a second of it. */
async function usedCpu(ms: number, run: () => unknown, times = 0): Promise<{ cpuMs: number; perSecond: number }> {
  const before = process.cpuUsage()
  const end = Date.now() + ms
  let runs = 0
  for (; times > 0 ? runs < times : Date.now() < end; runs++) await run()
  const { user, system } = process.cpuUsage(before)
  const cpuMs = (user + system) / 1000 / runs
  return { cpuMs, perSecond: 1000 / cpuMs }
}

function script(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, 'bench/support/proof-page.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2020',
    // Workers are the bench's own here.
    external: ['./worker.ts'],
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
