// Removing what has expired: among a million expired rows beside a thousand, and what calls meet meanwhile.
import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'

import type { Row } from './measures'
import { quantile } from './numbers'
import { openModule } from './project'

type Opened = Awaited<ReturnType<typeof openModule>>

const FEW = 1000
const BATCH = 1000
/** Odd; 500 rows take a twentieth of a second, in which another program's turn of the processor counts double. */
const ROUNDS = 15
const TURNS = 3
const CALLS_PER_SECOND = 50

export async function sweeping(given: { folder: string; live: number; seconds: number }): Promise<Row[]> {
  const { folder, live, seconds } = given
  const few = await openModule(folder, 'sweep-few', { statistics: false })
  const many = await openModule(folder, 'sweep-many', { statistics: false })
  try {
    await fill(many.database, live)
    const ratios = []
    for (let round = 0; round < ROUNDS; round++) {
      await fill(few.database, FEW)
      const first = round % 2 === 0 ? few : many
      const rates = new Map([[first, await removedPerSecond(first.captchas)]])
      const second = first === few ? many : few
      rates.set(second, await removedPerSecond(second.captchas))
      const [fromFew, fromMany] = [rates.get(few)!, rates.get(many)!]
      ratios.push({ ratio: fromMany / fromFew, fromMany, fromFew })
    }
    const middle = findMiddle(ratios)
    const turns = []
    for (let turn = 0; turn < TURNS; turn++) {
      const alone = await readP99(few.captchas, seconds)
      const meanwhile = { isOver: false }
      const swept = sweepUntil(many.captchas, meanwhile)
      const beside = await readP99(many.captchas, seconds)
      meanwhile.isOver = true
      turns.push({ ratio: beside / alone, beside, alone, removed: await swept })
    }
    const { ratio, beside, alone, removed } = findMiddle(turns)
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
        measured: ratio.toFixed(2),
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

function findMiddle<T extends { ratio: number }>(measured: readonly T[]): T {
  return [...measured].sort((a, b) => a.ratio - b.ratio)[measured.length >> 1]!
}

let filled = 0

async function fill(database: Opened['database'], rows: number): Promise<void> {
  const codes = database.collection('opendb-verify-codes')
  const expired = { kind: 'image', state: 1, code: 'abcd', attempts: 1, max_attempts: 5, scene: 'bench' }
  const start = Date.now() - 7_200_000
  for (let left = rows; left > 0; left -= BATCH) {
    const batch = Array.from({ length: Math.min(left, BATCH) }, () => ({
      ...expired,
      // As the store's: in an order that has nothing to do with when they expire.
      _id: randomBytes(32).toString('hex'),
      device_uuid: randomBytes(16).toString('hex'),
      expired_date: start + ++filled,
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
async function readP99(captchas: Opened['captchas'], seconds: number): Promise<number> {
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
