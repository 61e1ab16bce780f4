// @ts-check
// Which step of the set-up has been done for which inputs: a hash per step in node_modules/.uni-captcha.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamps = join(root, 'node_modules', '.uni-captcha')
const SKIPPED = new Set(['node_modules', 'dist', '.git', '.data', 'unpackage'])

/**
 * SHA-256 over names and contents of files and folders (paths from the root); what does not exist counts as absent.
 * @param {readonly string[]} paths
 */
export function fingerprint(paths) {
  const hash = createHash('sha256')
  for (const path of paths) addTo(hash, path)
  return hash.digest('hex')
}

/** The lock file and the manifest of every workspace: what `npm ci` installs from. */
export const MANIFESTS = ['package.json', 'host/package.json']
const LOCK_FILE = 'package-lock.json'
/** The fields of a manifest that decide what is installed: a changed script or description needs no installing. */
const INSTALLED_FIELDS = ['workspaces', 'dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'bin']

/** The fingerprint of the locked dependencies. */
export function fingerprintDependencies() {
  const hash = createHash('sha256').update(fingerprint([LOCK_FILE]))
  for (const path of MANIFESTS) {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'))
    hash.update(JSON.stringify(INSTALLED_FIELDS.map((field) => manifest[field] ?? null)))
  }
  return hash.digest('hex')
}

/**
 * @param {string} name
 * @param {string} hash
 */
export function isFresh(name, hash) {
  const stamp = join(stamps, name)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
}

/**
 * @param {string} name
 * @param {string} hash
 */
export function markFresh(name, hash) {
  mkdirSync(stamps, { recursive: true })
  writeFileSync(join(stamps, name), hash)
}

/** @param {string} what */
export function step(what) {
  console.log(`› ${what}`)
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} path
 */
function addTo(hash, path) {
  const file = join(root, path)
  if (!existsSync(file)) return
  if (statSync(file).isDirectory()) {
    for (const name of readdirSync(file).sort())
      if (!SKIPPED.has(name) && !/\.generated\.u?ts$/.test(name)) addTo(hash, join(path, name))
  } else {
    hash.update(`${path}\0`).update(readFileSync(file)).update('\0')
  }
}
