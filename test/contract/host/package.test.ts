import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { packHost } from '../../../scripts/pack-host'
import { readAnswer, wrongFor } from '../../e2e/support/codes'
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
    const parts = new Set(packed.files.map((file) => file.split('/')[0]))
    expect([...parts].sort()).toEqual(
      [
        'LICENSE.md',
        'NOTICES.txt',
        'README.md',
        'admin',
        'main.cjs',
        'main.cjs.map',
        'package.json',
        'template',
        'uni-captcha-proof.js',
        'uni-captcha-widget.d.ts',
        'uni-captcha-widget.js',
      ].sort(),
    )
    expect(packed.unpackedBytes).toBeLessThan(5_500_000)
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

describe('a project that `init` makes', () => {
  const TOKEN = 'a-token-of-24-characters-or-more'
  const init = (cwd: string, ...args: string[]) => {
    const program = join(folder, 'node_modules/.bin/uni-captcha-host')
    const { status, stderr } = spawnSync(program, ['init', ...args], { cwd, encoding: 'utf8' })
    return { status, says: stderr }
  }
  const filesIn = (path: string) =>
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(path, name)).isFile())
      .sort()

  it('is the example of this repository with the built plugin in it, named after its folder', () => {
    const cwd = temporaryDirectory()
    const { status, says } = init(cwd, 'My App')
    expect(status, says).toBe(0)
    expect(says).toContain('cd "My App"\n  npm install\n  npm start')
    const made = join(cwd, 'My App')
    const own = filesIn(made).filter((name) => !name.startsWith('src/uni_modules'))
    expect(own).toEqual(
      filesIn('examples/uni-app-cli')
        .map((name) => name.replace('_gitignore', '.gitignore'))
        .sort(),
    )
    for (const name of own.filter((one) => one !== 'package.json')) {
      const source = join('examples/uni-app-cli', name.replace('.gitignore', '_gitignore'))
      expect(readFileSync(join(made, name), 'utf8'), name).toBe(readFileSync(source, 'utf8'))
    }
    const plugin = 'src/uni_modules/uni-captcha'
    expect(filesIn(join(made, plugin))).toEqual(filesIn('dist/uni_modules/uni-captcha'))
    const manifest = readJson(made, 'package.json') as unknown as Record<string, Record<string, string>>
    expect(manifest['name']).toBe('my-app')
    // As far as it was installed from a file: nothing of that name is asked of a registry.
    expect(manifest['devDependencies']?.['uni-captcha-host']).toMatch(/^file:.*uni-captcha-host-.*\.tgz$/)
  })

  it('says what is missing when it is built before `npm install`', () => {
    const cwd = temporaryDirectory()
    expect(init(cwd).status).toBe(0)
    const program = join(folder, 'node_modules/.bin/uni-captcha-host')
    const { status, stderr } = spawnSync(program, ['build'], { cwd, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `build runs the uni-app compiler of the project, and ${cwd} has no @dcloudio/vite-plugin-uni: npm install\n`,
    })
  })

  it('asks npm for what this repository is built with', () => {
    const [own, root] = [readJson('examples/uni-app-cli/package.json'), readJson('package.json')].map((manifest) => {
      const { dependencies, devDependencies } = manifest as Manifest & { devDependencies: Record<string, string> }
      return { ...dependencies, ...devDependencies }
    })
    for (const [name, version] of Object.entries(own!)) {
      expect(version, name).toBe(name === 'uni-captcha-host' ? readJson('host/package.json').version : root![name])
    }
  })

  it('is not written into a folder that holds something, which is named', () => {
    const cwd = temporaryDirectory()
    writeFileSync(join(cwd, 'notes.txt'), 'mine')
    expect(init(cwd)).toMatchObject({
      status: 1,
      says: expect.stringContaining(`${cwd} is not empty (notes.txt)`),
    })
    expect(readdirSync(cwd)).toEqual(['notes.txt'])
    expect(init(cwd, 'notes.txt')).toMatchObject({ status: 1, says: expect.stringContaining('is a file') })
    expect(init(cwd, '--force')).toMatchObject({ status: 1, says: expect.stringContaining('init takes one folder') })
  })

  it('is written into an empty folder that git knows already', () => {
    const cwd = temporaryDirectory()
    mkdirSync(join(cwd, '.git'))
    const { status, says } = init(cwd)
    expect(status, says).toBe(0)
    expect(says).not.toContain('cd ')
    expect(existsSync(join(cwd, 'src/pages.json'))).toBe(true)
  })

  it('runs: its cloud object takes the right answer once, and the administration has its own page', async () => {
    const cwd = temporaryDirectory()
    expect(init(cwd).status).toBe(0)
    const env = { PROJECT_DIR: cwd, DATA_DIR: join(cwd, '.data'), ADMIN_TOKEN: TOKEN, ADMIN_PATH: '/captcha-admin' }
    const own = await startInstalledHost(folder, env)
    try {
      const { client } = openDevice(own.url, 'dcloud')
      const picture = await client.importObject('uni-captcha-co', { customUI: true })['getImageCaptcha']?.({
        scene: 'login',
      })
      expect(picture).toMatchObject({ errCode: 0, width: 150 })
      const login = client.importObject('login', { customUI: true })
      const captcha = readAnswer(join(cwd, '.data'), 'login')
      const signIn = async (typed: string) => login['login']?.({ username: 'lily', captcha: typed })
      await expect(signIn(wrongFor(captcha))).rejects.toMatchObject({ errCode: 'uni-captcha-verify-fail' })
      expect(await signIn(captcha)).toEqual({ errCode: 0, errMsg: '', username: 'lily' })
      await expect(signIn(captcha)).rejects.toMatchObject({ errCode: 'uni-captcha-verify-fail' })

      const moved = await fetch(`${own.url}/captcha-admin`, { redirect: 'manual' })
      expect([moved.status, moved.headers.get('location')]).toEqual([302, '/captcha-admin/'])
      const page = await fetch(`${own.url}/captcha-admin/`)
      expect(page.status).toBe(200)
      expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
      const html = await page.text()
      const [, script = ''] = /<script[^>]+src="([^"]+)"/.exec(html) ?? []
      const asset = await fetch(new URL(script, `${own.url}/captcha-admin/`))
      expect([asset.status, asset.headers.get('content-type')]).toEqual([200, 'application/javascript; charset=utf-8'])
      expect((await fetch(`${own.url}/captcha-admin/api/no-such-route`)).status).toBe(404)
      expect((await fetch(`${own.url}/admin/`)).status).toBe(404)
    } finally {
      await own.stop()
    }
  })
})
