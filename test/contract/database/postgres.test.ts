import { createServer, connect } from 'node:net'
import { join } from 'node:path'
import Libsql from 'libsql'
import postgres from 'postgres'
import { describe, expect, it } from 'vitest'

import { openPostgres } from '../../../host/database'
import { parsePostgresAddress } from '../../../host/database/address'
import type { Row } from '../../../host/database/postgres/connection'
import { Connection } from '../../../host/database/postgres/connection'
import { startPostgres } from '../../support/postgres-server'
import { DRIVERS, openOn, openTemporary, postgresUrl, temporaryDirectory } from '../../fixtures/database/open'
import type { Driver } from '../../fixtures/database/open'
import { closeAll, openHost } from '../support/host-project'
import { redisProject, shopper } from '../support/redis-project'
import { readiness } from '../support/redis-servers'

const index = (name: string, fields: string[], schema: object = {}) => ({
  IndexName: name,
  MgoKeySchema: { MgoIndexKeys: fields.map((Name) => ({ Name, Direction: '1' })), ...schema },
})

it('counts a hundred increments at once, from two hosts that start at once on an empty database', async () => {
  const url = await postgresUrl()
  const hosts = await Promise.all([1, 2].map(() => openPostgres({ url, maxConnections: 5 })))
  await Promise.all(hosts.map((host) => host.seed('counters', [{ _id: 'n', n: 0 }])))
  await Promise.all(hosts.map((host) => host.ensureIndexes('counters', [index('n', ['n'], { MgoIsUnique: true })])))
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, at) => {
      const { api } = hosts[at % 2]!
      return api
        .collection('counters')
        .doc('n')
        .updateAndReturn({ n: api.command.inc(1) })
    }),
  )
  const seen = answers.map(({ doc }) => doc?.['n'] as number).sort((a, b) => a - b)
  expect(seen).toEqual(Array.from({ length: 100 }, (_, at) => at + 1))
  await Promise.all(hosts.map((host) => host.close()))
})

it('lets updates of many documents meet without one of them failing, and counts those that changed', async () => {
  const { api } = await openOn('PostgreSQL')
  const rows = api.collection('rows')
  const { inc, gte, lt } = api.command
  await rows.add(Array.from({ length: 60 }, (_, at) => ({ at, n: 0, list: [at] })))
  const updated = await Promise.all(
    Array.from({ length: 12 }, (_, at) => rows.where({ at: at % 2 ? gte(20) : lt(40) }).update({ n: inc(1) })),
  )
  expect(updated.map((reply) => reply.updated)).toEqual(Array.from({ length: 12 }, () => 40))
  const { data } = await rows.orderBy('at').get()
  expect(data.map(({ n }) => n)).toEqual(data.map((_, at) => (at < 20 || at >= 40 ? 6 : 12)))
  const removed = await Promise.all([1, 2, 3].map(() => rows.where({ list: 7 }).remove()))
  expect(removed.map(({ deleted }) => deleted).sort()).toEqual([0, 0, 1])
})

it('keeps the order of keys, numbers and halves of characters as they were written', async () => {
  const { api } = await openOn('PostgreSQL')
  const rows = api.collection('rows')
  const written = {
    z: 1,
    a: { y: 0.1, b: 5e-324 },
    half: '\ud800',
    deep: { 'a key': -1.7976931348623157e308 },
    zero: -0,
  }
  await rows.add({ _id: 'x', ...written })
  await rows.doc('x').update({ a: { c: 2 } })
  const { data } = await rows.where({ half: '\ud800', 'a.y': 0.1 }).get()
  const read = { _id: 'x', ...written, a: { ...written.a, c: 2 }, zero: 0 }
  expect(JSON.stringify(data)).toBe(JSON.stringify([read]))
})

