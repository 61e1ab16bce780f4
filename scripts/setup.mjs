// @ts-check
// `node scripts/setup.mjs <purpose> [--no-install]`: brings a fresh clone to where a command can run. Plain Node,
// nothing installed yet. What is there and up to date is left alone.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { fingerprintDependencies, isFresh, markFresh, root, step } from './build-cache.mjs'
import { installTestTools } from './test-tools.mjs'

/**
 * What is built for each purpose, after the locked dependencies are installed.
 * @type {Record<string, string[]>}
 */
const PURPOSES = {
  tools: [],
  sources: ['glyphs', 'wasm'],
  test: ['glyphs', 'wasm'],
  dev: ['glyphs', 'wasm', 'host'],
  start: ['glyphs', 'wasm', 'host', 'h5'],
}

const [purpose = 'start', ...flags] = process.argv.slice(2)

const [, minNodeVersion = ''] = /^>=(\d+\.\d+\.\d+)$/.exec(readManifest().engines.node) ?? []
if (process.versions.node.localeCompare(minNodeVersion, 'en', { numeric: true }) < 0) {
  fail(`Node ${minNodeVersion} or newer is needed; this is ${process.versions.node}.`)
}
const targets = Object.hasOwn(PURPOSES, purpose) ? PURPOSES[purpose] : undefined
if (!targets) fail(`setup knows ${Object.keys(PURPOSES).join(', ')}; not ${JSON.stringify(purpose)}.`)
// First, so that a missing program is reported before minutes are spent on building.
if (purpose === 'test') installTestTools({ mayInstall: !flags.includes('--no-install') })

const locked = fingerprintDependencies()
if (!isFresh('dependencies', locked) || !existsSync(join(root, 'node_modules'))) {
  step('installing the locked dependencies')
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'])
  markFresh('dependencies', locked)
}

if (targets.length > 0) {
  await import('./typescript.mjs')
  const { build } = await import('./build.ts')
  for (const target of targets) await build(target)
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` failed; its message is above.`)
}

/** @returns {{ engines: { node: string } }} */
function readManifest() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
