// What a picture costs, against svg-captcha in the same process and run. Prints tables; nothing is gated here.
import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { build } from 'esbuild'

import { root } from '../scripts/build-cache.mjs'
import { bundleCloudCode } from '../scripts/cloud-bundle'
import { captchaModule as commonModule, PLUGINS } from '../scripts/plugins'
import type { cryptoBytes as CryptoBytes } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import type {
  DrawOptions,
  drawPng as DrawPng,
  drawTap as DrawTap,
} from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/index'
import { median, quantile } from './support/numbers'

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

interface Drawing {
  drawPng: typeof DrawPng
  drawTap: typeof DrawTap
  cryptoBytes: typeof CryptoBytes
}

type Generator = [name: string, draw: () => string]

interface Row {
  name: string
  draw: () => string
  rates: number[]
  timesMs: number[]
  sizes: number[]
}

async function run(): Promise<void> {
  const require = createRequire(join(directory, 'x.js'))
  const built = await bundle()
  const drawing = require(built.drawing) as Drawing
  const svgCaptcha = createRequire(import.meta.url)('svg-captcha') as (text: string, look: object) => string

  const generators: Generator[] = [
    ['svg-captcha 1.4.0', () => Buffer.from(svgCaptcha(text(), LOOK)).toString('base64')],
    ...([1, 2, 3] as const).map((ratio): Generator => [`level 2, ratio ${ratio}`, ours(drawing, 2, ratio)]),
    ...([1, 3, 4] as const).map((level): Generator => [`level ${level}, ratio 2`, ours(drawing, level, 2)]),
    ...([1, 2, 3] as const).map((ratio): Generator => [`tap, level 2, ratio ${ratio}`, toTap(drawing, 2, ratio)]),
    ...([1, 3, 4] as const).map((level): Generator => [`tap, level ${level}, ratio 2`, toTap(drawing, level, 2)]),
  ]
  const rows = measure(generators)
  const baseline = rows[0]!
  console.log(
    'Whole picture to base64, 150 × 40 (to tap on 300 × 200), noise 4; medians of %d rounds of %d\n',
    ROUNDS,
    PICTURES_PER_ROUND,
  )
  console.table(
    rows.map((row) => ({
      generator: row.name,
      'per CPU-second': Math.round(median(row.rates)),
      ratio: round(median(row.rates.map((rate, i) => rate / baseline.rates[i]!)), 2),
      'p50 ms': round(quantile(row.timesMs, 0.5), 3),
      'p99 ms': round(quantile(row.timesMs, 0.99), 3),
      'data URI bytes, median': quantile(row.sizes, 0.5) + 'data:image/png;base64,'.length,
    })),
  )
  const cold = coldStarts([built.bundles, [require.resolve(join(root, 'node_modules/svg-captcha'))]])
  console.log('Fresh process, require plus the first picture, median of 15')
  console.table([
    { module: 'uni-captcha, built', 'cold ms': round(cold[0], 2), ratio: round(cold[0] / cold[1], 2) },
    { module: 'svg-captcha 1.4.0', 'cold ms': round(cold[1], 2), ratio: 1 },
  ])
  console.log(
    `what the first picture reads of the built module: ${(built.bundles.reduce((sum, file) => sum + statSync(file).size, 0) / 1000).toFixed(1)} kB`,
  )
}

function ours(
  { drawPng, cryptoBytes }: Drawing,
  level: DrawOptions['level'],
  pixelRatio: DrawOptions['pixelRatio'],
): () => string {
  const look = { ...LOOK, level, pixelRatio }
  return () => Buffer.from(drawPng(text(), look, cryptoBytes(16)).bytes).toString('base64')
}

/** Pictures to tap on are 300 × 200. */
function toTap(
  { drawTap, cryptoBytes }: Drawing,
  level: DrawOptions['level'],
  pixelRatio: DrawOptions['pixelRatio'],
): () => string {
  const look = { ...LOOK, level, pixelRatio }
  return () => Buffer.from(drawTap(tapText(), look, cryptoBytes(16)).bytes).toString('base64')
}

/** Eight different letters, and four of them again. */
function tapText(): string {
  const start = randomBytes(1)[0]!
  const field = Array.from({ length: 8 }, (_, i) => LETTERS.charAt((start + 3 * i) % LETTERS.length)).join('')
  return field + field.slice(0, 4)
}

function text(): string {
  return Array.from(randomBytes(4), (byte) => LETTERS.charAt(byte % LETTERS.length)).join('')
}

/** Rounds alternate between the generators, so that a busy moment of the machine meets all of them. */
function measure(generators: Generator[]): Row[] {
  const rows = generators.map(([name, draw]): Row => ({ name, draw, rates: [], timesMs: [], sizes: [] }))
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
  return rows
}

async function bundle(): Promise<{ drawing: string; bundles: string[] }> {
  const drawing = join(directory, 'drawing.js')
  const contents = `export { drawPng, drawTap } from './render'; export { cryptoBytes } from './kit/random'`
  await build({
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'es2019',
    logLevel: 'error',
    stdin: { contents, resolveDir: commonModule, loader: 'ts' },
    outfile: drawing,
  })
  // As it is published: the first call reads the bundle that draws.
  await bundleCloudCode(commonModule, directory, PLUGINS['uni-captcha'].bundles)
  cpSync(join(commonModule, 'fonts'), join(directory, 'fonts'), { recursive: true })
  return { drawing, bundles: ['index.js', 'draw.js'].map((name) => join(directory, name)) }
}

/** `files` are required one after the other; the last one draws. */
function coldStarts(files: [ours: string[], svgCaptcha: string[]]): [ours: number, svgCaptcha: number] {
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
    const picture = process.argv[3] ? require(process.argv[3]).draw('A2C5', ${look}) : captcha('A2C5', ${look})
    Promise.resolve(picture).then(() => console.log(Number(process.hrtime.bigint() - start) / 1e6))`,
  )
  const once = (required: string[]) =>
    Number(execFileSync(process.execPath, [script, ...required], { encoding: 'utf8' }))
  const times: [number[], number[]] = [[], []]
  for (let i = 0; i < 15; i++) {
    times[0].push(once(files[0]))
    times[1].push(once(files[1]))
  }
  return [median(times[0]), median(times[1])]
}

function round(number: number, digits: number): number {
  return Number(number.toFixed(digits))
}
