// `npm run bench:scale [-- --quick] [name …]`: what Redis and PostgreSQL cost beside what they
// replace, and whether cost or memory grow with use; `-- sweeping` measures that alone.
// Ratios are taken within one run, in turns; absolute values are printed beside them. Needs Debian's redis-server and
// postgresql.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { build } from '../scripts/build'
import { step } from '../scripts/build-cache.mjs'
import type { Row } from './support/measures'
import { postgresAgainstOthers, postgresAmongMany } from './support/scale-postgres'
import { withoutEnd, rowsLeft } from './support/scale-heap'
import { redisAgainstDatabase, workers } from './support/scale-http'
import { manyLive, storeAgainstBare } from './support/scale-stores'
import { sweeping } from './support/scale-sweep'

const { values: flags, positionals: named } = parseArgs({
  options: { quick: { type: 'boolean' } },
  allowPositionals: true,
})
/** About half an hour, or two minutes. */
const SIZES = flags.quick
  ? { pairs: 5000, live: 100_000, seconds: 2, total: 100_000, rows: 5000 }
  : { pairs: 40_000, live: 1_000_000, seconds: 6, total: 2_000_000, rows: 50_000 }
const MEASURES = Object.entries({
  storeAgainstBare,
  manyLive,
  redisAgainstDatabase,
  workers,
  postgresAgainstOthers,
  postgresAmongMany,
  rowsLeft,
  sweeping,
  withoutEnd,
})
const strange = named.filter((name) => !MEASURES.some(([known]) => known === name))
if (strange.length > 0) {
  console.error(`not measured here: ${strange.join(', ')}; there are ${MEASURES.map(([name]) => name).join(', ')}`)
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-bench-'))

await build('host')
await build('hbuilderx')
const rows: Row[] = []
try {
  for (const [name, measure] of MEASURES) {
    if (named.length > 0 && !named.includes(name)) continue
    step(`measuring ${name}`)
    rows.push(...(await measure({ ...SIZES, folder })))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log('')
console.table(rows)
