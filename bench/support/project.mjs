// What the benches measure: the built plugin in a project of its own, on the built host or its database.
import { createHmac } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { buildSync } from 'esbuild'

import { root } from '../../scripts/freshness.mjs'
import { startHostProcess } from '../../scripts/host-process.mjs'

const require = createRequire(import.meta.url)
const COMMON = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha'
const COLLECTIONS = ['opendb-verify-codes', 'uni-captcha-counters']
let databaseBundle

/** A project below `folder` with the built plugin, its configuration and cloud objects (name → source). */
export function makeProject(folder, name, config = {}, objects = {}) {
  const project = join(folder, name)
  const center = join(project, 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center')
  cpSync(join(root, 'dist/hbuilderx/uni_modules'), join(project, 'uni_modules'), { recursive: true })
  writeFileSync(join(center, 'uni-captcha/config.json'), JSON.stringify(config))
  mkdirSync(join(project, 'node_modules'), { recursive: true })
  cpSync(center, join(project, 'node_modules/uni-config-center'), { recursive: true })
  const dependencies = { 'uni-captcha': `file:../../../${COMMON}` }
  for (const [object, source] of Object.entries(objects)) {
    const place = join(project, 'uniCloud/cloudfunctions', object)
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'index.obj.js'), source)
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name: object, dependencies }))
  }
  return project
}

/** The built common module on the built host's database, both as a cloud function meets them; `api` adds to `uniCloud`. */
export function openModule(folder, name, config, api = {}) {
  const project = makeProject(folder, name, config)
  const { openDatabase } = require(bundledDatabase())
  const opened = openDatabase({ file: join(folder, `${name}.db`) })
  for (const collection of COLLECTIONS) {
    const indexes = join(project, `uni_modules/uni-captcha/uniCloud/database/${collection}.index.json`)
    opened.ensureIndexes(collection, JSON.parse(readFileSync(indexes, 'utf8')))
  }
  globalThis.uniCloud = { database: () => opened.api, getClientInfos: () => [], ...api }
  const file = join(project, COMMON, 'index.js')
  delete require.cache[require.resolve(file)]
  return { captchas: require(file), database: opened.api, close: () => opened.close() }
}

/** The host's database as a module to require. */
export function bundledDatabase() {
  databaseBundle ??= (() => {
    const outfile = join(root, 'dist/bench/database.cjs')
    const entryPoints = [join(root, 'host/database/index.ts')]
    buildSync({ entryPoints, outfile, bundle: true, platform: 'node', packages: 'external', target: 'node20' })
    return outfile
  })()
  return databaseBundle
}

/** The built host on a free port, without its flood limit. */
export function startHost(folder, project, args = [], environment = {}) {
  const standard = {
    PROJECT_DIR: project,
    DATA_DIR: join(folder, 'data'),
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'warn',
    FLOOD_LIMIT_PER_MINUTE: '0',
    NODE_ENV: 'production',
  }
  return startHostProcess({ ...standard, ...environment }, args)
}

/** A call of a cloud object as the client sends it. */
export function clientRequest(object, method, deviceId, params = [{ scene: 'login' }]) {
  const functionArgs = { method, params, clientInfo: { deviceId } }
  const body = {
    method: 'serverless.function.runtime.invoke',
    params: JSON.stringify({ functionTarget: object, functionArgs }),
    spaceId: 'uni-captcha-local',
    timestamp: Date.now(),
  }
  return {
    method: 'POST',
    path: '/unicloud/client',
    headers: { 'content-type': 'application/json', 'x-serverless-sign': sign(body) },
    body: JSON.stringify(body),
  }
}

export function sign(body) {
  const text = Object.keys(body)
    .sort()
    .map((key) => `${key}=${body[key]}`)
    .join('&')
  return createHmac('md5', 'local-client-secret').update(text).digest('hex')
}
