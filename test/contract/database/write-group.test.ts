import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import Libsql from 'libsql'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { openDatabase } from '../../../host/database'
import type { HostDatabase } from '../../../host/database'
import { removeFolder } from '../../support/folder'

const WRITES = 300
let folder: string
let database: HostDatabase

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uni-captcha-group-'))
  database = openDatabase({ file: join(folder, 'unicloud.db'), busyTimeoutMs: 1000 })
})
afterEach(() => {
  database.close()
  removeFolder(folder)
})

const rows = () => database.api.collection('rows')

it('one write that fails takes none of those with it that arrive at the same time', async () => {
  await rows().add({ _id: 'taken' })
  const ids = Array.from({ length: WRITES }, (_, i) => (i % 50 === 7 ? 'taken' : `row-${i}`))
  const outcomes = await Promise.allSettled(ids.map((_id) => rows().add({ _id })))
  outcomes.forEach(({ status }, i) => expect(status).toBe(ids[i] === 'taken' ? 'rejected' : 'fulfilled'))
  expect((await rows().count()).total).toBe(1 + ids.filter((id) => id !== 'taken').length)
})

it('writes that meet a locked file wait for it together, not one after the other', async () => {
  await rows().add({ _id: 'first' })
  const other = new Libsql(join(folder, 'unicloud.db'))
  other.exec('BEGIN IMMEDIATE')
  // One by one they would wait a second each: far beyond what a test may take.
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => rows().add({ _id: `row-${i}` })))
  other.exec('ROLLBACK')
  other.close()
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { errCode: 'database-busy' } })
  expect(await rows().add({ _id: 'after' })).toEqual({ id: 'after' })
})

it('what was written just before the end is there after it', async () => {
  const writing = Array.from({ length: WRITES }, (_, i) => rows().add({ _id: `row-${i}` }))
  database.close()
  await Promise.all(writing)
  database = openDatabase({ file: join(folder, 'unicloud.db') })
  expect((await rows().count()).total).toBe(WRITES)
})
