// The code store on Redis beside bare ioredis; and with a million live codes beside a thousand.
import { startCluster, startRedis, type RedisServer } from '../../test/support/redis-servers'
import { hashId } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { Row } from './measures'
import { median } from './numbers'
import { PREFIX, bareOn, newCode, perSecond, toSlot, storeOn, storePair } from './redis'

const ROUNDS = 3
const SLOTS = 5000
/** Long enough that nothing expires while it is measured. */
const LONG_MS = 3_600_000

/** Issue and consume, 64 in flight, by the store ÷ the same scripts by ioredis as it is; in turns, medians of three. */
export async function storeAgainstBare({ pairs }: { pairs: number }): Promise<Row[]> {
  const rows: Row[] = []
  for (const [where, start] of [
    ['one server', startRedis],
    ['a cluster of three', startCluster],
  ] as const) {
    const redis = await start()
    const urls = 'urls' in redis ? redis.urls : [redis.url]
    const store = await storeOn(urls)
    const bare = await bareOn(urls, SLOTS)
    const sides = { store: (i: number) => storePair(store.codes, i % SLOTS), bare: bare.pair }
    try {
      for (const call of Object.values(sides)) await perSecond(pairs / 2, call)
      const rounds = []
      for (let round = 0; round < ROUNDS; round++) {
        const cpu = { store: 0, bare: 0 }
        const rate = { store: 0, bare: 0 }
        for (const side of ['store', 'bare'] as const) {
          const before = process.cpuUsage()
          rate[side] = await perSecond(pairs, sides[side])
          const { user, system } = process.cpuUsage(before)
          cpu[side] = (user + system) / pairs
        }
        rounds.push({ rate, cpu, ratio: rate.store / rate.bare })
      }
      const { rate, cpu, ratio } = findMiddle(rounds, ({ ratio }) => ratio)
      rows.push({
        what: `issue and consume on ${where}: store ÷ bare ioredis (pairs/s)`,
        measured: ratio.toFixed(2),
        wanted: '≥ 0.8',
        absolute: `${Math.round(rate.store)} ÷ ${Math.round(rate.bare)}`,
      })
      rows.push({
        what: `the same, time of this process's processor for a pair: bare ÷ store`,
        measured: median(rounds.map(({ cpu }) => cpu.bare / cpu.store)).toFixed(2),
        wanted: 'reported',
        absolute: `${cpu.bare.toFixed(1)} ÷ ${cpu.store.toFixed(1)} µs`,
      })
    } finally {
      await store.close()
      bare.close()
      await redis.stop()
    }
  }
  return rows
}

/** The cost of a captcha among many live ones ÷ among few, and what each of the many takes of Redis's memory. */
interface Side {
  count: number
  redis: RedisServer
  store: Awaited<ReturnType<typeof storeOn>>
  rates: number[]
  bytes: number
}

export async function manyLive({ pairs, live }: { pairs: number; live: number }): Promise<Row[]> {
  const sides: Side[] = []
  try {
    for (const count of [1000, live]) {
      const redis = await startRedis()
      const store = await storeOn([redis.url])
      const side: Side = { count, redis, store, rates: [], bytes: 0 }
      sides.push(side)
      const empty = await readMemory(redis)
      const issue = (i: number) => store.codes.issue(toSlot(i), newCode(Date.now(), LONG_MS))
      await perSecond(count, issue)
      side.bytes = ((await readMemory(redis)) - empty) / count
    }
    const [few, many] = sides as [Side, Side]
    // Turn by turn, so that what disturbs the machine disturbs both; a code that is there is replaced, used, replaced.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const { store, count, rates } of sides) {
        const step = Math.max(1, Math.floor(count / pairs))
        const rate = await perSecond(pairs, (i) => storePair(store.codes, (i * step) % count))
        if (round > 0) rates.push(rate)
      }
    }
    const ratios = few.rates.map((rate, i) => rate / many.rates[i]!)
    return [
      {
        what: `cost of a captcha with ${live.toLocaleString('en')} live codes ÷ with 1,000`,
        measured: median(ratios).toFixed(2),
        wanted: '≤ 1.2',
        absolute: `${us(median(many.rates))} ÷ ${us(median(few.rates))} µs`,
      },
      {
        what: 'memory of Redis for a live captcha without call options (bytes)',
        measured: many.bytes.toFixed(0),
        wanted: '≤ 300',
        absolute: `${(await takeSample(many)).toFixed(0)} by MEMORY USAGE`,
      },
    ]
  } finally {
    for (const { store, redis } of sides) {
      await store.close()
      await redis.kill()
    }
  }
}

async function readMemory(redis: RedisServer): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.ask('INFO', 'memory'))?.[1])
}

async function takeSample({ redis }: Side): Promise<number> {
  const { kind, scene, subject } = toSlot(500)
  return Number(await redis.ask('MEMORY', 'USAGE', `${PREFIX}uc:c:{${hashId(kind, scene, subject)}}`))
}

const us = (rate: number) => (1e6 / rate).toFixed(1)

function findMiddle<T>(values: readonly T[], by: (value: T) => number): T {
  return [...values].sort((a, b) => by(a) - by(b))[values.length >> 1]!
}
