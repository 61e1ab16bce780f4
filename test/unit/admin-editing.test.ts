import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { Audit } from '../../host/admin/audit'
import { Editing } from '../../host/admin/editing'
import type { CaptchaModule } from '../../host/admin/module'
import { Versions } from '../../host/admin/versions'
import type { OnceStore } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

it('a save whose store fails when its claim is given back is a save, and answered as one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'uni-captcha-editing-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'config.json')
  const released: string[][] = []
  const once: Pick<OnceStore, 'claim' | 'release'> = {
    claim: async (nonce) => `token of ${nonce}`,
    release: async (nonce, token) => {
      released.push([nonce, token])
      throw new Error('the store is gone')
    },
  }
  const api = { stores: () => ({ once }), configFile: () => file, checkConfig: () => ({ problems: [], unknown: [] }) }
  const editing = new Editing({
    module: { run: (work: (given: unknown) => unknown) => work(api) } as unknown as CaptchaModule,
    versions: new Versions(join(directory, 'versions')),
    audit: new Audit(join(directory, 'audit.jsonl'), pino({ level: 'silent' })),
    key: Buffer.alloc(32, 7),
    now: () => 1_800_000_000_000,
  })
  const { version } = await editing.save({ address: '127.0.0.1', name: 'Ann' }, 'none', '{ "width": 160 }')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ width: 160 })
  expect(editing.present()).toMatchObject({ version })
  const lock = 'uni-captcha administration: writing config.json'
  expect(released).toEqual([[lock, `token of ${lock}`]])
})

it('an audit that failed sign-ins have filled, today or by a former version, still shows every other entry', () => {
  const directory = mkdtempSync(join(tmpdir(), 'uni-captcha-audit-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'audit.jsonl')
  const audit = new Audit(file, pino({ level: 'silent' }))
  const actor = { address: '2001:db8::1', name: 'E'.repeat(40) }
  audit.append({ at: 1, ...actor, action: 'saved', version: 'v1' })
  const failure = (at: number) => ({ at, ...actor, action: 'failed to sign in' as const })
  for (let at = 2; at < 150; at++) appendFileSync(file, `${JSON.stringify(failure(at))}\n`)
  // More than the part of a file that is read.
  const failures = Array.from({ length: 5000 }, (_, at) => `${JSON.stringify(failure(200 + at))}\n`)
  audit.append(failure(199))
  const [other = ''] = readdirSync(directory).filter((name) => name !== 'audit.jsonl')
  appendFileSync(join(directory, other), failures.join(''))
  for (let at = 0; at < 10; at++) audit.append({ at: 6000 + at, ...actor, action: 'signed in' })
  const actions = audit.newest().map(({ action }) => action)
  expect(actions).toEqual([
    ...Array.from({ length: 10 }, () => 'signed in'),
    ...Array.from({ length: 20 }, () => 'failed to sign in'),
    'saved',
  ])
  for (let at = 0; at < 300; at++) audit.append({ at: 7000 + at, ...actor, action: 'signed in' })
  expect(audit.newest()).toHaveLength(100)
  expect(audit.findChange('v1')).toMatchObject({ at: 1, version: 'v1' })
})
