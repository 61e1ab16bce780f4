// `node scripts/setup.mjs start|dev|test`: brings a fresh clone to where the command can run. Plain Node, nothing
// installed yet. What is there and up to date is left alone.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { fingerprint, isFresh, markFresh, root, step } from './freshness.mjs'

const OLDEST_NODE = 20
const purpose = process.argv[2] ?? 'start'

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(`Node ${OLDEST_NODE} or newer is needed; this is ${process.version}.`)
}

const locked = fingerprint(['package.json', 'package-lock.json'])
if (!isFresh('dependencies', locked) || !existsSync(join(root, 'node_modules'))) {
  step('installing the locked dependencies')
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'])
  markFresh('dependencies', locked)
}

const targets = { start: ['glyphs', 'host', 'h5'], dev: ['glyphs', 'host'], test: ['glyphs'] }[purpose]
if (!targets) fail(`setup knows start, dev and test; not ${JSON.stringify(purpose)}.`)
const { build } = await import('./build.mjs')
for (const target of targets) await build(target)

if (purpose === 'test') {
  const { installTestTools } = await import('./test-tools.mjs')
  installTestTools()
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` failed; its message is above.`)
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