it('finds and sorts by texts that are longer than an index holds, and keeps them unique', async () => {
  const { api, ensureIndexes } = await openOn('PostgreSQL')
  const rows = api.collection('rows')
  const { gt, lte } = api.command
  await ensureIndexes('rows', [index('text', ['text'], { MgoIsUnique: true, MgoIsSparse: true })])
  const long = (end: string) => '字'.repeat(5000) + end
  await rows.add(['c', 'a', 'b'].map((end) => ({ _id: end, text: long(end) })))
  await rows.add([{ _id: 'none' }, { _id: 'no' }])
  const ids = (found: { data: object[] }) => found.data.map((row) => (row as { _id: string })._id)
  expect(ids(await rows.where({ text: long('b') }).get())).toEqual(['b'])
  expect(
    ids(
      await rows
        .where({ text: gt(long('a')) })
        .orderBy('text', 'desc')
        .limit(2)
        .get(),
    ),
  ).toEqual(['c', 'b'])
  expect(
    ids(
      await rows
        .where({ text: lte(long('b')) })
        .orderBy('text')
        .limit(5)
        .get(),
    ),
  ).toEqual(['a', 'b'])
  await expect(rows.add({ text: long('a') })).rejects.toMatchObject({
    errCode: 'database-duplicate-key',
    message: 'E11000 duplicate key error collection: rows index: text',
  })
})

it('keeps names of collections and indexes apart however long they are, and those of PostgreSQL’s own tables', async () => {
  const database = await openOn('PostgreSQL')
  const names = ['x'.repeat(64), `${'x'.repeat(63)}y`, 'pg_class', 'pg_class_pkey', '_host-2']
  for (const name of names) {
    await database.api.collection(name).add({ _id: name, n: 1 })
    const long = ['a', 'b'].map((end) => index('i'.repeat(127) + end, ['n'], { MgoIsUnique: end === 'a' }))
    await database.ensureIndexes(name, [...long, index('seq', ['n']), index('pkey', ['n'])])
    await expect(database.api.collection(name).add({ n: 1 })).rejects.toMatchObject({
      errCode: 'database-duplicate-key',
    })
    expect((await database.api.collection(name).get()).data).toEqual([{ _id: name, n: 1 }])
  }
})

it.each(DRIVERS)('takes no index of %s for a part of another, whatever they are called', async (driver) => {
  const { api, ensureIndexes } = await openOn(driver)
  const names = ['a', 'a.unique', 'a.arrays', 'a.unique.unique']
  await ensureIndexes(
    'rows',
    names.map((name) => index(name, [name === 'a' ? 'n' : 'm'], { MgoIsUnique: name === 'a' || name === 'a.unique' })),
  )
  const rows = api.collection('rows')
  await rows.add({ _id: 'x', n: 1, m: [1] })
  const refusal = (name: string) => ({
    errCode: 'database-duplicate-key',
    message: `E11000 duplicate key error collection: rows index: ${name}`,
  })
  await expect(rows.add({ n: 1, m: 2 })).rejects.toMatchObject(refusal('a'))
  await expect(rows.add({ n: 2, m: [1] })).rejects.toMatchObject(refusal('a.unique'))
  expect((await rows.where({ n: 1 }).get()).data).toEqual((await rows.where({ m: 1 }).get()).data)
})

/** The indexes of an open database as the first versions named them, each with the statement that makes it. */
async function nameAsFormerly(driver: Driver, place: string, collection: string): Promise<void> {
  const rename = (name: string) => name.replace('$', '.')
  if (driver === 'SQLite') {
    const file = new Libsql(place)
    const parts = file.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND name LIKE '%$%'`)
    for (const [name, sql] of parts.raw().all() as [string, string][]) {
      file.exec(`DROP INDEX "${name}"`)
      file.exec(sql.replace(`"${name}"`, () => `"${rename(name)}"`))
    }
    file.close()
    return
  }
  const schema = new URL(place).searchParams.get('schema')!
  const admin = postgres(place.split('?')[0]!, { max: 1, fetch_types: false })
  const found = `select indexname as name, obj_description(to_regclass('${schema}."' || indexname || '"'), 'pg_class') as sql`
  const all = await admin.unsafe(
    `${found} from pg_indexes where schemaname = '${schema}' and tablename = '${collection}'`,
  )
  for (const { name, sql } of all as unknown as { name: string; sql: string | null }[]) {
    if (!sql || !name.includes('$')) continue
    const former = `"${rename(name)}"`
    const made = sql.replace(`"${name}"`, () => former)
    await admin.unsafe(`alter index ${schema}."${name}" rename to ${former}`)
    await admin.unsafe(`comment on index ${schema}.${former} is '${made.replaceAll("'", "''")}'`)
  }
  await admin.end()
}

async function openPlace(driver: Driver) {
  const place = driver === 'SQLite' ? join(temporaryDirectory(), 'unicloud.db') : await postgresUrl()
  const open = () =>
    driver === 'SQLite' ? Promise.resolve(openTemporary({ file: place })) : openPostgres({ url: place })
  return { place, open }
}

