// `npm run check`: lint, formatting, types and unused code; with names (`lint`, `format`, `types`, `unused`), those.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { root, step } from './build-cache.mjs'

const CHECKS = [
  { name: 'lint', title: 'lint', tool: 'oxlint', args: ['--deny-warnings', '.'] },
  { name: 'format', title: 'formatting', tool: 'oxfmt', args: ['--check', '.'] },
  { name: 'types', title: 'types', tool: 'vue-tsc', args: ['--noEmit', '-p', 'tsconfig.json'] },
  { name: 'types', title: 'types of cloud code', tool: 'tsc', args: ['--noEmit', '-p', 'tsconfig.cloud.json'] },
  { name: 'unused', title: 'unused code', tool: 'knip', args: [] },
]

/** What runs side by side: each keeps about one core busy. */
const AT_ONCE = 2

/** Runs the checks with these names, or all. Returns how many passed and failed, after naming each that failed. */
export async function runChecks(names: readonly string[] = []): Promise<{ passed: number; failed: number }> {
  const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name))
  if (unknown.length > 0) {
    throw new Error(`there is no check ${unknown.join(', ')}; there are ${[...new Set(CHECKS.map((c) => c.name))]}`)
  }
  const chosen = CHECKS.filter(({ name }) => names.length === 0 || names.includes(name))
  const waiting = [...chosen]
  const failed: string[] = []
  const runNext = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift())
      if (!(await passes(check))) failed.push(check.title)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, runNext))
  for (const title of failed) console.error(`✗ ${title}`)
  return { passed: chosen.length - failed.length, failed: failed.length }
}

/** Runs one check, and shows what it said when it has ended. */
async function passes({ title, tool, args }: (typeof CHECKS)[number]): Promise<boolean> {
  const child = spawn(join(root, 'node_modules/.bin', tool), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => said.push(part))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  step(title)
  process.stdout.write(Buffer.concat(said))
  return status === 0
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { failed } = await runChecks(process.argv.slice(2))
  process.exitCode = failed === 0 ? 0 : 1
}
