// `npm run bench:guard`: what a guarded call costs while no captcha is asked for, and whether that grows with the number
// of devices. Ratios are taken within one run, in turns; absolute values are printed beside them.
import { Agent } from 'node:http'

import { build } from '../scripts/build'
import { callRequest, sendSuccessfully } from '../test/support/client'
import { folder, rows, runMeasures } from './support/measures'
import { heapBytes, inMiB, median, timedUs } from './support/numbers'
import { makeBenchProject, openModule, startBenchHost } from './support/project'

const CALLS = 3000
const WARM_UP = 500
const MANY = 1e6
/** Below every threshold, however long the bench calls. */
const CONFIG = {
  guard: {
    free: MANY,
    hard: MANY,
    windowSeconds: 86_400,
    ip: { soft: MANY, hard: MANY, failures: { soft: MANY, hard: MANY } },
    identity: { free: MANY, hard: MANY },
  },
}
/** What a guarded call asks of the database and nothing else: of its address two increments and a look, then of its device. */
const BARE = `
const database = uniCloud.database()
const counters = database.collection('uni-captcha-counters')
const count = (_id) => counters.where({ _id, window: 1 }).updateAndReturn({ count: database.command.inc(1) })
module.exports = {
  async prepare() {
    for (const _id of ['device', 'address', 'pending']) {
      await counters.add({ _id, window: 1, count: 0, previous: 0, expired_date: Date.now() + 86400000 })
    }
    return { errCode: 0 }
  },
  async call() {
    await Promise.all([count('address'), count('pending'), counters.where({ _id: 'failures' }).limit(1).get()])
    await count('device')
    return { errCode: 0 }
  },
}
`
const OBJECTS = {
  'bench-bare': BARE,
  'bench-open': 'module.exports = { call: () => ({ errCode: 0 }) }\n',
  'bench-guarded': `module.exports = {
    _before: require('uni-captcha').guard.before({ scene: 'bench' }),
    call: () => ({ errCode: 0 }),
  }\n`,
}

await build('host')
await build('hbuilderx')
await runMeasures([guardedCall, manyDevices])

/** One connection, call by call in turns: a cloud object, the same with bare commands, the same behind the guard. */
async function guardedCall(): Promise<void> {
  const host = await startBenchHost(folder, makeBenchProject(folder, 'host', CONFIG, OBJECTS))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const times = new Map<string, number[]>(['bench-open', 'bench-bare', 'bench-guarded'].map((name) => [name, []]))
  const call = (object: string, method: string, i: number) => {
    const ready = callRequest(object, method, `device-${i % 100}`)
    return timedUs(() => sendSuccessfully(host.url, ready, agent))
  }
  try {
    await call('bench-bare', 'prepare', 0)
    for (let i = -WARM_UP; i < CALLS; i++) {
      for (const [object, tookUs] of times) {
        const oneUs = await call(object, 'call', i)
        if (i >= 0) tookUs.push(oneUs)
      }
    }
  } finally {
    agent.destroy()
    await host.stop()
  }
  const [open = 0, withBare = 0, guarded = 0] = [...times.values()].map(median)
  const bare = withBare - open
  rows.push({
    what: 'guarded call less its bare counter commands ÷ unguarded call, through the host, p50',
    measured: ((guarded - bare) / open).toFixed(2),
    wanted: '≤ 1.15',
    absolute: `(${guarded.toFixed(0)} − ${bare.toFixed(0)}) ÷ ${open.toFixed(0)} µs`,
  })
  rows.push({
    what: 'guarded call with its counter commands ÷ unguarded call, p50',
    measured: (guarded / open).toFixed(2),
    wanted: '',
    absolute: `${guarded.toFixed(0)} ÷ ${open.toFixed(0)} µs`,
  })
}

/** 100,000 distinct devices in one window against 1,000: latency in turns, heap of one process as it fills. */
async function manyDevices(): Promise<void> {
  const few = await openModule(folder, 'few', CONFIG)
  const many = await openModule(folder, 'many', CONFIG)
  for (let i = 0; i < 1000; i++) await few.captchas.guard(caller(i))
  const heaps: number[] = []
  let seen = 0
  for (const target of [1000, 100_000]) {
    for (; seen < target; seen++) await many.captchas.guard(caller(seen))
    heaps.push(heapBytes())
  }
  const fewUs: number[] = []
  const manyUs: number[] = []
  for (let i = 0; i < CALLS; i++) {
    // A device each has seen before; spread, so that neither finds only what was touched last.
    fewUs.push(await timedUs(() => few.captchas.guard(caller((i * 7) % 1000))))
    manyUs.push(await timedUs(() => many.captchas.guard(caller((i * 7919) % 100_000))))
  }
  few.close()
  many.close()
  const [first, last] = [median(fewUs), median(manyUs)]
  rows.push({
    what: 'guarded call, p50 with 100,000 devices in the window ÷ with 1,000',
    measured: (last / first).toFixed(2),
    wanted: '≤ 1.3',
    absolute: `${last.toFixed(0)} ÷ ${first.toFixed(0)} µs`,
  })
  rows.push({
    what: 'heap after 100,000 devices ÷ after 1,000',
    measured: (heaps[1]! / heaps[0]!).toFixed(2),
    wanted: '≤ 1.3',
    absolute: `${inMiB(heaps[1]!)} ÷ ${inMiB(heaps[0]!)} MiB`,
  })
}

function caller(i: number) {
  return { scene: 'bench', deviceId: `device-${i}`, clientIP: '203.0.113.9' }
}
