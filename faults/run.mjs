// `npm run faults [name …]`: breaks things on purpose under load and prints what came of it; ends with 1 when a promise was not kept.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { root, step } from '../scripts/freshness.mjs'
import { printVerdict } from './support/verdict.mjs'

const names = readdirSync(join(root, 'faults'))
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length))
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`There is no fault ${unknown.join(', ')}; there are: ${names.join(', ')}`)
  process.exit(1)
}

for (const name of asked.length > 0 ? asked : names) {
  const { title, run } = await import(`./${name}.mjs`)
  step(name)
  const verdict = await run()
  printVerdict(title, verdict)
  if (verdict.broken.length > 0) process.exitCode = 1
}
