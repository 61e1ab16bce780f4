import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { Audit } from '../../host/admin/audit'
import { Editing } from '../../host/admin/editing'
import type { CaptchaModule } from '../../host/admin/module'
import { Versions } from '../../host/admin/versions'

it('a save whose store fails only afterwards is a save, and answered as one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'uni-captcha-editing-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'config.json')
  const once = { claim: async () => true, release: async () => Promise.reject(new Error('the store is gone')) }
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
})
