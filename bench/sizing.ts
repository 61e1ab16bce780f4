// `npm run bench:sizing`: what one captcha costs Redis and the host in commands, bytes and processor time, so that the
// memory, nodes and cores for a number of captchas per second can be computed (docs/operations.md).
import { readFileSync } from 'node:fs'
import { Agent } from 'node:http'

import { startFaultHost } from '../faults/support/host'
import { call } from '../test/support/client'
import { UNREACHED_LIMITS, NO_LIMITS } from './support/limits'
import { makeFolder } from '../test/support/folder'
import { startRedis, type RedisServer } from '../test/support/redis-servers'

const CAPTCHAS = 6000
const WARM_UP = 2000
const IN_FLIGHT = 64
const TICKS_PER_SECOND = 100
/** Every caller is counted, none is refused. */
const SETTINGS = {
  'counted (as by default)': UNREACHED_LIMITS,
  'not counted (imageLimit.enabled and addressLimit.enabled: false)': NO_LIMITS,
}

for (const [name, config] of Object.entries(SETTINGS)) {
  console.log(`\nper captcha, ${name}, ${IN_FLIGHT} calls in flight`)
  console.table(await measure(config))
}

type Counters = Record<string, number>

interface What {
  object: string
  method: string
  param: object
}

async function measure(config: object): Promise<Record<string, object>> {
  const { folder, remove } = makeFolder('bench')
  const redis = await startRedis()
  const env = { REDIS_URL: redis.url, TRUSTED_PROXIES: '127.0.0.1' }
  const host = await startFaultHost(folder, { config: { store: 'redis', ...config }, env })
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  const look = () => readCounters(redis, host.process.pid)
  const draw = { object: 'uni-captcha-co', method: 'getImageCaptcha', param: { scene: 'login' } }
  const order = { object: 'shop', method: 'order', param: { scene: 'login', captcha: '2' } }
  try {
    const ask = (what: What, from: number, count: number) => callForEach(host.url, agent, what, from, count)
    await ask(draw, CAPTCHAS, WARM_UP)
    await ask(order, CAPTCHAS, WARM_UP)
    const before = await look()
    await ask(draw, 0, CAPTCHAS)
    const between = await look()
    await ask(order, 0, CAPTCHAS)
    const after = await look()
    return { getImageCaptcha: difference(before, between), verify: difference(between, after) }
  } finally {
    agent.destroy()
    await host.stop()
    await redis.stop()
    remove()
  }
}

/** Calls once for each person, every one with a device and an address of its own. */
async function callForEach(
  url: string,
  agent: Agent,
  { object, method, param }: What,
  from: number,
  count: number,
): Promise<void> {
  let next = from
  const one = async () => {
    while (next < from + count) {
      const number = next++
      const address = `198.${18 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
      const { body, error } = await call(url, object, method, { param, deviceId: `device-${number}`, agent, address })
      if (body?.errCode !== 0) throw new Error(`${method} failed: ${error ?? body?.errCode}`)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, one))
}

async function readCounters(redis: RedisServer, pid: number): Promise<Counters> {
  const info = await redis.ask('INFO', 'everything')
  const number = (pattern: RegExp) => Number(pattern.exec(info)?.[1] ?? 0)
  return {
    commands: number(/cmdstat_evalsha:calls=(\d+)/),
    'bytes kept': number(/used_memory:(\d+)/),
    keys: Number(await redis.ask('DBSIZE')),
    'bytes to Redis': number(/total_net_input_bytes:(\d+)/),
    'bytes from Redis': number(/total_net_output_bytes:(\d+)/),
    'µs of Redis': 1e6 * (number(/used_cpu_user:([\d.]+)/) + number(/used_cpu_sys:([\d.]+)/)),
    'µs of the host': (1e6 * processorTicks(pid)) / TICKS_PER_SECOND,
  }
}

/** Fields 14 and 15 of Linux's /proc/<pid>/stat. */
function processorTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}

function difference(from: Counters, to: Counters): Counters {
  const perCaptcha = (name: string) => Math.round((10 * ((to[name] ?? 0) - (from[name] ?? 0))) / CAPTCHAS) / 10
  return Object.fromEntries(Object.keys(to).map((name) => [name, perCaptcha(name)]))
}
