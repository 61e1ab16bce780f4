import { describe, expect, it } from 'vitest'

import { startProject } from '../../scripts/release/project-process'
import { pluginFaults, versionFaults } from '../../scripts/release/index'

import captchaManifest from '../../uni_modules/uni-captcha/package.json'
import smsManifest from '../../uni_modules/uni-sms-code/package.json'

const VERSION = captchaManifest.version
const CHANGELOG = `## ${VERSION}（2026-11-20）\n- 第一个版本\n`
const COMMON = 'uniCloud/cloudfunctions/common/uni-captcha'

/** A plugin with nothing wrong, but for what is given: undefined leaves a file out. */
function findFaults(files: Record<string, string | undefined> = {}): string[] {
  const whole = {
    'package.json': JSON.stringify(captchaManifest),
    'readme.md': '# 说明',
    'changelog.md': CHANGELOG,
    'license.md': 'MIT License',
    'components/uni-captcha/uni-captcha.vue': '<template><view /></template>',
    [`${COMMON}/index.js`]: 'module.exports = {}',
    [`${COMMON}/THIRD-PARTY-NOTICES.txt`]: 'svg-captcha 1.4.0 (MIT)\n\nMIT',
    ...files,
  }
  const kept = Object.fromEntries(Object.entries(whole).filter(([, text]) => text !== undefined))
  return pluginFaults('uni-captcha', VERSION, kept)
}

/** The manifest with one field changed; undefined removes it. */
function manifestWith(path: string, value: unknown): string {
  const manifest = structuredClone(captchaManifest) as Record<string, unknown>
  const names = path.split('.')
  const last = names.pop() ?? ''
  const holder = names.reduce((inner, name) => inner[name] as Record<string, unknown>, manifest)
  holder[last] = value
  return JSON.stringify(manifest)
}

describe('a release', () => {
  it('finds nothing wrong with a plugin that has what uni_modules asks for', () => {
    expect(findFaults()).toEqual([])
    const sms = { 'package.json': JSON.stringify(smsManifest), 'readme.md': 'x', 'license.md': 'x' }
    expect(pluginFaults('uni-sms-code', VERSION, { ...sms, 'changelog.md': CHANGELOG })).toEqual([])
  })

  it('says where another version stands', () => {
    expect(versionFaults({ version: '1.2.3' }, { a: '1.2.3', b: '1.2.2', c: undefined })).toEqual([
      'b: says version "1.2.2", package.json 1.2.3',
      'c: says version none, package.json 1.2.3',
    ])
    expect(versionFaults({ version: '1.2' }, {})).toEqual(['package.json: "1.2" is not a version x.y.z'])
  })

  it.each([
    ['## 9.9.9（2026-11-20）\n- x', `begins with "9.9.9", the version is ${VERSION}`],
    [`## ${VERSION} (2026-11-20)\n- x`, 'is not "## x.y.z（yyyy-mm-dd）"'],
    [`# Changes\n\n${CHANGELOG}`, '"# Changes" is not'],
    [`## ${VERSION}（2026-11-20）\n\n## 0.9.0（2026-11-01）\n- x`, `${VERSION} has no points`],
    [`## ${VERSION}（2026-02-30）\n- x`, '2026-02-30 is not a date'],
    [`${CHANGELOG}## 1.10.0（2026-11-19）\n- x`, `${VERSION}（2026-11-20） stands above 1.10.0（2026-11-19）`],
    [`${CHANGELOG}## 0.9.0（2026-12-01）\n- x`, `stands above 0.9.0（2026-12-01）`],
    ['', 'begins with none'],
  ])('reads the changelog as the plugin market does: %j', (changelog, fault) => {
    expect(findFaults({ 'changelog.md': changelog }).join('\n')).toContain(fault)
  })

  it.each([
    ['id', 'another'],
    ['displayName', ''],
    ['version', '1.0'],
    ['description', undefined],
    ['keywords', []],
    ['keywords', ['1', '2', '3', '4', '5', '6']],
    ['repository', undefined],
    ['engines', {}],
    ['dcloudext.type', 'plugin'],
    ['dcloudext.sale.regular.price', 0],
    ['dcloudext.contact', {}],
    ['dcloudext.declaration.data', ''],
    ['uni_modules.dependencies', undefined],
    ['uni_modules.encrypt', undefined],
    ['uni_modules.platforms.cloud.tcb', 'y'],
    ['uni_modules.platforms.client.uni-app.mp.weixin', undefined],
    ['uni_modules.platforms.client.uni-app-x', undefined],
  ])('names a field of package.json that breaks the rules: %s %j', (path, value) => {
    const faults = findFaults({ 'package.json': manifestWith(path, value) })
    expect(faults.length).toBeGreaterThan(0)
    for (const fault of faults) expect(fault).toMatch(new RegExp(`^package\\.json: ${path.replaceAll('.', '\\.')}`))
  })

  it.each([
    ['readme.md', undefined],
    ['license.md', ' '],
    ['pages.json', '{}'],
    ['components/App.vue', ''],
    ['main.js', ''],
    [`${COMMON}/index.ts`, ''],
    [`${COMMON}/index.js.map`, '{}'],
    [`${COMMON}/node_modules/a/index.js`, ''],
    [`${COMMON}/.env`, 'A=1'],
    ['uniCloud-aliyun/cloudfunctions/a/index.js', ''],
    ['../outside.js', ''],
    ['key.pem', ''],
    ['js_sdk/a.js', 'a()\n//# sourceMappingURL=a.js.map'],
    ['js_sdk/a.js', `const key = '-----BEGIN RSA PRIVATE KEY-----\\n${'A'.repeat(64)}'`],
    ['js_sdk/a.js', `const id = 'AKID${'a1'.repeat(16)}'`],
    ['js_sdk/a.js', `require('/home/user/secret')`],
    ['js_sdk/a.js', '// node_modules/left-pad/index.js\nexport {}'],
    [`${COMMON}/fonts/font.ttf`, ''],
    [`${COMMON}/package.json`, JSON.stringify({ dependencies: { lodash: '^4.0.0' } })],
  ])('names a file that must not be shipped like this: %s', (path, text) => {
    const faults = findFaults({ [path]: text })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(`${path}: `)
  })

  it('takes what is allowed: named packages, fonts with their licence, common modules', () => {
    const allowed = {
      'js_sdk/a.js': '// node_modules/svg-captcha/index.js\nexport {}',
      [`${COMMON}/fonts/font.ttf`]: '',
      [`${COMMON}/fonts/LICENSE.txt`]: 'SIL Open Font License',
      [`${COMMON}/package.json`]: JSON.stringify({ dependencies: { other: 'file:../other' } }),
    }
    expect(findFaults(allowed)).toEqual([])
  })
})

describe('a project that is tried out before a release', () => {
  const node = (script: string) => startProject('.', [process.execPath, '-e', script])

  it('says why it ended, at once, and is not ended a second time', async () => {
    for (const project of [
      node("console.error('the port is taken'); process.exit(1)"),
      startProject('.', ['no-such-program']),
    ]) {
      await expect(project.url).rejects.toThrow(/^the project ended before it was ready:\n.*(port is taken|ENOENT)/s)
      await project.stop()
    }
  })

  it('is ended when it is not needed any more, whether or not it has been waited for', async () => {
    const ready = node("console.log('Ready on http://127.0.0.1:1'); setInterval(() => {}, 1000)")
    expect(await ready.url).toBe('http://127.0.0.1:1')
    await ready.stop()
    await node('setInterval(() => {}, 1000)').stop()
  })
})
