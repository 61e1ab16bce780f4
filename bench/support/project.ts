// What the benches measure: the built plugin in a project of its own, on the built host or its database.
import { cpSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { buildSync } from 'esbuild'

import type * as HostDatabase from '../../host/database/index'
import type * as PostgresConnection from '../../host/database/postgres/connection'
import { root } from '../../scripts/build-cache.mjs'
import { START_FLAGS, startHost, type ReadyHost } from '../../test/support/host'
import { makeProject } from '../../test/support/project'
import type * as Captchas from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/index'

const require = createRequire(import.meta.url)
const COMMON = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha'
const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'
const COLLECTIONS = ['opendb-verify-codes', 'uni-captcha-counters']

/** A project below `folder` with the built plugin, its configuration and cloud objects (name → source). */
export function makeBenchProject(
  folder: string,
  name: string,
  config: object = {},
  objects: Record<string, string> = {},
): string {
  return makeProject(join(folder, name), { plugins: 'built', config: { 'uni-captcha': config }, objects })
}

type BundledDatabase = typeof HostDatabase & typeof PostgresConnection
let bundled: BundledDatabase | undefined

/** The host's database as the host is built: a CommonJS bundle, in which it finds the driver for its threads. */
export function bundledDatabase(): BundledDatabase {
  const outfile = join(root, 'dist/bench/database.cjs')
  const contents = ['index', 'postgres/connection'].map((name) => `export * from './${name}'`).join('\n')
  const stdin = { contents, resolveDir: join(root, 'host/database') }
  if (!bundled) buildSync({ stdin, outfile, bundle: true, platform: 'node', packages: 'external', target: 'node20' })
  return (bundled ??= require(outfile) as BundledDatabase)
}

/** The host's database with the collections and indexes of a project. */
export async function openBenchDatabase(project: string, file: string) {
  const { openDatabase } = bundledDatabase()
  const opened = openDatabase({ file })
  for (const collection of COLLECTIONS) {
    const indexes = join(project, `uni_modules/uni-captcha/uniCloud/database/${collection}.index.json`)
    await opened.ensureIndexes(collection, JSON.parse(readFileSync(indexes, 'utf8')))
  }
  return opened
}

/** Makes `uniCloud` what a cloud function finds there: the database, and whatever is given beside it. */
export function provideCloud(api: object): void {
  Object.assign(globalThis, { uniCloud: { getClientInfos: () => [], ...api } })
}

/** Makes the packages of a project's cloud folders found by `require`, as the host does. */
export function linkConfigCenter(project: string): void {
  cpSync(join(project, CENTER), join(project, 'node_modules/uni-config-center'), { recursive: true })
}

/** The built common module on the host's database, both as a cloud function meets them; `api` adds to `uniCloud`. */
export async function openModule(folder: string, name: string, config: object = {}, api: object = {}) {
  const project = makeBenchProject(folder, name, config)
  linkConfigCenter(project)
  const opened = await openBenchDatabase(project, join(folder, `${name}.db`))
  provideCloud({ database: () => opened.api, ...api })
  const file = join(project, COMMON, 'index.js')
  delete require.cache[require.resolve(file)]
  return { captchas: require(file) as typeof Captchas, database: opened.api, close: () => opened.close() }
}

/** The built host on a free port, without its flood limit. */
export function startBenchHost(
  folder: string,
  project: string,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<ReadyHost> {
  const standard = {
    PROJECT_DIR: project,
    DATA_DIR: join(folder, 'data'),
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    FLOOD_LIMIT_PER_MINUTE: '0',
    NODE_ENV: 'production',
  }
  return startHost({ args, env: { ...standard, ...env }, nodeArguments: START_FLAGS })
}
