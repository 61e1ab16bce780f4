import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { withDefaults } from '../../../host/settings'
import { runSiteCommand } from '../../../host/site-command'
import { makeProject } from '../../support/project'
import { closeAll, temporaryDirectory } from '../support/host-project'

const CONFIG = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/uni-captcha/config.json'

let projectDir: string
beforeAll(() => {
  projectDir = makeProject(temporaryDirectory(), { config: { 'uni-captcha': {} } })
})
beforeEach(() => write({ width: 200 }))
afterAll(closeAll)

/** Runs a command; answers what it said. */
function site(...args: string[]): string {
  const said: string[] = []
  runSiteCommand(args, withDefaults({ projectDir }), (text) => said.push(text))
  return said.join('\n')
}

function stored(): { width: number; sites: Record<string, { secrets: string[]; hosts: string[] }> } {
  return JSON.parse(readFileSync(join(projectDir, CONFIG), 'utf8')) as ReturnType<typeof stored>
}

function write(config: object): void {
  writeFileSync(join(projectDir, CONFIG), JSON.stringify(config))
}

const secretIn = (said: string) => /^Secret: {3}(ucs_[\w-]{43})$/m.exec(said)![1]!
const hash = (secret: string) => `sha256-${createHash('sha256').update(secret).digest('base64url')}`

it('the command makes a site whose secret is shown once and kept as a hash, and leaves the rest alone', () => {
  const said = site('add', '--host', 'example.com', '--host', '*.example.com', '--scene', 'login')
  const key = /^Site key: (uck_[\w-]{16})$/m.exec(said)![1]!
  expect(stored()).toEqual({
    width: 200,
    sites: { [key]: { secrets: [hash(secretIn(said))], hosts: ['example.com', '*.example.com'], scenes: ['login'] } },
  })
})

it('the command gives a site another secret, of which the last two are valid', () => {
  const secrets = [
    secretIn(site('add', '--key', 'shop', '--host', 'localhost', '--scene', 'pay', '--token-seconds', '60')),
  ]
  for (let i = 0; i < 2; i++) secrets.push(secretIn(site('rotate', 'shop')))
  expect(stored().sites['shop']).toEqual({
    secrets: secrets.slice(-2).map(hash),
    hosts: ['localhost'],
    scenes: ['pay'],
    tokenSeconds: 60,
  })
})

it('the command ends a rotation: the newest secret alone is valid then', () => {
  site('add', '--key', 'shop', '--host', 'localhost', '--scene', 'pay')
  const newest = secretIn(site('rotate', 'shop'))
  expect(site('retire', 'shop')).toBe('Site key: shop\nThe newest secret alone is valid from now on.')
  expect(stored().sites['shop']!.secrets).toEqual([hash(newest)])
})

it.each([
  [[], 'site add --host'],
  [['add'], 'site add --host'],
  [['add', '--host', 'https://example.com', '--scene', 'x'], 'hosts'],
  [['add', '--host', 'example.com', '--scene', 'x', '--token-seconds', 'soon'], 'tokenSeconds'],
  [['add', '--host', 'example.com', '--scene', 'x', '--key', 'shop'], 'already'],
  [['rotate', 'none'], 'no site with the key none'],
  [['add', '--host', 'example.com', '--scene', 'x', '--key', '__proto__'], 'sites'],
  [['retire', 'none'], 'no site with the key none'],
  [['remove', 'shop'], 'site add --host'],
])('the command %j is refused with a sentence, and changes nothing', (args, sentence) => {
  write({ width: 200, sites: { shop: { secrets: [hash('old')], hosts: ['localhost'], scenes: ['pay'] } } })
  const before = stored()
  expect(() => site(...args)).toThrow(sentence)
  expect(stored()).toEqual(before)
})
