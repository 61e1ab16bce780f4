// `npm run bench:scale [-- --quick]`: what Redis costs beside what it replaces, and whether cost or memory grow with use.
// Ratios are taken within one run, in turns; absolute values are printed beside them. Needs Debian's redis-server.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { build } from '../scripts/build'
import { step } from '../scripts/build-cache.mjs'
import type { Row } from './support/measures'
import { withoutEnd, rowsLeft } from './support/scale-heap'
import { redisAgainstDatabase, workers } from './support/scale-http'
import { manyLive, storeAgainstBare } from './support/scale-stores'
import { sweeping } from './support/scale-sweep'

/** About a quarter of an hour, or two minutes. */
const SIZES = process.argv.includes('--quick')
  ? { pairs: 5000, live: 100_000, seconds: 2, total: 100_000, rows: 5000 }
  : { pairs: 40_000, live: 1_000_000, seconds: 6, total: 2_000_000, rows: 50_000 }
const MEASURES = Object.entries({
  storeAgainstBare,
  manyLive,
  redisAgainstDatabase,
  workers,
  rowsLeft,
  sweeping,
  withoutEnd,
})
const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-bench-'))

await build('host')
await build('hbuilderx')
const given = process.argv.slice(2)
const only = MEASURES.filter(([name]) => given.includes(name))
const rows: Row[] = []
try {
  for (const [name, measure] of only.length > 0 ? only : MEASURES) {
    step(`measuring ${name}`)
    rows.push(...(await measure({ ...SIZES, folder })))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log('')
console.table(rows)