describe.each(DRIVERS)('a database on %s whose indexes were made by an earlier version', (driver) => {
  it('keeps a value unique, and takes it twice when the index is unique no longer', async () => {
    const { place, open } = await openPlace(driver)
    const first = await open()
    const [unique, ordinary] = [index('n', ['n'], { MgoIsUnique: true }), index('n', ['n'])]
    await first.ensureIndexes('rows', [unique])
    await first.api.collection('rows').add({ _id: 'a', n: 1 })
    await first.close()
    await nameAsFormerly(driver, place, 'rows')
    const second = await open()
    const rows = second.api.collection('rows')
    await second.ensureIndexes('rows', [unique])
    await expect(rows.add({ n: 1 })).rejects.toMatchObject({
      message: 'E11000 duplicate key error collection: rows index: n',
    })
    await second.ensureIndexes('rows', [ordinary])
    await rows.add({ _id: 'b', n: 1 })
    expect((await rows.where({ n: 1 }).count()).total).toBe(2)
    await second.close()
  })

  it('keeps an index whose own name is what a part was called then', async () => {
    const { place, open } = await openPlace(driver)
    const first = await open()
    await first.ensureIndexes('rows', [index('n', ['n'], { MgoIsUnique: true })])
    await first.api.collection('rows').add({ _id: 'a', n: 1 })
    await first.close()
    await nameAsFormerly(driver, place, 'rows')
    const second = await open()
    await second.ensureIndexes('rows', [index('n.unique', ['m'], { MgoIsUnique: true }), index('n', ['n'])])
    const rows = second.api.collection('rows')
    await rows.add({ _id: 'b', n: 1, m: 1 })
    await expect(rows.add({ n: 1, m: 1 })).rejects.toMatchObject({
      message: 'E11000 duplicate key error collection: rows index: n.unique',
    })
    await second.ensureIndexes('rows', [index('n', ['n'])])
    await expect(rows.add({ n: 1, m: 1 })).rejects.toMatchObject({ errCode: 'database-duplicate-key' })
    await second.close()
  })
})

it.each(DRIVERS)('takes a value of %s twice when its index is unique no longer', async (driver) => {
  const { api, ensureIndexes } = await openOn(driver)
  const rows = api.collection('rows')
  await ensureIndexes('rows', [index('n', ['n'], { MgoIsUnique: true }), index('m', ['m'], { MgoIsUnique: true })])
  await rows.add({ _id: 'a', n: 1, m: 1 })
  await ensureIndexes('rows', [index('n', ['n']), index('m', ['_id'])])
  await rows.add({ _id: 'b', n: 1, m: 1 })
  expect((await rows.where({ n: 1 }).count()).total).toBe(2)
})

it('says which value a transaction may not write, also where another host made the index', async () => {
  const url = await postgresUrl()
  const [one, other] = [await openPostgres({ url }), await openPostgres({ url })]
  for (const name of ['n', 'i'.repeat(127)]) {
    await one.ensureIndexes(name.slice(0, 64), [index(name, ['n'], { MgoIsUnique: true })])
    const rows = other.api.collection(name.slice(0, 64))
    await rows.add({ _id: 'a', n: 1 })
    const written = other.api.runTransaction(async (t) => {
      await t.collection('log').doc('l').set({ n: 1 })
      await t.collection(name.slice(0, 64)).doc('b').set({ n: 1 })
    })
    await expect(written).rejects.toMatchObject({ errCode: 'database-duplicate-key' })
    await expect(written).rejects.toThrow(`collection: ${name.slice(0, 64)} index: ${name.slice(0, 1)}`)
    expect((await rows.get()).data).toEqual([{ _id: 'a', n: 1 }])
  }
  await Promise.all([one.close(), other.close()])
})

it('adds more than one statement holds as one, or not at all', async () => {
  const { api } = await openOn('PostgreSQL')
  const rows = api.collection('rows')
  const given = ['a', 'b', 'c'].map((_id) => ({ _id, text: _id.repeat(4_000_000) }))
  await rows.add({ _id: 'c' })
  await expect(rows.add(given)).rejects.toMatchObject({ errCode: 'database-duplicate-key' })
  expect(await rows.count()).toMatchObject({ total: 1 })
  await rows.doc('c').remove()
  await rows.add(given)
  expect(await rows.where({ text: api.command.exists(true) }).update({ n: 1 })).toMatchObject({ updated: 3 })
  expect((await rows.where({ n: 1 }).field({ n: true }).get()).data).toEqual(
    ['a', 'b', 'c'].map((_id) => ({ _id, n: 1 })),
  )
})

