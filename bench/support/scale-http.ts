// getImageCaptcha and verify over HTTP: Redis beside the embedded database, four workers beside one.
import { cpus } from 'node:os'
import { join } from 'node:path'

import { callRequest } from '../../test/support/client'
import type { ReadyHost } from '../../test/support/host'
import { startRedis } from '../../test/support/redis-servers'
import { fullLoad } from './load'
import type { Row } from './measures'
import { UNREACHED_LIMITS } from './limits'
import { median } from './numbers'
import { makeBenchProject, startBenchHost } from './project'

const CONNECTIONS = 50
/** Each connection of the load prepares its own requests of all of them. */
const DEVICES = 250
const ROUNDS = 3
const CORES_NEEDED = 8
/** What an application has behind its captcha; answers the refusal of a wrong one as a success, as the load sends them. */
const SHOP = `
const { verify } = require('uni-captcha')
module.exports = {
  async check({ scene, captcha }) {
    const { deviceId } = this.getClientInfo()
    const { code } = await verify({ scene, captcha, deviceId })
    return { errCode: 0, code }
  },
}
`
const OBJECTS = { 'bench-shop': SHOP }

/** Requests a second of both calls in turns, each device its own captcha; Redis ÷ database. */
interface Given {
  folder: string
  seconds: number
}

export async function redisAgainstDatabase({ folder, seconds }: Given): Promise<Row[]> {
  const redis = await startRedis()
  const hosts = {
    redis: await startHostOn(folder, 'redis', { store: 'redis' }, { REDIS_URL: redis.url }),
    database: await startHostOn(folder, 'database', {}),
  }
  try {
    const ratios: number[] = []
    const rates: Record<'redis' | 'database', number[]> = { redis: [], database: [] }
    for (let round = 0; round <= ROUNDS; round++) {
      const redisRate = await load(hosts.redis.url, seconds)
      const databaseRate = await load(hosts.database.url, seconds)
      if (round === 0) continue
      ratios.push(redisRate / databaseRate)
      rates.redis.push(redisRate)
      rates.database.push(databaseRate)
    }
    return [
      {
        what: 'getImageCaptcha + verify over HTTP, one process: Redis ÷ embedded database (requests/s)',
        measured: median(ratios).toFixed(2),
        wanted: '≥ 0.7',
        absolute: `${Math.round(median(rates.redis))} ÷ ${Math.round(median(rates.database))}`,
      },
    ]
  } finally {
    for (const host of Object.values(hosts)) await host.stop()
    await redis.kill()
  }
}

/** Four workers ÷ one, on Redis; where the workers, the load and Redis have a core each. */
export async function workers({ folder, seconds }: Given): Promise<Row[]> {
  const row = { what: 'getImageCaptcha + verify over HTTP on Redis: 4 workers ÷ 1', wanted: '≥ 2.5' }
  if (cpus().length < CORES_NEEDED) {
    return [{ ...row, measured: 'not measured', absolute: `${cpus().length} cores, ${CORES_NEEDED} needed` }]
  }
  const redis = await startRedis()
  try {
    const rates: number[] = []
    for (const count of [1, 4]) {
      const environment = { REDIS_URL: redis.url }
      const host = await startHostOn(folder, `workers-${count}`, { store: 'redis' }, environment, [
        '--workers',
        `${count}`,
      ])
      await load(host.url, seconds)
      const rounds: number[] = []
      for (let round = 0; round < ROUNDS; round++) rounds.push(await load(host.url, seconds))
      await host.stop()
      rates.push(median(rounds))
    }
    const [one = 0, four = 0] = rates
    return [{ ...row, measured: (four / one).toFixed(2), absolute: `${Math.round(four)} ÷ ${Math.round(one)}` }]
  } finally {
    await redis.kill()
  }
}

function startHostOn(
  folder: string,
  name: string,
  config: object,
  environment: NodeJS.ProcessEnv = {},
  args: string[] = [],
): Promise<ReadyHost> {
  const project = makeBenchProject(folder, `http-${name}`, { ...UNREACHED_LIMITS, ...config }, OBJECTS)
  return startBenchHost(join(folder, name), project, args, environment)
}

function load(url: string, seconds: number): Promise<number> {
  const requests = Array.from({ length: DEVICES }, (_, i) => [
    callRequest('uni-captcha-co', 'getImageCaptcha', `device-${i}`, { scene: 'bench' }),
    callRequest('bench-shop', 'check', `device-${i}`, { scene: 'bench', captcha: 'none' }),
  ]).flat()
  return fullLoad(url, requests, { connections: CONNECTIONS, seconds })
}
