// `npm run check`: lint, formatting, types and unused code; with names (`lint`, `format`, `types`, `unused`), those.
import { spawnSync } from 'node:child_process'
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

/** Runs the checks with these names, or all. Returns how many passed and failed, after naming each that failed. */
export function runChecks(names: readonly string[] = []): { passed: number; failed: number } {
  const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name))
  if (unknown.length > 0) {
    throw new Error(`there is no check ${unknown.join(', ')}; there are ${[...new Set(CHECKS.map((c) => c.name))]}`)
  }
  const chosen = CHECKS.filter(({ name }) => names.length === 0 || names.includes(name))
  const failed = chosen.filter(({ title, tool, args }) => {
    step(title)
    return spawnSync(join(root, 'node_modules/.bin', tool), args, { cwd: root, stdio: 'inherit' }).status !== 0
  })
  for (const { title } of failed) console.error(`✗ ${title}`)
  return { passed: chosen.length - failed.length, failed: failed.length }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = runChecks(process.argv.slice(2)).failed === 0 ? 0 : 1
}
