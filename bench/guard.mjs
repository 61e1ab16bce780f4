// `npm run bench:guard`: what a guarded call costs while no captcha is asked for, and whether that grows with the number
// of devices. Ratios are taken within one run, in turns; absolute values are printed beside them.
import { Agent, request } from 'node:http'

import { build } from '../scripts/build.mjs'
import { folder, rows, runMeasures } from './support/measures.mjs'
import { clientRequest, makeProject, openModule, startHost } from './support/project.mjs'

const CALLS = 3000
const WARM_UP = 500
const MANY = 1e6
/** Below every threshold, however long the bench calls. */
const CONFIG = {
  guard: {
    free: MANY,
    hard: MANY,
    windowSeconds: 86_400,
    ip: { soft: MANY, hard: MANY },
    identity: { free: MANY, hard: MANY },
  },
}
/** What a guarded call asks of the database and nothing else: two increments (device, address) and one look. */
const BARE = `
const database = uniCloud.database()
const counters = database.collection('uni-captcha-counters')
const count = (_id) => counters.where({ _id, window: 1 }).updateAndReturn({ count: database.command.inc(1) })
module.exports = {
  async prepare() {
    for (const _id of ['device', 'address']) {
      await counters.add({ _id, window: 1, count: 0, previous: 0, expired_date: Date.now() + 86400000 })
    }
    return { errCode: 0 }
  },
  async call() {
    await Promise.all([count('device'), count('address'), counters.where({ _id: 'failures' }).limit(1).get()])
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
async function guardedCall() {
  const host = await startHost(folder, makeProject(folder, 'host', CONFIG, OBJECTS))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const times = { 'bench-open': [], 'bench-bare': [], 'bench-guarded': [] }
  const call = (object, method, i) => {
    const ready = clientRequest(object, method, `device-${i % 100}`, [{}])
    return timed(() => send(host.url, agent, ready))
  }
  try {
    await call('bench-bare', 'prepare', 0)
    for (let i = -WARM_UP; i < CALLS; i++) {
      for (const object of Object.keys(times)) {
        const tookUs = await call(object, 'call', i)
        if (i >= 0) times[object].push(tookUs)
      }
    }
  } finally {
    agent.destroy()
    await host.stop()
  }
  const [open, withBare, guarded] = Object.values(times).map(median)
  const bare = withBare - open
  rows.push({
    what: 'guarded call less its bare counter commands ÷ unguarded call, through the host, p50',
    measured: ((guarded - bare) / open).toFixed(2),
    wanted: '≤ 1.25',
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
async function manyDevices() {
  const few = openModule(folder, 'few', CONFIG)
  const many = openModule(folder, 'many', CONFIG)
  for (let i = 0; i < 1000; i++) await few.captchas.guard(caller(i))
  const heaps = []
  let seen = 0
  for (const target of [1000, 100_000]) {
    for (; seen < target; seen++) await many.captchas.guard(caller(seen))
    globalThis.gc()
    globalThis.gc()
    heaps.push(process.memoryUsage().heapUsed)
  }
  const times = [[], []]
  for (let i = 0; i < CALLS; i++) {
    // A device each has seen before; spread, so that neither finds only what was touched last.
    times[0].push(await timed(() => few.captchas.guard(caller((i * 7) % 1000))))
    times[1].push(await timed(() => many.captchas.guard(caller((i * 7919) % 100_000))))
  }
  few.close()
  many.close()
  const [first, last] = times.map(median)
  rows.push({
    what: 'guarded call, p50 with 100,000 devices in the window ÷ with 1,000',
    measured: (last / first).toFixed(2),
    wanted: '≤ 1.3',
    absolute: `${last.toFixed(0)} ÷ ${first.toFixed(0)} µs`,
  })
  rows.push({
    what: 'heap after 100,000 devices ÷ after 1,000',
    measured: (heaps[1] / heaps[0]).toFixed(2),
    wanted: '≤ 1.3',
    absolute: `${(heaps[1] / 2 ** 20).toFixed(1)} ÷ ${(heaps[0] / 2 ** 20).toFixed(1)} MiB`,
  })
}

function caller(i) {
  return { scene: 'bench', deviceId: `device-${i}`, clientIP: '203.0.113.9' }
}

async function timed(run) {
  const start = process.hrtime.bigint()
  await run()
  return Number(process.hrtime.bigint() - start) / 1e3
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1]
}

function send(url, agent, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const out = request(url + path, { method, headers, agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => {
        if (/"errCode":0/.test(text)) resolve()
        else reject(new Error(`a call was refused: ${text}`))
      })
    })
    out.on('error', reject)
    out.end(body)
  })
}
