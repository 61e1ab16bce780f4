// `npm run bench`: what a captcha costs on the host, and whether cost or memory grow with use. Ratios are taken within
// one run; absolute values are printed beside them and mean little on a shared machine.
import { createHmac } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import autocannon from 'autocannon'

import { build } from '../scripts/build.mjs'
import { root, step } from '../scripts/freshness.mjs'
import { startHostProcess } from '../scripts/host-process.mjs'

const require = createRequire(import.meta.url)
const CONNECTIONS = 50
const SECONDS = 6
const DEVICES = 2000
let databaseBundle
const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-bench-'))

await build('host')
await build('hbuilderx')
const rows = []
try {
  for (const measure of [throughput, storedCodes, heap]) {
    step(`measuring ${measure.name}`)
    await measure()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log('')
console.table(rows)

/** getImageCaptcha over HTTP against an empty cloud object on the same host, in turns; then its tail at half its rate. */
async function throughput() {
  const host = await startHost()
  try {
    const pairs = []
    for (let round = 0; round < 3; round++) {
      const empty = await load(host.url, { object: 'bench-empty', method: 'nothing' })
      const captcha = await load(host.url, { object: 'uni-captcha-co', method: 'getImageCaptcha' })
      pairs.push({ empty, captcha, ratio: captcha.requests.average / empty.requests.average })
    }
    const middle = pairs.sort((a, b) => a.ratio - b.ratio)[1]
    rows.push({
      what: `getImageCaptcha ÷ empty cloud object, ${CONNECTIONS} connections (requests/s)`,
      measured: middle.ratio.toFixed(2),
      wanted: '≥ 0.35',
      absolute: `${Math.round(middle.captcha.requests.average)} ÷ ${Math.round(middle.empty.requests.average)}`,
    })
    const half = await load(
      host.url,
      { object: 'uni-captcha-co', method: 'getImageCaptcha' },
      { overallRate: Math.round(middle.captcha.requests.average / 2) },
    )
    rows.push({
      what: 'p99 ÷ p50 of getImageCaptcha at half that rate',
      measured: (half.latency.p99 / half.latency.p50).toFixed(2),
      wanted: '≤ 3',
      absolute: `${half.latency.p99} ÷ ${half.latency.p50} ms`,
    })
  } finally {
    await host.stop()
  }
}

/** The module's verify with 100,000 codes in the collection against 1,000. */
async function storedCodes() {
  const medians = []
  for (const count of [1000, 100_000]) {
    const { captchas, database, close } = openModule(`stored-${count}`)
    for (let i = 0; i < count; i += 500) {
      const batch = Array.from({ length: Math.min(500, count - i) }, (_, j) => storedRow(i + j))
      await database.collection('opendb-verify-codes').add(batch)
    }
    medians.push({ count, captchas, times: [], close })
  }
  // Turn by turn, so that what disturbs the machine disturbs both.
  for (let i = 0; i < 3000; i++) {
    for (const side of medians) {
      const request = { scene: 'bench', deviceId: `device-${i}` }
      await side.captchas.create(request)
      const start = process.hrtime.bigint()
      await side.captchas.verify({ ...request, captcha: 'wrong' })
      side.times.push(Number(process.hrtime.bigint() - start) / 1e3)
    }
  }
  const [few, many] = medians.map(({ times }) => times.sort((a, b) => a - b)[times.length >> 1])
  for (const { close } of medians) close()
  rows.push({
    what: 'verify, p50 with 100,000 stored codes ÷ with 1,000',
    measured: (many / few).toFixed(2),
    wanted: '≤ 1.3',
    absolute: `${many.toFixed(0)} ÷ ${few.toFixed(0)} µs`,
  })
}

/** Heap after a forced collection: 200,000 captchas of two seconds' life, each of another device, against 20,000. */
async function heap() {
  const { captchas, close } = openModule('heap', { expiresDate: 2 })
  const sizes = []
  let made = 0
  for (const target of [20_000, 200_000]) {
    for (; made < target; made++) await captchas.create({ scene: 'bench', deviceId: `device-${made}` })
    globalThis.gc()
    globalThis.gc()
    sizes.push(process.memoryUsage().heapUsed)
  }
  close()
  rows.push({
    what: 'heap after 200,000 captchas ÷ after 20,000',
    measured: (sizes[1] / sizes[0]).toFixed(2),
    wanted: '≤ 1.2',
    absolute: sizes
      .map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`)
      .reverse()
      .join(' ÷ '),
  })
}

function storedRow(i) {
  const now = Date.now()
  return {
    _id: `stored-${i}`,
    kind: 'image',
    scene: 'bench',
    device_uuid: `stored-device-${i}`,
    code: 'abcd',
    state: 0,
    attempts: 0,
    max_attempts: 5,
    issue_id: `${i}`,
    call_options: {},
    created_date: now,
    expired_date: now + 180_000,
  }
}

/** The built common module on the built host's database, both as a cloud function meets them. */
function openModule(name, config) {
  const project = makeProject(name, config)
  const { openDatabase } = require(bundledDatabase())
  const opened = openDatabase({ file: join(folder, `${name}.db`) })
  const indexes = join(project, 'uni_modules/uni-captcha/uniCloud/database/opendb-verify-codes.index.json')
  opened.ensureIndexes('opendb-verify-codes', JSON.parse(readFileSync(indexes, 'utf8')))
  globalThis.uniCloud = { database: () => opened.api, getClientInfos: () => [] }
  const file = join(project, 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/index.js')
  delete require.cache[require.resolve(file)]
  return { captchas: require(file), database: opened.api, close: () => opened.close() }
}

function bundledDatabase() {
  databaseBundle ??= (() => {
    const { buildSync } = require('esbuild')
    const outfile = join(root, 'dist/bench/database.cjs')
    const entryPoints = [join(root, 'host/database/index.ts')]
    buildSync({ entryPoints, outfile, bundle: true, platform: 'node', packages: 'external', target: 'node20' })
    return outfile
  })()
  return databaseBundle
}

/** A project of the built plugin and an empty cloud object; `uni-config-center` is where node finds it. */
function makeProject(name, config = {}) {
  const project = join(folder, name)
  const center = join(project, 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center')
  cpSync(join(root, 'dist/hbuilderx/uni_modules'), join(project, 'uni_modules'), { recursive: true })
  writeFileSync(join(center, 'uni-captcha/config.json'), JSON.stringify(config))
  mkdirSync(join(project, 'node_modules'), { recursive: true })
  cpSync(center, join(project, 'node_modules/uni-config-center'), { recursive: true })
  const empty = join(project, 'uniCloud/cloudfunctions/bench-empty')
  mkdirSync(empty, { recursive: true })
  writeFileSync(join(empty, 'index.obj.js'), 'module.exports = { nothing: () => ({ errCode: 0 }) }\n')
  return project
}

function startHost() {
  return startHostProcess({
    PROJECT_DIR: makeProject('host'),
    DATA_DIR: join(folder, 'data'),
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'warn',
    FLOOD_LIMIT_PER_MINUTE: '0',
    NODE_ENV: 'production',
  })
}

function load(url, { object, method }, options = {}) {
  const requests = Array.from({ length: DEVICES }, (_, i) => {
    const functionArgs = { method, params: [{ scene: 'login' }], clientInfo: { deviceId: `device-${i}` } }
    const body = {
      method: 'serverless.function.runtime.invoke',
      params: JSON.stringify({ functionTarget: object, functionArgs }),
      spaceId: 'uni-captcha-local',
      timestamp: Date.now(),
    }
    return {
      method: 'POST',
      path: '/unicloud/client',
      headers: { 'content-type': 'application/json', 'x-serverless-sign': sign(body) },
      body: JSON.stringify(body),
    }
  })
  return new Promise((resolve, reject) => {
    autocannon({ url, connections: CONNECTIONS, duration: SECONDS, requests, ...options }, (error, result) => {
      if (error) reject(error)
      else if (result.non2xx > 0 || result.errors > 0)
        reject(new Error(`${result.non2xx} bad answers, ${result.errors} errors`))
      else resolve(result)
    })
  })
}

function sign(body) {
  const text = Object.keys(body)
    .sort()
    .map((key) => `${key}=${body[key]}`)
    .join('&')
  return createHmac('md5', 'local-client-secret').update(text).digest('hex')
}
