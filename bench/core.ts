// `npm run bench`: what a captcha costs on the host, and whether cost or memory grow with use. Ratios are taken within
// one run; absolute values are printed beside them and mean little on a shared machine.

import { build } from '../scripts/build'
import { callRequest, type ClientRequest } from '../test/support/client'
import { NO_LIMITS, UNREACHED_LIMITS } from './support/limits'
import { fullLoad, pacedLoad } from './support/load'
import { folder, rows, runMeasures } from './support/measures'
import { heapBytes, inMiB, median, quantile, timedUs } from './support/numbers'
import { makeBenchProject, openModule, startBenchHost } from './support/project'

const CONNECTIONS = 50
const LOAD = { connections: CONNECTIONS, seconds: 6 }
const DEVICES = 2000
/** Without counting, and with counting that never refuses: what is measured is what pictures cost, not refusals. */
const SCENES = {
  scene: {
    plain: NO_LIMITS,
    counted: UNREACHED_LIMITS,
  },
}

type Kind = 'empty' | 'plain' | 'counted'

interface Call {
  object: string
  method: string
  scene?: string
}
const EMPTY = { 'bench-empty': 'module.exports = { nothing: () => ({ errCode: 0 }) }\n' }

await build('host')
await build('hbuilderx')
await runMeasures([throughput, storedCodes, heap])

/** getImageCaptcha over HTTP against an empty cloud object on the same host, in turns; then its tail at half its rate. */
async function throughput(): Promise<void> {
  const host = await startBenchHost(folder, makeBenchProject(folder, 'host', SCENES, EMPTY))
  const kinds: Record<Kind, Call> = {
    empty: { object: 'bench-empty', method: 'nothing' },
    plain: { object: 'uni-captcha-co', method: 'getImageCaptcha', scene: 'plain' },
    counted: { object: 'uni-captcha-co', method: 'getImageCaptcha', scene: 'counted' },
  }
  try {
    const rounds: Record<Kind, number>[] = []
    for (let round = 0; round < 3; round++) {
      const rate = (kind: Kind) => fullLoad(host.url, toRequests(kinds[kind]), LOAD)
      rounds.push({ empty: await rate('empty'), plain: await rate('plain'), counted: await rate('counted') })
    }
    for (const [kind, what, wanted] of [
      ['plain', 'without limits', '≥ 0.35'],
      ['counted', 'with all limits counting', 'reported'],
    ] as const) {
      const middle = rounds.sort((x, y) => x[kind] / x.empty - y[kind] / y.empty)[1]!
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
    ] as const) {
      const pace = { perSecond, ...LOAD }
      await pacedLoad(host.url, toRequests(kinds[kind]), { ...pace, seconds: 2 })
      const latenciesMs = await pacedLoad(host.url, toRequests(kinds[kind]), pace)
      const [p50, p99] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)]
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
async function storedCodes(): Promise<void> {
  const sides = []
  for (const count of [1000, 100_000]) {
    const { captchas, database, close } = await openModule(folder, `stored-${count}`)
    for (let i = 0; i < count; i += 500) {
      const batch = Array.from({ length: Math.min(500, count - i) }, (_, j) => storedRow(i + j))
      await database.collection('opendb-verify-codes').add(batch)
    }
    const times: number[] = []
    sides.push({ captchas, times, close })
  }
  // Turn by turn, so that what disturbs the machine disturbs both.
  for (let i = 0; i < 3000; i++) {
    for (const side of sides) {
      const request = { scene: 'bench', deviceId: `device-${i}` }
      await side.captchas.create(request)
      side.times.push(await timedUs(() => side.captchas.verify({ ...request, captcha: 'wrong' })))
    }
  }
  const [few = 0, many = 0] = sides.map(({ times }) => median(times))
  for (const { close } of sides) close()
  rows.push({
    what: 'verify, p50 with 100,000 stored codes ÷ with 1,000',
    measured: (many / few).toFixed(2),
    wanted: '≤ 1.3',
    absolute: `${many.toFixed(0)} ÷ ${few.toFixed(0)} µs`,
  })
}

/** Heap after a forced collection: 200,000 captchas of two seconds' life, each of another device, against 20,000. */
async function heap(): Promise<void> {
  const { captchas, close } = await openModule(folder, 'heap', { expiresDate: 2 })
  const sizes: number[] = []
  let made = 0
  for (const target of [20_000, 200_000]) {
    for (; made < target; made++) await captchas.create({ scene: 'bench', deviceId: `device-${made}` })
    sizes.push(heapBytes())
  }
  close()
  rows.push({
    what: 'heap after 200,000 captchas ÷ after 20,000',
    measured: (sizes[1]! / sizes[0]!).toFixed(2),
    wanted: '≤ 1.2',
    absolute: sizes
      .map((bytes) => `${inMiB(bytes)} MiB`)
      .reverse()
      .join(' ÷ '),
  })
}

function storedRow(i: number): object {
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

function toRequests({ object, method, scene }: Call): ClientRequest[] {
  return Array.from({ length: DEVICES }, (_, i) => callRequest(object, method, `device-${i}`, { scene }))
}
