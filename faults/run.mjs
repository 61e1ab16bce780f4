// `npm run faults [name …]`: breaks things on purpose under load and prints what came of it; ends with 1 when a promise
// was not kept.
import { step } from '../scripts/freshness.mjs'
import { FAULTS } from './faults.mjs'
import { printVerdict } from './support/verdict.mjs'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(FAULTS, name))
if (unknown.length > 0) {
  console.error(`There is no fault ${unknown.join(', ')}; there are: ${Object.keys(FAULTS).join(', ')}`)
  process.exit(1)
}

for (const name of asked.length > 0 ? asked : Object.keys(FAULTS)) {
  const { title, run } = FAULTS[name]
  step(name)
  const verdict = await run()
  printVerdict(title, verdict)
  if (verdict.broken.length > 0) process.exitCode = 1
}
