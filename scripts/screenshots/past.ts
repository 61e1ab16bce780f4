// A week of traffic, so that the administration has something to show.
import { join } from 'node:path'

import Database from 'libsql'

const HOUR_MS = 3_600_000
const HOURS = 8 * 24
/** What every row that is no scene begins with. */
const OWN = '\u0001'

type Row = [scene: string, counts: Record<string, number>]

/** Writes it as the host would have. */
export function writePast(dataDir: string): void {
  const database = new Database(join(dataDir, 'unicloud.db'))
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS "uni-captcha-statistics" (_id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL)',
    )
    const put = database.prepare('INSERT OR REPLACE INTO "uni-captcha-statistics" (_id, doc) VALUES (?, ?)')
    const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
    const write = database.transaction(() => {
      for (let ago = 0; ago < HOURS; ago++) {
        const hour = now - ago * HOUR_MS
        for (const [scene, counts] of getRows(hour)) {
          const _id = `past-${hour}-${scene}`
          put.run(_id, JSON.stringify({ _id, scene, hour, counts }))
        }
      }
    })
    write()
  } finally {
    database.close()
  }
}

/** More by day than by night, and on Sundays less. */
function getRows(hour: number): Row[] {
  const at = new Date(hour)
  const wave = 1 + Math.sin(((at.getHours() - 9) / 24) * 2 * Math.PI)
  const scale = (count: number) => Math.round(count * wave * (at.getDay() === 0 ? 0.6 : 1)) + 1
  const solved = (passed: number) => ({
    solved_4: Math.round(passed * 0.4),
    solved_8: Math.round(passed * 0.4),
    solved_24: Math.round(passed * 0.2),
  })
  const captchas = (scene: string, size: number): Row => {
    const passed = scale(size * 7)
    const counts = {
      created: scale(size * 8),
      refreshed: scale(size * 2),
      passed,
      wrong: scale(size),
      expired: scale(1),
    }
    return [scene, { ...counts, refused: scale(size / 8), demanded: scale(size / 2), ...solved(passed) }]
  }
  return [
    captchas('register', 12),
    captchas('login', 30),
    captchas('pay-with-a-name-that-is-rather-long', 4),
    captchas('', 1),
    [`${OWN}messages register`, { sms_sent: scale(9), sms_verified: scale(8), sms_wrong: scale(1) }],
    [`${OWN}messages ${OWN}tencent noMoney FailedOperation.InsufficientBalanceInSmsPackage`, { errors: scale(2) }],
    [`${OWN}messages ${OWN}aliyun tooFrequent isv.BUSINESS_LIMIT_CONTROL`, { errors: scale(1) }],
    [
      `${OWN}refused callers`,
      { net4_cb0071: scale(40), net6_20010db80001: scale(3), device_0123456789abcdef: scale(12) },
    ],
  ]
}
