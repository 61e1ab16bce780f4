import { expect, it } from 'vitest'

import { openPostgres } from '../../../host/database'
import { startPostgres } from '../../support/postgres-server'
import { DRIVERS, openOn, postgresUrl } from '../../fixtures/database/open'
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
  const names = ['x'.repeat(64), `${'x'.repeat(63)}y`, 'pg_class', '_host-2']
  for (const name of names) {
    await database.api.collection(name).add({ _id: name, n: 1 })
    const long = ['a', 'b'].map((end) => index('i'.repeat(127) + end, ['n'], { MgoIsUnique: end === 'a' }))
    await database.ensureIndexes(name, long)
    await expect(database.api.collection(name).add({ n: 1 })).rejects.toMatchObject({
      errCode: 'database-duplicate-key',
    })
    expect((await database.api.collection(name).get()).data).toEqual([{ _id: name, n: 1 }])
  }
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