it('fails by name while the server is gone, never with the password, and goes on when it is back', async () => {
  const server = await startPostgres()
  const database = await openPostgres({ url: server.url, maxConnections: 3 })
  const rows = database.api.collection('rows')
  await rows.add({ _id: 'kept', n: 1 })
  expect(await database.ping()).toBe(true)
  await server.kill()
  const failures = await Promise.allSettled([rows.get(), rows.add({}), rows.doc('kept').update({ n: 2 }), rows.count()])
  for (const failure of failures) {
    expect(failure).toMatchObject({ status: 'rejected', reason: { errCode: 'database-unavailable' } })
    expect(String((failure as PromiseRejectedResult).reason)).not.toContain('a-password-of-tests')
  }
  await server.start()
  await expect.poll(() => rows.get().catch(() => undefined)).toEqual({ affectedDocs: 1, data: [{ _id: 'kept', n: 1 }] })
  await expect.poll(() => database.ping()).toBe(true)
  await database.close()
  await server.stop()
})

it('fails the update whose connection the server ends, changes nothing by it, and goes on at once', async () => {
  const url = await postgresUrl()
  const database = await openPostgres({ url, maxConnections: 1 })
  const rows = database.api.collection('rows')
  await rows.add([{ _id: 'a' }, { _id: 'b' }])
  const admin = postgres(url.split('?')[0]!, { max: 2, fetch_types: false })
  const table = `${new URL(url).searchParams.get('schema')}.rows`
  // A connection that is open already: the client reserves no other.
  await admin.unsafe('select 1')
  const locked = await admin.reserve()
  for (let round = 0; round < 3; round++) {
    await locked.unsafe('begin')
    await locked.unsafe(`select 1 from ${table} for update`)
    const updated = rows.where({ _id: database.api.command.neq('c') }).update({ n: 1 })
    const outcome = updated.catch((error: unknown) => error)
    const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%${table.replace('.', '"."')}%'`
    await expect.poll(async () => (await admin.unsafe(waiting)).length).toBe(1)
    await admin.unsafe(`select pg_terminate_backend(pid) from (${waiting}) as w`)
    expect(await outcome).toMatchObject({ errCode: 'database-unavailable' })
    await locked.unsafe('rollback')
    expect((await rows.get()).data).toEqual([{ _id: 'a' }, { _id: 'b' }])
  }
  locked.release()
  await admin.end()
  await database.close()
})

it('answers a statement by its own rows after one that failed when its first rows were sent', async () => {
  const address = parsePostgresAddress(await postgresUrl())
  const connection = new Connection({ address, maxConnections: 1, statementTimeoutMs: 10_000 })
  const failing = `select 1 / (5000 - n) as n, repeat('x', 100) as text from generate_series(1, 5000) as n`
  for (let round = 0; round < 2; round++) {
    await expect(connection.rows(failing)).rejects.toMatchObject({ errCode: 'database-unavailable' })
    expect(await connection.rows('select 7 as n')).toEqual([{ n: 7 }])
    await expect(connection.rows(failing)).rejects.toMatchObject({ errCode: 'database-unavailable' })
    const streamed: Row[] = []
    for await (const rows of connection.stream('select n from generate_series(1, 300) as n', [])) streamed.push(...rows)
    expect(streamed).toEqual(Array.from({ length: 300 }, (_, at) => ({ n: at + 1 })))
  }
  await connection.close()
})

it('carries out no transaction whose caller was told that there is no answer', async () => {
  const address = parsePostgresAddress(await postgresUrl())
  const admin = postgres(address.url, { max: 1, fetch_types: false })
  const connection = new Connection({ address, maxConnections: 1, statementTimeoutMs: 100 })
  await connection.rows('select 1 as n')
  // Each is ended by the time-out of a statement: the transaction waits behind them for longer than for an answer.
  const sleep = () => connection.rows('select pg_sleep(60)::text as n')
  const sleeps = Promise.allSettled(Array.from({ length: 14 }, sleep))
  // BEGIN goes out by itself before statements of the same moment.
  await new Promise(setImmediate)
  const bodies: string[] = []
  const queued = connection.transaction(async (statements) => {
    bodies.push('queued')
    await statements.run('CREATE TABLE never_made (n int)')
  })
  await expect(queued).rejects.toMatchObject({ message: 'the database does not answer' })
  await sleeps
  expect(bodies).toEqual([])
  expect(await admin.unsafe(`select 1 from pg_class where relname = 'never_made'`)).toHaveLength(0)
  await admin.end()
  await connection.close()
})

