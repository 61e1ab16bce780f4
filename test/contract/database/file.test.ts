import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'

import Libsql from 'libsql'
import { describe, expect, it } from 'vitest'
import type { IndexDefinition } from '../../../host/database/index'
import { isDuplicateKey, openDatabase } from '../../../host/database/index'
import { openTemporary, temporaryDirectory } from '../../fixtures/database/open'

/** Root may write anywhere; this process acts as an ordinary user for one synchronous call. */
function asNobody(run: () => void): void {
  process.seteuid?.(65_534)
  try {
    run()
  } finally {
    process.seteuid?.(0)
  }
}

describe('closing', () => {
  it('waits for the thread that moves the log, which would abort a process that exits under it', async () => {
    const threads = { started: 0, ended: 0 }
    const count = (thread: Worker) => {
      threads.started++
      thread.once('exit', () => threads.ended++)
    }
    process.on('worker', count)
    try {
      for (const delayMs of [0, 2, 5, 10, 20, 40]) {
        const { api, close } = openTemporary()
        await api.collection('rows').add(Array.from({ length: 600 }, (_, _id) => ({ _id: String(_id) })))
        await new Promise((resolve) => setTimeout(resolve, delayMs))
        await close()
        expect(threads.ended).toBe(threads.started)
        await close()
      }
    } finally {
      process.off('worker', count)
    }
    expect(threads.started).toBe(6)
  })
})

describe('opening', () => {
  it('makes the directory and a file that only its owner reads', () => {
    const file = join(temporaryDirectory(), 'deep/er/unicloud.db')
    openTemporary({ file })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('refuses a path that runs through a file, and a directory, in one sentence', () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'file'), '')
    const below = join(directory, 'file', 'unicloud.db')
    expect(() => openDatabase({ file: below })).toThrow(
      `the database ${below} cannot be opened: a part of its path is a file, not a directory`,
    )
    expect(() => openDatabase({ file: directory })).toThrow(
      `the database ${directory} cannot be opened: it is a directory`,
    )
  })

  it('refuses a read-only directory in one sentence', () => {
    const directory = temporaryDirectory()
    const closed = join(directory, 'closed')
    mkdirSync(closed)
    chmodSync(directory, 0o755)
    chmodSync(closed, 0o555)
    const file = join(closed, 'unicloud.db')
    const refused = () =>
      expect(() => openDatabase({ file })).toThrow(`the database ${file} cannot be opened: it cannot be written`)
    if (process.getuid?.() === 0) asNobody(refused)
    else refused()
  })

  it('refuses a file that is something else, and leaves every byte of it', () => {
    const file = join(temporaryDirectory(), 'unicloud.db')
    for (const content of ['my only copy of something', '\0'.repeat(5000), '{"json": true}\n'.repeat(1000)]) {
      writeFileSync(file, content)
      expect(() => openDatabase({ file })).toThrow(
        `${file} is not a SQLite database or is damaged; it was left as it is`,
      )
      expect(readFileSync(file, 'utf8')).toBe(content)
      expect(existsSync(`${file}-wal`)).toBe(false)
    }
  })

  it('refuses a database whose first page is damaged or whose end is missing, and leaves it', async () => {
    const whole = openTemporary()
    await whole.api.collection('things').add(Array.from({ length: 200 }, () => ({ text: 'x'.repeat(200) })))
    whole.close()
    const bytes = readFileSync(whole.file)
    const damaged = Buffer.concat([bytes.subarray(0, 16), Buffer.alloc(2000, 0xff), bytes.subarray(2016)])
    for (const content of [damaged, bytes.subarray(0, 6000)]) {
      const file = join(temporaryDirectory(), 'unicloud.db')
      writeFileSync(file, content)
      expect(() => openDatabase({ file })).toThrow(/is not a SQLite database or is damaged/)
      expect(readFileSync(file).equals(content)).toBe(true)
    }
  })
})

describe('the file', () => {
  it('holds a table per collection with _id and doc, as anyone with SQLite can see', async () => {
    const { api, file, close } = openTemporary()
    await api.collection('my-things').add({ _id: 'x', a: [1], on: new Date(5) })
    await api.collection('my-things').doc('x').update({ b: 'é"' })
    close()
    const seen = new Libsql(file)
    expect(seen.prepare('SELECT name FROM pragma_table_info(?)').raw().all('my-things')).toEqual([['_id'], ['doc']])
    const [row] = seen.prepare('SELECT _id, doc FROM "my-things"').raw().all() as [string, string][]
    seen.close()
    expect(row?.[0]).toBe('x')
    expect(JSON.parse(row?.[1] ?? '')).toEqual({ _id: 'x', a: [1], on: { $date: 5 }, b: 'é"' })
  })

  it('is whole after close(), which may be called twice, and a closed database says so', async () => {
    for (const synchronous of ['normal', 'full'] as const) {
      const { api, file, close, ping } = openTemporary({ synchronous })
      await api.collection('things').add({ _id: 'x' })
      expect(await ping()).toBe(true)
      close()
      close()
      expect(await ping()).toBe(false)
      expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0)
      await expect(api.collection('things').get()).rejects.toThrow('the database is closed')
      expect((await openTemporary({ file }).api.collection('things').count()).total).toBe(1)
    }
  })

  it('waits for another writer for a bounded time, then says so and works again', async () => {
    const { api, file } = openTemporary({ busyTimeoutMs: 50 })
    await api.collection('things').add({ _id: 'x', n: 0 })
    const other = new Libsql(file)
    other.exec('BEGIN IMMEDIATE')
    await expect(api.collection('things').doc('x').update({ n: 1 })).rejects.toMatchObject({ errCode: 'database-busy' })
    expect((await api.collection('things').get()).data).toEqual([{ _id: 'x', n: 0 }])
    other.exec('COMMIT')
    other.close()
    expect((await api.collection('things').doc('x').update({ n: 1 })).updated).toBe(1)
  })
})

