// What the faults happen to: the host's and the plugin's sources of this working copy, bundled as `npm start` has them.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { build } from 'esbuild'

import { root } from '../../scripts/freshness.mjs'

const MODULES = ['uni-captcha', 'uni-config-center']
const COMMON = 'uniCloud/cloudfunctions/common'
/** The answer is always 2, so that callers know it; everything else is as in production. */
const CONFIG = {
  mathExpr: true,
  mathMin: 1,
  mathMax: 1,
  mathOperator: '+',
  maxAttempts: 5,
  imageLimit: { enabled: false },
}
const SHOP = `
const uniCaptcha = require('uni-captcha')
module.exports = {
  async order({ scene, captcha }) {
    const { deviceId } = this.getClientInfo()
    return uniCaptcha.verify({ scene, captcha, deviceId })
  },
  pid: () => ({ errCode: 0, pid: process.pid }),
  loop({ ms }) {
    for (const end = Date.now() + ms; Date.now() < end; );
  },
}
`

/** A folder of its own, removed by `remove`. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-fault-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A project with the plugin, its configuration and a cloud object `shop` whose orders need a captcha. */
export function makeProject(folder, config = {}) {
  const project = join(folder, 'project')
  for (const name of MODULES) {
    const cloud = join('uni_modules', name, 'uniCloud')
    cpSync(join(root, cloud), join(project, cloud), { recursive: true })
    cpSync(join(root, 'uni_modules', name, 'package.json'), join(project, 'uni_modules', name, 'package.json'))
  }
  const center = join(project, 'uni_modules/uni-config-center', COMMON, 'uni-config-center/uni-captcha')
  mkdirSync(center, { recursive: true })
  writeFileSync(join(center, 'config.json'), JSON.stringify({ ...CONFIG, ...config }))
  const shop = join(project, 'uniCloud/cloudfunctions/shop')
  mkdirSync(shop, { recursive: true })
  const dependencies = { 'uni-captcha': `file:../../../uni_modules/uni-captcha/${COMMON}/uni-captcha` }
  writeFileSync(join(shop, 'index.obj.js'), SHOP)
  writeFileSync(join(shop, 'package.json'), JSON.stringify({ name: 'shop', dependencies }))
  return project
}

let bundled
/** The host's program, bundled once. */
export function hostProgram() {
  bundled ??= (async () => {
    // Inside the working copy, so that it finds its packages.
    const folder = join(root, 'node_modules/.cache/faults', String(process.pid))
    mkdirSync(folder, { recursive: true })
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    const outfile = join(folder, 'main.cjs')
    const entryPoints = [join(root, 'host/main.ts')]
    await build({ entryPoints, outfile, bundle: true, platform: 'node', packages: 'external', target: 'node20' })
    return outfile
  })()
  return bundled
}