it('plans by indexes alone: the client leaves out settings that are false, so that each has to be seen at the server', async () => {
  const connection = new Connection({
    address: parsePostgresAddress(await postgresUrl()),
    maxConnections: 1,
    statementTimeoutMs: 10_000,
  })
  const names = ['enable_seqscan', 'enable_bitmapscan', 'enable_sort', 'jit', 'standard_conforming_strings']
  const rows = await connection.rows(
    `select name, setting from pg_settings where name in (${names.map((name) => `'${name}'`).join()}) order by name`,
  )
  expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
    enable_bitmapscan: 'off',
    enable_seqscan: 'off',
    enable_sort: 'off',
    jit: 'off',
    standard_conforming_strings: 'on',
  })
  await connection.close()
})

it('inserts nothing for a call that waited too long for a connection, and was told so', async () => {
  const url = await postgresUrl()
  const address = parsePostgresAddress(url)
  const connection = new Connection({ address, maxConnections: 2, statementTimeoutMs: 300 })
  const admin = postgres(address.url, { max: 1, fetch_types: false })
  await admin.unsafe(`create schema "${address.schema}"`)
  const table = `"${address.schema}".rows`
  await connection.run(`create table ${table} (n text)`)
  // Both connections are held for as long as statements are asked, each of which is answered in time.
  const held = { isOver: false }
  const hold = () =>
    connection.transaction(async (statements) => {
      while (!held.isOver) await statements.rows('select pg_sleep(0.02)::text as n')
    })
  const holds = [hold(), hold()]
  await expect
    .poll(
      async () =>
        (
          await admin`select 1 from pg_stat_activity where query like '%pg_sleep(0.02)::text%' and pid <> pg_backend_pid()`
        ).length,
    )
    .toBe(2)
  const calls = Array.from({ length: 4 }, (_, n) => connection.run(`insert into ${table} values ($1)`, [`${n}`]))
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'the database does not answer' } })
  }
  held.isOver = true
  await Promise.all(holds)
  // In turn after those that had waited.
  await connection.run(`insert into ${table} values ($1)`, ['after'])
  expect(await admin.unsafe(`select n from ${table}`)).toEqual([{ n: 'after' }])
  await connection.close()
  await admin.end()
})

it('leaves no connection open for the calls that were queued when a connection broke', async () => {
  const address = parsePostgresAddress(await postgresUrl())
  const admin = postgres(address.url, { max: 1, fetch_types: false })
  const connection = new Connection({ address, maxConnections: 1, statementTimeoutMs: 300, idleTimeoutS: 1 })
  const queued: Promise<Row[]>[] = []
  const broken = connection.transaction(async (statements) => {
    const [own] = await statements.rows('select pg_backend_pid() as pid')
    for (let n = 0; n < 20; n++) queued.push(connection.rows('select pg_backend_pid() as pid'))
    await admin`select pg_terminate_backend(${own!['pid'] as number})`
    await statements.rows('select 1 as n')
  })
  await expect(broken).rejects.toMatchObject({ errCode: 'database-unavailable' })
  const answers = await Promise.allSettled(queued)
  const pids = answers.flatMap((answer) => (answer.status === 'fulfilled' ? (answer.value[0]!['pid'] as number) : []))
  expect(pids.length).toBeGreaterThan(0)
  const open = () => admin`select 1 from pg_stat_activity where pid in ${admin(pids)}`
  await expect.poll(async () => (await open()).length).toBe(0)
  await connection.close()
  await admin.end()
})

