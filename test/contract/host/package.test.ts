import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { packHost } from '../../../scripts/pack-host'
import { openDevice } from '../support/gateway-client'
import { closeAll, temporaryDirectory, writeProject } from '../support/host-project'
import { installHost, startInstalledHost } from '../support/installed-host'

interface Manifest {
  name: string
  version: string
  license: string
  bin: Record<string, string>
  dependencies: Record<string, string>
  engines: { node: string }
}

const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8')) as Manifest

let packed: Awaited<ReturnType<typeof packHost>>
let folder: string
let host: Awaited<ReturnType<typeof startInstalledHost>>

const PROJECT = {
  'uniCloud-aliyun/cloudfunctions/common/greetings/package.json': { name: 'greetings', main: 'index.js' },
  'uniCloud-aliyun/cloudfunctions/common/greetings/index.js': `exports.greet = (name) => 'hello, ' + name`,
  'uniCloud-aliyun/cloudfunctions/visitors/package.json': {
    name: 'visitors',
    dependencies: { greetings: 'file:../common/greetings' },
  },
  'uniCloud-aliyun/cloudfunctions/visitors/index.obj.js': `
    const { greet } = require('greetings')
    const visits = uniCloud.database().collection('visits')
    module.exports = {
      async enter(name) {
        await visits.add({ name, deviceId: this.getClientInfo().deviceId })
        return { text: greet(name), visits: (await visits.where({ name }).count()).total }
      },
    }`,
  'uni_modules/typed/uniCloud/cloudfunctions/sums/index.obj.ts': `
    export function add(numbers: number[]): { sum: number } {
      return { sum: numbers.reduce((sum, number) => sum + number, 0) }
    }`,
}

beforeAll(async () => {
  packed = await packHost()
  const root = temporaryDirectory()
  spawnSync('tar', ['-xzf', packed.file, '-C', root])
  folder = installHost(packed.file, readJson(root, 'package/package.json').dependencies)
  host = await startInstalledHost(folder, { PROJECT_DIR: writeProject(PROJECT) })
})
afterAll(async () => {
  await host?.stop()
  await closeAll()
})

const installed = (...path: string[]) => join(folder, 'node_modules/uni-captcha-host', ...path)

describe('the package of the host', () => {
  it('holds the program with a licence, notices and a description, and nothing else', () => {
    expect([...packed.files].sort()).toEqual(
      ['LICENSE.md', 'NOTICES.txt', 'README.md', 'main.cjs', 'main.cjs.map', 'package.json'].sort(),
    )
    expect(packed.unpackedBytes).toBeLessThan(1_500_000)
    for (const name of Object.keys(readJson(installed('package.json')).dependencies)) {
      expect(readFileSync(installed('NOTICES.txt'), 'utf8')).toMatch(new RegExp(`^${name} \\d.* \\(.+\\)$`, 'm'))
    }
  })

  it('depends on what the program requires, in the versions of this repository, and on nothing of the pages', () => {
    const { bin, dependencies, ...manifest } = readJson(installed('package.json'))
    const { version, license, engines } = readJson('package.json')
    expect(manifest).toMatchObject({ name: 'uni-captcha-host', version, license, engines })
    expect(bin).toEqual({ 'uni-captcha-host': 'main.cjs' })
    expect(dependencies).toEqual(readJson('host/package.json').dependencies)
    const source = readFileSync(installed('main.cjs'), 'utf8')
    for (const name of Object.keys(dependencies)) {
      // Pinned for fastify alone.
      if (name === 'light-my-request') continue
      expect(source, name).toMatch(new RegExp(`(require|import)\\("${name}[/"]`))
    }
    expect(Object.keys(dependencies).filter((name) => /vue|dcloudio|alicloud|tencent|svg-captcha/.test(name))).toEqual(
      [],
    )
  })

  it('serves the cloud functions of another project to the real client, and keeps their data', async () => {
    const { client } = openDevice(host.url, 'dcloud')
    const visitors = client.importObject('visitors', { customUI: true })
    expect(await visitors['enter']?.('lily')).toEqual({ text: 'hello, lily', visits: 1 })
    expect(await visitors['enter']?.('lily')).toEqual({ text: 'hello, lily', visits: 2 })
    expect(await client.importObject('sums', { customUI: true })['add']?.([1, 2, 3])).toEqual({ sum: 6 })
  })

  it('keeps its data in the directory that it was started in, for its owner alone, and ends well', async () => {
    expect(existsSync(join(folder, '.data/unicloud.db'))).toBe(true)
    expect(statSync(join(folder, '.data/secret')).mode & 0o077).toBe(0)
    expect(await host.stop()).toBe(0)
  })
})
