// Removing what has expired: among a million expired rows beside a thousand, and what calls meet meanwhile.
import { statSync } from 'node:fs'
import { join } from 'node:path'

import type { Row } from './measures'
import { quantile } from './numbers'
import { openModule } from './project'

type Opened = ReturnType<typeof openModule>

const FEW = 1000
const BATCH = 1000
const ROUNDS = 5
const CALLS_PER_SECOND = 50

export async function sweeping(given: { folder: string; live: number; seconds: number }): Promise<Row[]> {
  const { folder, live, seconds } = given
  const few = openModule(folder, 'sweep-few', { statistics: false })
  const many = openModule(folder, 'sweep-many', { statistics: false })
  try {
    await fill(many.database, live)
    const ratios = []
    for (let round = 0; round < ROUNDS; round++) {
      await fill(few.database, FEW)
      const fromFew = await removedPerSecond(few.captchas)
      const fromMany = await removedPerSecond(many.captchas)
      ratios.push({ ratio: fromMany / fromFew, fromMany, fromFew })
    }
    const middle = ratios.sort((a, b) => a.ratio - b.ratio)[ROUNDS >> 1]!
    const alone = await p99Of(few.captchas, seconds)
    const meanwhile = { isOver: false }
    const swept = sweepUntil(many.captchas, meanwhile)
    const beside = await p99Of(many.captchas, seconds)
    meanwhile.isOver = true
    const removed = await swept
    await new Promise((resolve) => setTimeout(resolve, 3000))
    const log = statSync(join(folder, 'sweep-many.db-wal')).size
    return [
      {
        what: `rows swept a second among ${live.toLocaleString('en')} expired ones ÷ among ${FEW.toLocaleString('en')}`,
        measured: middle.ratio.toFixed(2),
        wanted: '≥ 0.8',
        absolute: `${Math.round(middle.fromMany)} ÷ ${Math.round(middle.fromFew)}`,
      },
      {
        what: `p99 of ${CALLS_PER_SECOND} captchas a second: during a sweep ÷ without one`,
        measured: (beside / alone).toFixed(2),
        wanted: '≤ 2',
        absolute: `${beside.toFixed(1)} ÷ ${alone.toFixed(1)} ms, ${Math.round(removed / seconds)} rows/s swept`,
      },
      {
        what: 'write-ahead log three seconds after the sweep (MiB)',
        measured: (log / 2 ** 20).toFixed(1),
        wanted: '≤ 8',
        absolute: '',
      },
    ]
  } finally {
    few.close()
    many.close()
  }
}

let filled = 0

async function fill(database: Opened['database'], rows: number): Promise<void> {
  const codes = database.collection('opendb-verify-codes')
  const expired = { kind: 'image', state: 1, code: 'abcd', attempts: 1, max_attempts: 5, scene: 'bench' }
  for (let left = rows; left > 0; left -= BATCH) {
    const batch = Array.from({ length: Math.min(left, BATCH) }, () => ({
      ...expired,
      _id: `expired-${++filled}-${Math.random()}`,
      device_uuid: `device-${filled}`,
      expired_date: Date.now() - 7_200_000 + filled,
    }))
    await codes.add(batch)
  }
}

/** Five hundred rows, in batches as the sweep takes them. */
async function removedPerSecond(captchas: Opened['captchas']): Promise<number> {
  const { codes } = captchas.stores()
  const start = performance.now()
  let removed = 0
  while (removed < FEW / 2) removed += await codes.sweep(Date.now())
  return (removed / (performance.now() - start)) * 1000
}

async function sweepUntil(captchas: Opened['captchas'], until: { isOver: boolean }): Promise<number> {
  let removed = 0
  while (!until.isOver) removed += await captchas.sweep(1000)
  return removed
}

/** From the moment each call is due. */
async function p99Of(captchas: Opened['captchas'], seconds: number): Promise<number> {
  const latencies: number[] = []
  const calls: Promise<unknown>[] = []
  const start = performance.now()
  for (let i = 0; i < seconds * CALLS_PER_SECOND; i++) {
    const due = start + (i / CALLS_PER_SECOND) * 1000
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1))
    const call = captchas.create({ scene: 'bench', deviceId: `device-${i}` })
    calls.push(call.then(() => latencies.push(performance.now() - due)))
  }
  await Promise.all(calls)
  return quantile(latencies, 0.99)
}