it('fails by name where the network gives no answer, and goes on when it does', async () => {
  const url = new URL(await postgresUrl())
  const port = Number(url.port)
  let isSilent = false
  const between = createServer((client) => {
    if (isSilent) return
    const server = connect(port, '127.0.0.1')
    server.on('data', (data) => isSilent || client.write(data))
    client.on('data', (data) => isSilent || server.write(data))
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
  url.port = String((between.address() as { port: number }).port)
  const options = { url: url.href, maxConnections: 2, statementTimeoutMs: 1000 }
  const database = await openPostgres(options)
  const reader = await openPostgres(options)
  const rows = database.api.collection('rows')
  await rows.add([{ _id: 'a' }, { _id: 'b' }])
  isSilent = true
  const failures = await Promise.allSettled([
    rows.get(),
    rows.where({ _id: 'a' }).remove(),
    rows.where({ _id: database.api.command.neq('c') }).update({ n: 1 }),
    // Read row by row, by a host of their own: no other call's failure ends them.
    reader.api.collection('rows').where({ _id: /a/ }).get(),
    reader.api.collection('rows').where({ _id: /a/ }).count(),
  ])
  for (const failure of failures) {
    expect(failure).toMatchObject({ status: 'rejected', reason: { errCode: 'database-unavailable' } })
  }
  isSilent = false
  await expect.poll(() => rows.get().catch(() => undefined)).toMatchObject({ data: [{ _id: 'a' }, { _id: 'b' }] })
  await database.close()
  await reader.close()
  between.close()
})

it('makes an index that takes longer than a statement may, and another host waits for it', async () => {
  const url = await postgresUrl()
  const host = await openPostgres({ url, maxConnections: 2, statementTimeoutMs: 200 })
  await host.api.collection('rows').add({ n: 1 })
  const admin = postgres(url.split('?')[0]!, { max: 1, fetch_types: false })
  const schema = new URL(url).searchParams.get('schema')!
  let made: Promise<unknown> | undefined
  await admin.begin(async (sql) => {
    await sql.unsafe(`lock table ${schema}.rows in share row exclusive mode`)
    made = host.ensureIndexes('rows', [index('n', ['n'])])
    await expect(host.api.collection('rows').add({ n: 2 })).rejects.toMatchObject({ errCode: 'database-busy' })
    // Longer than an answer is waited for.
    await sql.unsafe('select pg_sleep(1.5)')
  })
  await made
  const found = await admin.unsafe(`select 1 from pg_indexes where schemaname = '${schema}' and indexname = 'rows.n'`)
  expect(found).toHaveLength(1)
  await admin.end()
  await host.close()
})

it('goes on with other collections while one is made, however many calls wait for that', async () => {
  const url = await postgresUrl()
  const host = await openPostgres({ url, maxConnections: 2, statementTimeoutMs: 1000 })
  await host.api.collection('others').add({ _id: 'a' })
  const admin = postgres(url.split('?')[0]!, { max: 1, fetch_types: false })
  const schema = new URL(url).searchParams.get('schema')!
  let added: Promise<unknown>[] = []
  await admin.begin(async (sql) => {
    // The making of the table meets this one, and waits for its end.
    await sql.unsafe(`create table ${schema}.rows ()`)
    added = Array.from({ length: 20 }, (_, n) => host.api.collection('rows').add({ n }))
    const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%"${schema}"."rows"%'`
    await expect.poll(async () => (await sql.unsafe(waiting)).length).toBe(1)
    expect((await host.api.collection('others').get()).data).toEqual([{ _id: 'a' }])
    await sql.unsafe(`drop table ${schema}.rows`)
  })
  await Promise.all(added)
  expect(await host.api.collection('rows').count()).toMatchObject({ total: 20 })
  await admin.end()
  await host.close()
})

it('reads of skipped documents only those that nothing else decides, and answers the same page', async () => {
  const { api } = await openOn('PostgreSQL')
  const rows = api.collection('rows')
  await rows.add(Array.from({ length: 40 }, (_, at) => ({ _id: `r${at}`, at, list: at % 4 ? at : [at, 1] })))
  const { gte } = api.command
  for (const skip of [0, 1, 7, 30, 39, 40]) {
    const { data } = await rows
      .where({ list: gte(0) })
      .orderBy('at')
      .skip(skip)
      .limit(5)
      .get()
    expect(data.map(({ at }) => at)).toEqual(Array.from({ length: 40 }, (_, at) => at).slice(skip, skip + 5))
  }
})

it('refuses a database that cannot hold every text', async () => {
  const url = new URL(await postgresUrl())
  const admin = postgres(url.href.split('?')[0]!, { max: 1, fetch_types: false })
  const name = `ascii_${url.searchParams.get('schema')}`
  await admin.unsafe(`create database ${name} encoding 'SQL_ASCII' template template0`)
  url.pathname = `/${name}`
  await expect(openPostgres({ url: url.href })).rejects.toMatchObject({
    message: 'the database of DATABASE_URL is encoded as SQL_ASCII: create it with the encoding UTF8',
  })
  await admin.unsafe(`drop database ${name}`)
  await admin.end()
})

it('refuses to start where it cannot work, in a sentence', async () => {
  const url = new URL(await postgresUrl())
  url.pathname = '/not-there'
  await expect(openPostgres({ url: url.href })).rejects.toMatchObject({
    errCode: 'database-unavailable',
    message: 'the database of DATABASE_URL does not exist',
  })
  await expect(openPostgres({ url: 'postgres://a:b@127.0.0.1:1/c', startTimeoutMs: 0 })).rejects.toMatchObject({
    message: 'the database cannot be reached (ECONNREFUSED)',
  })
})

it('says once what it waits for at its start, however often it tries', async () => {
  const said: string[] = []
  const options = { startTimeoutMs: 1000, onWait: (message: string) => said.push(message) }
  const message = 'the database cannot be reached (ECONNREFUSED)'
  await expect(openPostgres({ url: 'postgres://a:b@127.0.0.1:1/c', ...options })).rejects.toMatchObject({ message })
  expect(said).toEqual([message])
})

it('carries a captcha from one host to another: what one has drawn, the other verifies once', async () => {
  const databaseUrl = await postgresUrl()
  const projectDir = redisProject({}, { store: 'database', statistics: false, imageLimit: { enabled: false } })
  const hosts = await Promise.all([1, 2].map(() => openHost({ projectDir, databaseUrl })))
  const [drawing, verifying] = hosts.map(({ url }) => shopper(url, 'phone'))
  expect(await drawing!.picture()).toMatchObject({ errCode: 0 })
  const database = await openPostgres({ url: databaseUrl })
  const { data } = await database.api.collection('opendb-verify-codes').where({ scene: 'buy' }).get()
  expect(data).toHaveLength(1)
  const answer = data[0]!['code'] as string
  expect(await verifying!.buy(answer)).toMatchObject({ errCode: 0 })
  await expect(drawing!.buy(answer)).rejects.toMatchObject({ errCode: 'uni-captcha-verify-fail' })
  expect(await Promise.all(hosts.map(({ url }) => readiness(url)))).toEqual(
    hosts.map(() => ({ http: 200, status: 'ok' })),
  )
  expect(hosts.map(({ log }) => log.text).join()).not.toContain('a-password-of-tests')
  await database.close()
  await closeAll()
})

it('bounds the documents that a page’s query looks at as SQLite does', async () => {
  for (const driver of DRIVERS) {
    const { api, within, ensureIndexes } = await openOn(driver)
    await api
      .collection('rows')
      .add(Array.from({ length: 60 }, (_, at) => ({ _id: `r${at}`, at, kind: at % 20, n: 1 })))
    await ensureIndexes('rows', [index('at', ['at']), index('kind', ['kind'])])
    const rows = within(20).collection('rows')
    const { gte, lt, or } = api.command
    const refused = { errCode: 'database-too-many-rows' }
    expect((await rows.where({ kind: 3 }).get()).data).toHaveLength(3)
    expect((await rows.where({ at: lt(15), n: 1 }).count()).total).toBe(15)
    expect((await rows.where({ n: 1 }).limit(5).get()).data).toHaveLength(5)
    expect((await rows.where({ n: 1 }).orderBy('at', 'desc').limit(2).get()).data.map(({ at }) => at)).toEqual([59, 58])
    expect((await rows.where(or({ kind: 1 }, { at: 7 })).get()).data).toHaveLength(4)
    await expect(rows.where({ n: 2 }).get()).rejects.toMatchObject(refused)
    await expect(rows.where({ n: 1 }).count()).rejects.toMatchObject(refused)
    await expect(rows.where({ at: gte(10) }).count()).rejects.toMatchObject(refused)
    await expect(rows.where({ n: 1 }).orderBy('n').limit(2).get()).rejects.toMatchObject(refused)
    await expect(rows.where({ n: 1 }).update({ n: 2 })).rejects.toMatchObject(refused)
    await expect(rows.where({ n: 2 }).orderBy('at').limit(2).get()).rejects.toMatchObject(refused)
    expect((await api.collection('rows').where({ n: 1 }).count()).total).toBe(60)
  }
})