function index(name: string, fields: string[], options: { unique?: boolean; sparse?: boolean } = {}): IndexDefinition {
  return {
    IndexName: name,
    MgoKeySchema: {
      MgoIndexKeys: fields.map((field) => ({ Name: field, Direction: '1' })),
      MgoIsUnique: options.unique ?? false,
      MgoIsSparse: options.sparse ?? false,
    },
  }
}

describe('indexes', () => {
  it('change no answer: rows with arrays, in whole or on the way, are found as before', async () => {
    const { api, ensureIndexes } = openTemporary()
    const _ = api.command
    const users = api.collection('users')
    await ensureIndexes('users', [index('role', ['role', 'level']), index('mp', ['openid.mp'])])
    await users.add([
      { _id: 'a', role: ['admin', 'editor'], level: 1, openid: [{ mp: 'x' }] },
      { _id: 'b', role: 'admin', level: [1, 2], openid: { mp: ['x', 'y'] } },
      { _id: 'c', role: 'admin', level: 3, openid: { mp: 'x' } },
      { _id: 'd', role: 'editor', level: true },
    ])
    const ids = async (query: object) => (await users.where(query).orderBy('_id').get()).data.map((each) => each._id)
    expect(await ids({ role: 'admin' })).toEqual(['a', 'b', 'c'])
    expect(await ids({ role: 'admin', level: 1 })).toEqual(['a', 'b'])
    expect(await ids({ role: _.in(['admin', 'none']), level: _.gt(1) })).toEqual(['b', 'c'])
    expect(await ids({ 'openid.mp': 'x' })).toEqual(['a', 'b', 'c'])
    expect(await ids(_.or([{ role: 'editor' }, { 'openid.mp': 'y' }]))).toEqual(['a', 'b', 'd'])
    expect(await ids(_.or([{ role: 'editor' }, { level: 3 }]))).toEqual(['a', 'c', 'd'])
    expect((await users.where({ role: 'admin' }).count()).total).toBe(3)
    expect((await users.where({ role: 'editor' }).update({ seen: true })).updated).toBe(2)
    expect((await users.where({ role: 'admin', level: 1 }).remove()).deleted).toBe(2)
  })

  it('keep values unique, count missing as null like MongoDB, and let sparse ones be missing', async () => {
    const { api, ensureIndexes } = openTemporary()
    const users = api.collection('users')
    await ensureIndexes('users', [
      index('name', ['name'], { unique: true }),
      index('mail', ['mail'], { unique: true, sparse: true }),
    ])
    await users.add({ _id: 'a', name: 'ann', mail: 'a@x' })
    await users.add([{ _id: 'b', name: 1 }, { _id: 'c' }])
    for (const attempt of [
      () => users.add({ name: 'ann' }),
      () => users.add({ name: 'new', mail: 'a@x' }),
      () => users.add({ _id: 'd' }),
      () => users.doc('b').set({ name: 'ann' }),
      () => users.doc('new').set({ name: 'ann' }),
      () => users.doc('b').update({ name: 'ann' }),
      () => users.where({ name: 1 }).update({ name: 'ann' }),
      () => users.doc('b').updateAndReturn({ mail: 'a@x' }),
    ]) {
      const error: unknown = await attempt().catch((thrown: unknown) => thrown)
      expect(isDuplicateKey(error)).toBe(true)
      expect(String(error)).toMatch(/index: (name|mail)$/)
    }
    expect((await users.orderBy('_id').get()).data).toEqual([
      { _id: 'a', name: 'ann', mail: 'a@x' },
      { _id: 'b', name: 1 },
      { _id: 'c' },
    ])
  })

  it('can be asked for again and changed, and a unique one needs unique values', async () => {
    const { api, ensureIndexes } = openTemporary()
    const users = api.collection('users')
    await users.add([{ n: 1 }, { n: 1 }])
    await ensureIndexes('users', [index('n', ['n'])])
    await ensureIndexes('users', [index('n', ['n'])])
    await expect(ensureIndexes('users', [index('n', ['n'], { unique: true })])).rejects.toThrow(
      /two documents have the same value/,
    )
    await ensureIndexes('users', [index('n', ['n', 'm'])])
    expect((await users.where({ n: 1 }).count()).total).toBe(2)
  })

  it('with bad definitions are refused by name', async () => {
    const { ensureIndexes } = openTemporary()
    const bad = [
      null,
      {},
      { IndexName: 'a"b', MgoKeySchema: {} },
      { IndexName: 'a' },
      index('a', []),
      index('a', ["x'y"]),
      index('a', ['list.0']),
    ]
    for (const definition of bad)
      await expect(ensureIndexes('users', [definition as IndexDefinition])).rejects.toThrow(/[Ii]ndex|field name/)
    const geo = { IndexName: 'geo', MgoKeySchema: { MgoIndexKeys: [{ Name: 'at', Direction: '2dsphere' }] } }
    await expect(ensureIndexes('users', [geo])).rejects.toThrow(/Direction/)
  })
})
