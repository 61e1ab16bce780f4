// `npm run bench`: what a captcha costs on the host, and whether cost or memory grow with use. Ratios are taken within
// one run; absolute values are printed beside them and mean little on a shared machine.

import autocannon from 'autocannon'

import { build } from '../scripts/build.mjs'
import { pacedLoad } from './support/paced.mjs'
import { folder, rows, runMeasures } from './support/measures.mjs'
import { clientRequest, makeProject, openModule, startHost } from './support/project.mjs'

const CONNECTIONS = 50
const SECONDS = 6
const DEVICES = 2000
/** Without counting, and with counting that never refuses: what is measured is what pictures cost, not refusals. */
const MANY = 1e6
const SCENES = {
  scene: {
    plain: { imageLimit: { enabled: false } },
    counted: { imageLimit: { device: MANY, ip: { soft: MANY, hard: MANY } } },
  },
}
const EMPTY = { 'bench-empty': 'module.exports = { nothing: () => ({ errCode: 0 }) }\n' }

await build('host')
await build('hbuilderx')
await runMeasures([throughput, storedCodes, heap])

/** getImageCaptcha over HTTP against an empty cloud object on the same host, in turns; then its tail at half its rate. */
async function throughput() {
  const host = await startHost(folder, makeProject(folder, 'host', SCENES, EMPTY))
  const kinds = {
    empty: { object: 'bench-empty', method: 'nothing' },
    plain: { object: 'uni-captcha-co', method: 'getImageCaptcha', scene: 'plain' },
    counted: { object: 'uni-captcha-co', method: 'getImageCaptcha', scene: 'counted' },
  }
  try {
    const rounds = []
    for (let round = 0; round < 3; round++) {
      const rates = {}
      for (const [kind, call] of Object.entries(kinds)) rates[kind] = (await load(host.url, call)).requests.average
      rounds.push(rates)
    }
    for (const [kind, what, wanted] of [
      ['plain', 'without imageLimit', '≥ 0.35'],
      ['counted', 'with imageLimit counting', 'reported'],
    ]) {
      const middle = rounds.sort((x, y) => x[kind] / x.empty - y[kind] / y.empty)[1]
      rows.push({
        what: `getImageCaptcha ${what} ÷ empty cloud object, ${CONNECTIONS} connections (requests/s)`,
        measured: (middle[kind] / middle.empty).toFixed(2),
        wanted,
        absolute: `${Math.round(middle[kind])} ÷ ${Math.round(middle.empty)}`,
      })
    }
    const perSecond = Math.round(Math.min(...rounds.map((rates) => rates.plain)) / 2)
    // The empty object's tail tells how much of the other is the machine and the load generator.
    for (const [kind, what, wanted] of [
      ['empty', 'the empty cloud object', 'reported'],
      ['plain', 'getImageCaptcha', '≤ 3'],
    ]) {
      const pace = { perSecond, connections: CONNECTIONS, seconds: SECONDS }
      await pacedLoad(host.url, requestsOf(kinds[kind]), { ...pace, seconds: 2 })
      const latenciesMs = await pacedLoad(host.url, requestsOf(kinds[kind]), pace)
      const [p50, p99] = [0.5, 0.99].map((share) => latenciesMs[Math.floor(latenciesMs.length * share)])
      rows.push({
        what: `p99 ÷ p50 of ${what} at half the rate of getImageCaptcha (${perSecond} requests/s)`,
        measured: (p99 / p50).toFixed(2),
        wanted,
        absolute: `${p99.toFixed(1)} ÷ ${p50.toFixed(1)} ms`,
      })
    }
  } finally {
    await host.stop()
  }
}

/** The module's verify with 100,000 codes in the collection against 1,000. */
async function storedCodes() {
  const medians = []
  for (const count of [1000, 100_000]) {
    const { captchas, database, close } = openModule(folder, `stored-${count}`)
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
  const { captchas, close } = openModule(folder, 'heap', { expiresDate: 2 })
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

function requestsOf({ object, method, scene }) {
  return Array.from({ length: DEVICES }, (_, i) => clientRequest(object, method, `device-${i}`, [{ scene }]))
}

function load(url, call) {
  return new Promise((resolve, reject) => {
    autocannon({ url, connections: CONNECTIONS, duration: SECONDS, requests: requestsOf(call) }, (error, result) => {
      if (error) reject(error)
      else if (result.non2xx > 0 || result.errors > 0)
        reject(new Error(`${result.non2xx} bad answers, ${result.errors} errors`))
      else resolve(result)
    })
  })
}
