// What a picture costs, against svg-captcha in the same process and run. Prints tables; nothing is gated here.
import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { requireOtherBundles } from '../scripts/cloud-bundle.mjs'
import { commonModule, root } from '../scripts/import-source.mjs'
import { PLUGINS } from '../scripts/plugins.mjs'

const ROUNDS = 15
const PICTURES_PER_ROUND = 2000
const LETTERS = 'ACDEHKLMPRTU2589'
const LOOK = { width: 150, height: 40, background: '#FFFAE8', color: true, fontSize: 40, noise: 4 }

const directory = mkdtempSync(join(tmpdir(), 'bench-render-'))
try {
  await run()
} finally {
  rmSync(directory, { recursive: true })
}

async function run() {
  const require = createRequire(join(directory, 'x.js'))
  const built = await bundle()
  const { drawPng, cryptoBytes } = require(built.drawing)
  const svgCaptcha = createRequire(import.meta.url)('svg-captcha')

  const generators = [
    ['svg-captcha 1.4.0', () => Buffer.from(svgCaptcha(text(), LOOK)).toString('base64')],
    ...[1, 2, 3].map((pixelRatio) => [
      `level 2, ratio ${pixelRatio}`,
      ours({ drawPng, cryptoBytes }, { level: 2, pixelRatio }),
    ]),
    ...[1, 3, 4].map((level) => [`level ${level}, ratio 2`, ours({ drawPng, cryptoBytes }, { level, pixelRatio: 2 })]),
  ]
  const rows = measure(generators)
  const [baseline] = rows
  console.log('Whole picture to base64, 150 × 40, noise 4; medians of %d rounds of %d\n', ROUNDS, PICTURES_PER_ROUND)
  console.table(
    rows.map((row) => ({
      generator: row.name,
      'per CPU-second': Math.round(row.perSecond),
      ratio: round(median(row.rates.map((rate, i) => rate / baseline.rates[i])), 2),
      'p50 ms': round(quantile(row.timesMs, 0.5), 3),
      'p99 ms': round(quantile(row.timesMs, 0.99), 3),
      'data URI bytes, median': quantile(row.sizes, 0.5) + 'data:image/png;base64,'.length,
    })),
  )
  const cold = coldStarts([built.module, require.resolve(join(root, 'node_modules/svg-captcha'))])
  console.log('Fresh process, require plus the first picture, median of 15')
  console.table([
    { module: 'uni-captcha, built', 'cold ms': round(cold[0], 2), ratio: round(cold[0] / cold[1], 2) },
    { module: 'svg-captcha 1.4.0', 'cold ms': round(cold[1], 2), ratio: 1 },
  ])
  console.log(
    `built common module without vector and font parser: ${(statSync(built.module).size / 1000).toFixed(1)} kB`,
  )
}

function ours({ drawPng, cryptoBytes }, options) {
  const look = { ...LOOK, ...options }
  return () => drawPng(text(), look, cryptoBytes(16)).bytes.toString('base64')
}

function text() {
  return Array.from(randomBytes(4), (byte) => LETTERS.charAt(byte % LETTERS.length)).join('')
}

/** Rounds alternate between the generators, so that a busy moment of the machine meets all of them. */
function measure(generators) {
  const rows = generators.map(([name, draw]) => ({ name, draw, rates: [], timesMs: [], sizes: [] }))
  for (const { draw } of rows) for (let i = 0; i < PICTURES_PER_ROUND; i++) draw()
  for (let round = 0; round < ROUNDS; round++) {
    for (const row of rows) {
      const before = process.cpuUsage()
      for (let i = 0; i < PICTURES_PER_ROUND; i++) row.draw()
      const { user, system } = process.cpuUsage(before)
      row.rates.push((PICTURES_PER_ROUND * 1e6) / (user + system))
    }
    for (const row of rows) {
      for (let i = 0; i < PICTURES_PER_ROUND / 4; i++) {
        const start = process.hrtime.bigint()
        row.sizes.push(row.draw().length)
        row.timesMs.push(Number(process.hrtime.bigint() - start) / 1e6)
      }
    }
  }
  return rows.map((row) => ({ ...row, perSecond: median(row.rates) }))
}

async function bundle() {
  const common = {
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'es2019',
    logLevel: 'error',
    external: ['uni-config-center'],
    plugins: [requireOtherBundles(commonModule, PLUGINS['uni-captcha'].bundles, 'index')],
  }
  const drawing = join(directory, 'drawing.js')
  const module = join(directory, 'module.js')
  const contents = `export { drawPng } from './render'; export { cryptoBytes } from './kit/random'`
  await build({ ...common, stdin: { contents, resolveDir: commonModule, loader: 'ts' }, outfile: drawing })
  await build({
    ...common,
    stdin: {
      contents: `export * from './index'; export { draw } from './captcha/draw'`,
      resolveDir: commonModule,
      loader: 'ts',
    },
    outfile: module,
  })
  cpSync(join(commonModule, 'fonts'), join(directory, 'fonts'), { recursive: true })
  return { drawing, module }
}

function coldStarts([ours, svgCaptcha]) {
  const script = join(directory, 'cold.cjs')
  const look = JSON.stringify({ ...LOOK, mode: 'png', level: 2, pixelRatio: 2 })
  // Database and configuration are not part of a picture; their shape is asked for when the module is loaded.
  const configCenter = join(directory, 'node_modules/uni-config-center')
  mkdirSync(configCenter, { recursive: true })
  writeFileSync(join(configCenter, 'index.js'), 'module.exports = () => ({ config: () => undefined })')
  writeFileSync(
    script,
    `
    globalThis.uniCloud = { database: () => ({ command: {}, collection: () => ({}) }) }
    const start = process.hrtime.bigint()
    const captcha = require(process.argv[2])
    const picture = captcha.draw ? captcha.draw('A2C5', ${look}) : captcha('A2C5', ${look})
    Promise.resolve(picture).then(() => console.log(Number(process.hrtime.bigint() - start) / 1e6))`,
  )
  const once = (file) => Number(execFileSync(process.execPath, [script, file], { encoding: 'utf8' }))
  const times = [[], []]
  for (let i = 0; i < 15; i++) [ours, svgCaptcha].forEach((file, which) => times[which].push(once(file)))
  return times.map(median)
}

function median(numbers) {
  return quantile(numbers, 0.5)
}

function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

function round(number, digits) {
  return Number(number.toFixed(digits))
}
