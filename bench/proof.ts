// `npm run bench:proof`: how long a person waits for a proof of work in Chromium, what checking it costs the server, and
// what a token costs an attacker who computes it with native code.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { buildSync } from 'esbuild'
import { chromium } from 'playwright-core'

import { root } from '../scripts/build-cache.mjs'
import { searchFor } from '../uni_modules/uni-captcha/js_sdk/proof-of-work/search'
import { OPTIONS } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import {
  isSolved,
  openChallenge,
  PUZZLES,
  signChallenge,
  toTarget,
} from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'
import { rows, runMeasures } from './support/measures'
import { median, quantile } from './support/numbers'

const PROOFS = 60
const CHECKS = 2000
const KEY = Buffer.alloc(32, 7)
const CHROMIUM = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
const work = OPTIONS.powWork.default
const target = toTarget(work)

await runMeasures([waiting, checking, attacking])

/** Proofs of the default work, one after the other, in the worker that the components use. */
async function waiting(): Promise<void> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM })
  try {
    const page = await browser.newPage()
    const script = bundledWorker()
    const solve = ([source, task]: [string, object]) =>
      new Promise<{ tookMs: number; solutions: number[] }>((resolve) => {
        const worker = new Worker(URL.createObjectURL(new Blob([source])))
        const start = performance.now()
        worker.addEventListener('message', ({ data }: MessageEvent<{ solutions?: number[] }>) => {
          if (!data.solutions) return
          worker.terminate()
          resolve({ tookMs: performance.now() - start, solutions: data.solutions })
        })
        worker.postMessage(task)
      })
    const times: number[] = []
    for (let i = 0; i < PROOFS; i++) {
      const question = signed(i)
      const task: [string, object] = [script, { question, puzzles: PUZZLES, target }]
      const { tookMs, solutions } = await page.evaluate(solve, task)
      if (!isSolved(question, target, solutions)) throw new Error('the browser found something else')
      times.push(tookMs)
    }
    const [p50, p95] = [median(times), quantile(times, 0.95)]
    rows.push({
      what: `waiting for a proof of ${work.toLocaleString('en')} hashes in Chromium, median`,
      measured: `${(p50 / 1000).toFixed(2)} s`,
      wanted: '≈ 2 s',
    })
    rows.push({ what: 'p95 ÷ median', measured: (p95 / p50).toFixed(2), wanted: '≤ 1.6' })
  } finally {
    await browser.close()
  }
}

/** Signature and all puzzles of a right proof; signature alone of a forged one. */
function checking(): void {
  const question = signed('check')
  const search = searchFor({ question, puzzles: PUZZLES, target: toTarget(1000) })
  while (!search.step(1000));
  const check = (given: string) => {
    const challenge = openChallenge(given, KEY)
    return challenge !== undefined && isSolved(given, toTarget(1000), search.solutions)
  }
  if (!check(question)) throw new Error('a right proof was refused')
  rows.push({
    what: 'checking a right proof, p50',
    measured: `${timed(() => check(question))} µs`,
    wanted: '≤ 1000 µs',
  })
  const forged = `${question.slice(0, -4)}AAAA`
  rows.push({ what: 'refusing a forged one, p50', measured: `${timed(() => check(forged))} µs`, wanted: '' })
}

/** One core, native code: what openssl hashes in blocks as long as a puzzle's. */
function attacking(): void {
  const { stdout } = spawnSync('openssl', ['speed', '-seconds', '2', '-bytes', '40', '-evp', 'sha256'], {
    encoding: 'utf8',
  })
  const kilobytes = Number(/^sha256\s+([\d.]+)k/im.exec(stdout ?? '')?.[1])
  const perSecond = (kilobytes * 1000) / 40
  rows.push({
    what: 'a token on one core with openssl',
    measured: Number.isFinite(perSecond) ? `${(work / perSecond).toFixed(2)} s` : 'not measured: no openssl here',
    wanted: '',
  })
}

function signed(nonce: string | number): string {
  return signChallenge({ for: 'bench', nonce: String(nonce), target, expiresAt: 9e15 }, KEY)
}

function bundledWorker(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, 'uni_modules/uni-captcha/js_sdk/proof-of-work/worker.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2019',
  })
  return outputFiles[0]?.text ?? ''
}

function timed(run: () => unknown): string {
  const times: number[] = []
  for (let i = -CHECKS; i < CHECKS; i++) {
    const start = process.hrtime.bigint()
    run()
    if (i >= 0) times.push(Number(process.hrtime.bigint() - start) / 1e3)
  }
  return median(times).toFixed(0)
}
