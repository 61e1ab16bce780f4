import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { parsePostgresAddress } from '../../../host/database/address'
import type { DocumentDriver } from '../../../host/database/driver'
import { PostgresDriver } from '../../../host/database/postgres/driver'
import { SqliteDriver } from '../../../host/database/sqlite/driver'
import { Transaction } from '../../../host/database/transaction'
import { DRIVERS, postgresUrl, temporaryDirectory } from '../../fixtures/database/open'
import type { Driver } from '../../fixtures/database/open'

const text = (id: string, n: number) => JSON.stringify({ _id: id, n })
const state = (id: string, n?: number) => ({
  collection: 'accounts',
  id,
  text: n === undefined ? undefined : text(id, n),
})

async function openDriver(kind: Driver): Promise<DocumentDriver> {
  if (kind === 'SQLite') {
    const file = join(temporaryDirectory(), 'unicloud.db')
    return new SqliteDriver({ file, synchronous: 'normal', busyTimeoutMs: 1000 }, Date.now)
  }
  const limits = { maxConnections: 4, statementTimeoutMs: 10_000, startTimeoutMs: 0 }
  return PostgresDriver.open({ address: parsePostgresAddress(await postgresUrl()), ...limits }, Date.now)
}

describe.each(DRIVERS)('on %s', (kind) => {
  it('carries out all writes of a commit while what it read is as it was, and creates what it writes to', async () => {
    const driver = await openDriver(kind)
    const log = { collection: 'log', id: 'first', text: text('first', 1) }
    expect(await driver.commit([state('a'), state('b')], [state('a', 1), state('b', 2), log])).toBe(true)
    expect(await driver.commit([state('a', 1)], [state('a', 3), state('b')])).toBe(true)
    const read = await Promise.all([
      driver.read('accounts', 'a'),
      driver.read('accounts', 'b'),
      driver.read('log', 'first'),
    ])
    expect(read).toEqual([text('a', 3), undefined, log.text])
    expect(await driver.collections()).toEqual(['accounts', 'log'])
    await driver.close()
  })

  it('carries out no write of a commit whose reading another write has made old', async () => {
    const driver = await openDriver(kind)
    await driver.table('accounts', Infinity).insert([{ id: 'a', text: text('a', 1) }])
    expect(await driver.commit([state('a', 0)], [state('b', 1)])).toBe(false)
    expect(await driver.commit([state('a')], [state('b', 1)])).toBe(false)
    expect(await driver.commit([state('b', 1)], [state('b', 2)])).toBe(false)
    expect(await driver.read('accounts', 'b')).toBe(undefined)
    await driver.close()
  })

  it('makes no collection that a commit only reads, and knows that it is missing', async () => {
    const driver = await openDriver(kind)
    const absent = { collection: 'absent', id: 'x', text: undefined }
    expect(await driver.commit([absent], [])).toBe(true)
    expect(await driver.commit([{ ...absent, text: text('x', 1) }], [state('a', 1)])).toBe(false)
    expect(await driver.commit([absent], [state('a', 1)])).toBe(true)
    expect(await driver.read('accounts', 'a')).toBe(text('a', 1))
    expect(await driver.collections()).toEqual(['accounts'])
    await driver.close()
  })

  it('reads one document of a transaction after the other, and one whose reading failed again', async () => {
    const driver = await openDriver(kind)
    let underWay = 0
    let most = 0
    let fails = 1
    const read: DocumentDriver['read'] = async (collection, id) => {
      most = Math.max(most, ++underWay)
      try {
        if (fails-- > 0) throw new Error('not yet')
        return await driver.read(collection, id)
      } finally {
        underWay--
      }
    }
    const commit: DocumentDriver['commit'] = (checks, writes) => driver.commit(checks, writes)
    const options = { driver: { ...driver, read, commit }, now: Date.now, randomId: randomUUID, onWrite: undefined }
    const transaction = Transaction.start(options)
    const accounts = transaction.collection('accounts')
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'a'].map((id) => accounts.doc(id).get()))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'rejected'])
    expect(most).toBe(1)
    expect(await accounts.doc('a').get()).toEqual({ data: null })
    await accounts.doc('a').set({ n: 1 })
    await transaction.commit()
    expect(await driver.read('accounts', 'a')).toBe(text('a', 1))
    await driver.close()
  })

  it('refuses what is too much for a transaction, and takes less of it after that', async () => {
    const driver = await openDriver(kind)
    const transaction = Transaction.start({ driver, now: Date.now, randomId: randomUUID, onWrite: undefined })
    const long = 'x'.repeat(13 * 1024 * 1024)
    const set = (id: string, value: string) => transaction.collection('long').doc(id).set({ value })
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((id) => set(id, long)))
    expect(outcomes.map(({ status }) => status)).toEqual([...Array<string>(4).fill('fulfilled'), 'rejected'])
    expect(outcomes[4]).toMatchObject({ reason: { errCode: 'database-invalid-argument' } })
    await set('e', 'short')
    await transaction.rollback()
    await driver.close()
  })

  it('lets exactly one of two commits on one reading through', async () => {
    const driver = await openDriver(kind)
    await driver.table('accounts', Infinity).insert([{ id: 'a', text: text('a', 0) }])
    const tries = Array.from({ length: 20 }, (_, n) => driver.commit([state('a', 0)], [state('a', n + 1)]))
    expect((await Promise.all(tries)).filter(Boolean)).toEqual([true])
    await driver.close()
  })
})
