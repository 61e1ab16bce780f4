// `npm run faults [name …]`: breaks things on purpose under load and prints what came of it; ends with 1 when a promise
// was not kept.
import { step } from '../scripts/build-cache.mjs'
import { FAULTS } from './faults'
import type { Fault } from './support/fault'
import { printVerdict } from './support/verdict'

const faults = new Map<string, Fault>(Object.entries(FAULTS))
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !faults.has(name))
if (unknown.length > 0) {
  console.error(`There is no fault ${unknown.join(', ')}; there are: ${[...faults.keys()].join(', ')}`)
  process.exit(1)
}

for (const [name, { title, run }] of faults) {
  if (asked.length > 0 && !asked.includes(name)) continue
  step(name)
  const verdict = await run()
  printVerdict(title, verdict)
  if (verdict.broken.length > 0) process.exitCode = 1
}
