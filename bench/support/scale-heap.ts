// Captchas without end: the heap of the process that makes them, and what is left in the store when they have expired.
import { openRedis } from '../../host/redis/index'
import { startRedis, type RedisServer } from '../../test/support/redis-servers'
import { hashId } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { Row } from './measures'
import { heapBytes, inMiB } from './numbers'
import { openModule } from './project'
import { PREFIX } from './redis'

const IN_FLIGHT = 64
const LIFE_S = 10
/** Redis removes expired keys that are not read in its own time: a share of it ten times a second. */
const MAX_REMOVAL_MS = 60_000

/** `total` captchas, each of another device, every second one answered right; the heap at the end ÷ after a tenth. */
export async function withoutEnd({ folder, total }: { folder: string; total: number }): Promise<Row[]> {
  const server = await startRedis()
  const redis = openRedis({ urls: [server.url], prefix: PREFIX }, { info() {}, warn() {}, error: console.error })
  await redis.known
  const config = { store: 'redis', expiresDate: LIFE_S, statistics: false }
  const { captchas, close } = await openModule(folder, 'without-end', config, {
    redis: () => redis.cloud,
    hostRedisPrefix: () => PREFIX,
  })
  const rightAnswer = async (device: string) =>
    (await redis.client.hget(`${PREFIX}uc:c:{${hashId('image', 'bench', `device:${device}`)}}`, 'c')) ?? ''

  // On a machine that is busy with other things some calls wait too long and are refused: told, and no reason to stop.
  const refused: (string | number)[] = []

  async function one(i: number): Promise<void> {
    const caller = { scene: 'bench', deviceId: `device-${i}` }
    const made = await captchas.create(caller)
    if (made.errCode !== 0) return void refused.push(made.errCode)
    if (i % 2 === 1) return
    const { errCode } = await captchas.verify({ ...caller, captcha: await rightAnswer(caller.deviceId) })
    if (errCode !== 0) refused.push(errCode)
  }

  try {
    const sizes: number[] = []
    let made = 0
    for (const target of [total / 10, total]) {
      await Promise.all(
        Array.from({ length: IN_FLIGHT }, async () => {
          while (made < target) await one(made++)
        }),
      )
      sizes.push(heapBytes())
    }
    const left = await keysLeft(server)
    const [early = 0, late = 0] = sizes
    return [
      {
        what: `heap after ${total.toLocaleString('en')} captchas, half verified ÷ after a tenth of them`,
        measured: (late / early).toFixed(2),
        wanted: '≤ 1.1',
        absolute: sizes
          .map((bytes) => `${inMiB(bytes)} MiB`)
          .reverse()
          .join(' ÷ '),
      },
      {
        what: 'keys left in Redis after their expiry',
        measured: `${left}`,
        wanted: '0',
        absolute: `${refused.length} calls were refused`,
      },
    ]
  } finally {
    close()
    await redis.close()
    await server.kill()
  }
}

async function keysLeft(server: RedisServer): Promise<number> {
  const end = Date.now() + LIFE_S * 1000 + MAX_REMOVAL_MS
  for (;;) {
    const left = Number(await server.ask('DBSIZE'))
    if (left === 0 || Date.now() > end) return left
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** The same of rows in the embedded database, which a sweep removes; what is swept here has just expired. */
export async function rowsLeft({ folder, rows }: { folder: string; rows: number }): Promise<Row[]> {
  const { captchas, database, close } = await openModule(folder, 'rows-left', { expiresDate: 1, statistics: false })
  try {
    for (let i = 0; i < rows; i++) await captchas.create({ scene: 'bench', deviceId: `device-${i}` })
    await new Promise((resolve) => setTimeout(resolve, 1100))
    while ((await captchas.stores().codes.sweep(Date.now())) > 0);
    const { total } = await database.collection('opendb-verify-codes').count()
    const what = `rows left in the embedded database of ${rows.toLocaleString('en')} after expiry and sweep`
    return [{ what, measured: `${total}`, wanted: '0', absolute: '' }]
  } finally {
    close()
  }
}
