// `npm run bench:proof`: how long a person waits for a proof of work in Chromium, what checking it costs the server, and
// what a token costs an attacker who computes it with native code.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { buildSync } from 'esbuild'
import { chromium } from 'playwright-core'

import { importSource } from '../scripts/import-source.mjs'
import { root } from '../scripts/freshness.mjs'
import { folder, rows, runMeasures } from './support/measures.mjs'

const PROOFS = 60
const CHECKS = 2000
const KEY = Buffer.alloc(32, 7)
const CHROMIUM = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
const { OPTIONS, signChallenge, openChallenge, isSolved, targetOf, PUZZLES } = await importSource(`
  export { OPTIONS } from './config/options'
  export * from './proof/proof-challenge'
`)
const work = OPTIONS.powWork.default
const target = targetOf(work)

await runMeasures([waiting, checking, attacking])

/** Proofs of the default work, one after the other, in the worker that the components use. */
async function waiting() {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM })
  try {
    const page = await browser.newPage()
    const script = bundle('uni_modules/uni-captcha/js_sdk/proof-of-work/worker.ts', 'iife')
    const solve = ([source, question]) =>
      new Promise((resolve) => {
        const worker = new Worker(URL.createObjectURL(new Blob([source])))
        const start = performance.now()
        worker.addEventListener('message', ({ data }) => {
          if (!data.solutions) return
          worker.terminate()
          resolve({ tookMs: performance.now() - start, solutions: data.solutions })
        })
        worker.postMessage(question)
      })
    const times = []
    for (let i = 0; i < PROOFS; i++) {
      const question = signed(i)
      const { tookMs, solutions } = await page.evaluate(solve, [script, { question, puzzles: PUZZLES, target }])
      if (!isSolved(question, target, solutions)) throw new Error('the browser found something else')
      times.push(tookMs)
    }
    const [median, p95] = [quantile(times, 0.5), quantile(times, 0.95)]
    rows.push({
      what: `waiting for a proof of ${work.toLocaleString('en')} hashes in Chromium, median`,
      measured: `${(median / 1000).toFixed(2)} s`,
      wanted: '≈ 2 s',
    })
    rows.push({ what: 'p95 ÷ median', measured: (p95 / median).toFixed(2), wanted: '≤ 1.6' })
  } finally {
    await browser.close()
  }
}

/** Signature and all puzzles of a right proof; signature alone of a forged one. */
function checking() {
  const { searchFor } = createRequire(import.meta.url)(bundleFile('js_sdk/proof-of-work/search.ts'))
  const question = signed('check')
  const search = searchFor({ question, puzzles: PUZZLES, target: targetOf(1000) })
  while (!search.step(1000));
  const check = (given) => {
    const challenge = openChallenge(given, KEY)
    return challenge !== undefined && isSolved(given, targetOf(1000), search.solutions)
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
function attacking() {
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

function signed(nonce) {
  return signChallenge({ for: 'bench', nonce: String(nonce), target, expiresAt: 9e15 }, KEY)
}

function bundle(file, format) {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, file)],
    bundle: true,
    write: false,
    format,
    target: 'es2019',
  })
  return outputFiles[0].text
}

function bundleFile(file) {
  const outfile = join(folder, 'search.cjs')
  buildSync({
    entryPoints: [join(root, 'uni_modules/uni-captcha', file)],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
  })
  return outfile
}

function timed(run) {
  const times = []
  for (let i = -CHECKS; i < CHECKS; i++) {
    const start = process.hrtime.bigint()
    run()
    if (i >= 0) times.push(Number(process.hrtime.bigint() - start) / 1e3)
  }
  return quantile(times, 0.5).toFixed(0)
}

function quantile(values, share) {
  return values.sort((a, b) => a - b)[Math.floor(values.length * share)]
}
