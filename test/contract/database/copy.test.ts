import { copyFileSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

import fc from 'fast-check'
import Libsql from 'libsql'
import postgres from 'postgres'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { HostDatabase, IndexDefinition } from '../../../host/database'
import { copyToPostgres, DatabaseError, openDatabase, openPostgres } from '../../../host/database'
import { runCopyCommand } from '../../../host/copy-command'
import { parsePostgresAddress } from '../../../host/database/address'
import { SettingError, withDefaults } from '../../../host/settings'
import { documents } from '../../fixtures/database/arbitraries'
import { postgresUrl, temporaryDirectory } from '../../fixtures/database/open'
import { bundleHost, killPrograms, Program } from '../support/host-program'

const PART = 500
const WORDS = ['copy', '--from', 'sqlite', '--to', 'postgres']

beforeAll(bundleHost)
const opened: HostDatabase[] = []
afterEach(async () => {
  killPrograms()
  await Promise.all(opened.splice(0).map((database) => database.close()))
})

/** The same database in a directory of its own: this process keeps each file that it has opened, as another one would. */
function cloneDirectory(directory: string): string {
  const clone = temporaryDirectory()
  copyFileSync(join(directory, 'unicloud.db'), join(clone, 'unicloud.db'))
  return clone
}

/** A data directory whose database was filled by `fill`, and what its file holds by collection, read without the host. */
async function makeSource(
  fill: (database: HostDatabase) => Promise<void>,
): Promise<{ directory: string; read(collection: string): unknown[] }> {
  const filled = join(temporaryDirectory(), 'unicloud.db')
  const database = openDatabase({ file: filled })
  await fill(database)
  await database.close()
  const directory = cloneDirectory(dirname(filled))
  const read = (collection: string) => {
    const file = new Libsql(filled)
    return file.prepare(`SELECT _id, doc FROM "${collection}" ORDER BY rowid`).raw().all()
  }
  return { directory, read }
}

async function copy(directory: string, url: string, isResumed = false): Promise<string[]> {
  const said: string[] = []
  const say = (sentence: string) => said.push(sentence)
  await copyToPostgres({ file: join(cloneDirectory(directory), 'unicloud.db'), url, isResumed, say })
  return said
}

async function openTarget(url: string): Promise<HostDatabase> {
  const database = await openPostgres({ url, maxConnections: 2 })
  opened.push(database)
  return database
}

/** Runs the command as people do; answers its exit code and what it said. */
async function run(env: Record<string, string>, words = WORDS): Promise<{ code: number | null; words: string }> {
  const program = new Program(env, words)
  return { code: await program.ended, words: program.words }
}

function connect(url: string): postgres.Sql {
  return postgres(parsePostgresAddress(url).url, { max: 1, onnotice: () => {} })
}

const toTable = (url: string, collection: string) => `"${parsePostgresAddress(url).schema}"."${collection}"`

/** What the server has stored, read without the host. */
async function readServer(sql: postgres.Sql, url: string, collection: string): Promise<unknown[]> {
  return [...(await sql.unsafe(`SELECT _id, doc FROM ${toTable(url, collection)} ORDER BY seq`).values())]
}

/** Every index of the server, with the number that it gets when it is made. */
async function readIndexes(sql: postgres.Sql, url: string): Promise<unknown[]> {
  const schema = parsePostgresAddress(url).schema
  return [
    ...(await sql`SELECT relname, oid FROM pg_class WHERE relkind = 'i' AND relnamespace = to_regnamespace(${schema}) ORDER BY 1`.values()),
  ]
}

const toCount = (documents: number) => `${documents} ${documents === 1 ? 'document' : 'documents'}`

const definition = (name: string, keys: readonly [string, string][], schema: object = {}): IndexDefinition => ({
  IndexName: name,
  MgoKeySchema: { MgoIndexKeys: keys.map(([Name, Direction]) => ({ Name, Direction })), ...schema },
})

const definitions = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('one', 'two.arrays', 'three', 'of-a_字', 'x'.repeat(128)),
    keys: fc.uniqueArray(
      fc.tuple(fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c.a', '_id', '字', 'a-b'), fc.constantFrom('1', '-1')),
      { minLength: 1, maxLength: 3, selector: ([name]) => name },
    ),
    MgoIsUnique: fc.boolean(),
    MgoIsSparse: fc.boolean(),
  }),
  { maxLength: 3, selector: ({ name }) => name },
)

it('reads the same after a copy, byte for byte and in order, whatever the documents and indexes', async () => {
  await fc.assert(
    fc.asyncProperty(documents, documents, definitions, async (rows, others, given) => {
      const indexes = given.map(({ name, keys, ...schema }) => definition(name, keys, schema))
      const source = await makeSource(async ({ api, ensureIndexes }) => {
        await api.createCollection('empty')
        await api.collection('rows').add([...others, { _id: 'n', z: 0.3, a: 1 }])
        await api
          .collection('rows')
          .doc('n')
          .update({ z: api.command.inc(0.1), m: null })
        await ensureIndexes('with-indexes', indexes)
        for (const [at, row] of rows.entries()) {
          const added = api.collection('with-indexes').add({ _id: `row ${at} "字"`, ...row })
          // A unique index refuses some of them.
          await added.catch((error: unknown) => expect(error).toMatchObject({ errCode: 'database-duplicate-key' }))
        }
      })
      const url = await postgresUrl()
      const said = await copy(source.directory, url)
      expect(said.at(-1)).toBe(
        `Copied 3 collections with ${toCount(source.read('with-indexes').length + others.length + 1)}; read again, both databases are the same.`,
      )
      const sql = connect(url)
      try {
        for (const name of ['with-indexes', 'rows', 'empty']) {
          expect(await readServer(sql, url, name)).toEqual(source.read(name))
        }
        const made = await readIndexes(sql, url)
        const target = await openPostgres({ url, maxConnections: 2 })
        await target.ensureIndexes('with-indexes', indexes)
        await target.close()
        expect(await readIndexes(sql, url)).toEqual(made)
      } finally {
        await sql.end()
      }
    }),
    { numRuns: 8 },
  )
}, 60_000)

it('copies documents larger than a part, and lists the indexes that it copied', async () => {
  const url = await postgresUrl()
  const source = await makeSource(async ({ api, ensureIndexes }) => {
    await ensureIndexes('users', [
      definition('name', [['name', '1']], { MgoIsUnique: true }),
      definition('age', [['age', '-1']]),
    ])
    await api.collection('users').add(['a', 'b', 'c'].map((name) => ({ name, text: name.repeat(3_000_000) })))
    await api.collection('log').add(Array.from({ length: 2 * PART + 1 }, (_, at) => ({ _id: String(-at), at })))
  })
  expect(await copy(source.directory, url)).toEqual([
    'log: 1001 documents, 0 indexes',
    'users: 3 documents, 2 indexes',
    'Copied 2 collections with 1004 documents; read again, both databases are the same.',
  ])
  const { api } = await openTarget(url)
  await expect(api.collection('users').add({ name: 'b' })).rejects.toMatchObject({
    errCode: 'database-duplicate-key',
    message: 'E11000 duplicate key error collection: users index: name',
  })
  const { data } = await api
    .collection('log')
    .skip(PART - 1)
    .limit(3)
    .get()
  expect(data.map(({ at }) => at)).toEqual([PART - 1, PART, PART + 1])
})

it('copies indexes under the names that former versions gave them, and names those that are none of a definition', async () => {
  const url = await postgresUrl()
  const source = await makeSource(async ({ api, ensureIndexes }) => {
    await ensureIndexes('users', [definition('name', [['name', '1']], { MgoIsUnique: true })])
    await api.collection('users').add({ name: 'a' })
  })
  const file = new Libsql(join(source.directory, 'unicloud.db'))
  const parts = file.prepare(`SELECT name, sql FROM sqlite_schema WHERE name LIKE '%$%'`).raw().all() as [
    string,
    string,
  ][]
  expect(parts.map(([name]) => name).sort()).toEqual(['users.name$arrays', 'users.name$unique'])
  for (const [name, sql] of parts) {
    file.exec(`DROP INDEX "${name}"`)
    file.exec(sql.replace(`"${name}"`, () => `"${name.replace('$', '.')}"`))
  }
  file.exec('CREATE INDEX "users.mine" ON "users" (length(doc))')
  // Into the file itself.
  file.prepare('PRAGMA wal_checkpoint(TRUNCATE)').raw().all()
  file.close()
  expect(await copy(source.directory, url)).toEqual([
    'users: 1 document, 1 index',
    'users: the index users.mine is of another kind and is left out',
    'Copied 1 collection with 1 document; read again, both databases are the same.',
  ])
  await expect((await openTarget(url)).api.collection('users').add({ name: 'a' })).rejects.toMatchObject({
    message: 'E11000 duplicate key error collection: users index: name',
  })
})

it('a copy that was killed is told by the next one and by a host, and is resumed where it stopped', async () => {
  const url = await postgresUrl()
  const rows = Array.from({ length: 3 * PART }, (_, at) => ({ _id: `row-${at}`, at }))
  const source = await makeSource(async ({ api, ensureIndexes }) => {
    await ensureIndexes('b', [definition('at', [['at', '1']], { MgoIsUnique: true })])
    await api.collection('a').add([{ _id: '1' }, { _id: '2' }])
    await api.collection('b').add(rows)
  })
  const target = await openTarget(url)
  await target.api.createCollection('b')
  const env = { DATA_DIR: source.directory, DATABASE_URL: url }
  const sql = connect(url)
  try {
    const killed = new Program(env, WORDS)
    await sql
      .begin(async (open) => {
        // The second part waits for this document, which is never there.
        await open.unsafe(`INSERT INTO ${toTable(url, 'b')} (_id, doc, q) VALUES ('row-${PART}', '{}', '{}')`)
        await killed.saying(/^a: 2 documents, 0 indexes$/m)
        const count = async () => (await target.api.collection('b').count()).total
        await expect.poll(count).toBe(PART)
        killed.kill()
        await killed.ended
        throw new Error('rolled back')
      })
      .catch((error: Error) => expect(error.message).toBe('rolled back'))
    // The server ends what the killed one had asked for, which failed or was lost with it.
    await expect
      .poll(
        async () =>
          (
            await sql`SELECT 1 FROM pg_stat_activity WHERE query LIKE 'INSERT INTO%' AND state = 'active' AND pid <> pg_backend_pid()`
          ).length,
      )
      .toBe(0)

    const unfinished =
      /a copy into the database of DATABASE_URL began at \d{4}-\d\d-\d\dT[\d:.]+Z and did not end: documents are missing there\. Go on with `uni-captcha-host copy --from sqlite --to postgres --resume`\./
    const again = await run(env)
    expect(again).toMatchObject({ code: 1, words: expect.stringMatching(unfinished) as unknown })
    await expect(openPostgres({ url })).rejects.toMatchObject({
      errCode: 'database-unavailable',
      message: expect.stringMatching(unfinished) as unknown,
    })

    const [kept] = await readServer(sql, url, 'b')
    const [before] = await sql.unsafe(`SELECT seq, xmin::text FROM ${toTable(url, 'b')} ORDER BY seq LIMIT 1`)
    const resumed = await run(env, [...WORDS, '--resume'])
    expect(resumed).toEqual({
      code: 0,
      words: [
        `Copying ${join(source.directory, 'unicloud.db')} into the database of DATABASE_URL.`,
        'a: 2 documents, 0 indexes',
        'b: 1500 documents, 1 index',
        'Copied 2 collections with 1502 documents; read again, both databases are the same.',
        `Start the host with this DATABASE_URL from now on. The secret in ${source.directory} and the uploaded files in`,
        `${join(source.directory, 'files')} stay where they are, and the host needs both.`,
        '',
      ].join('\n'),
    })
    const stored = await readServer(sql, url, 'b')
    expect(stored).toEqual(source.read('b'))
    expect(stored[0]).toEqual(kept)
    // What was there was not written again.
    expect(await sql.unsafe(`SELECT seq, xmin::text FROM ${toTable(url, 'b')} ORDER BY seq LIMIT 1`)).toEqual([before])
    expect((await (await openTarget(url)).api.collection('b').count()).total).toBe(rows.length)
  } finally {
    await sql.end()
  }
}, 60_000)

describe('a copy is refused', () => {
  const oneRow = () => makeSource(async ({ api }) => void (await api.collection('a').add({ _id: '1' })))

  it('where the target has documents, and leaves them alone', async () => {
    const url = await postgresUrl()
    const { api } = await openTarget(url)
    await api.collection('users').add([{ _id: 'x' }, { _id: 'y' }])
    await expect(copy((await oneRow()).directory, url)).rejects.toMatchObject({
      errCode: 'database-invalid-argument',
      message:
        'the database of DATABASE_URL already has documents, 2 of them in "users": copy into an empty database, or into a schema of its own by ?schema=name',
    })
    expect((await api.collection('users').get()).data).toEqual([{ _id: 'x' }, { _id: 'y' }])
    expect((await api.collection('a').count()).total).toBe(0)
    expect((await openTarget(url)).api).toBeDefined()
  })

  it('where a resumed one finds other documents than the file has, or there is none to resume', async () => {
    const url = await postgresUrl()
    const unique = [definition('name', [['name', '1']], { MgoIsUnique: true })]
    const failing = await makeSource(
      async ({ api }) =>
        void (await api.collection('a').add([
          { _id: '1', name: 'x' },
          { _id: '2', name: 'y' },
        ])),
    )
    await expect(copy(failing.directory, url, true)).rejects.toMatchObject({
      errCode: 'database-invalid-argument',
      message: 'no copy into the database of DATABASE_URL was interrupted: leave out --resume',
    })
    const target = await openTarget(url)
    await target.ensureIndexes('a', unique)
    const twice = await makeSource(
      async ({ api }) =>
        void (await api.collection('a').add([
          { _id: '1', name: 'x' },
          { _id: '2', name: 'x' },
        ])),
    )
    await expect(copy(twice.directory, url)).rejects.toMatchObject({ errCode: 'database-duplicate-key' })
    await target.api.collection('a').add({ _id: '2', name: 'other' })
    await expect(copy(failing.directory, url, true)).rejects.toMatchObject({
      errCode: 'database-conflict',
      message: expect.stringMatching(
        /^"a" has other documents in the database of DATABASE_URL than in the file: /,
      ) as unknown,
    })
  })

  it('while the file is open elsewhere, and a host does not start on it while it is copied', async () => {
    const { directory } = await oneRow()
    const url = await postgresUrl()
    const host = new Program({ DATA_DIR: directory })
    await host.ready()
    const env = { DATA_DIR: directory, DATABASE_URL: url }
    expect(await run(env)).toEqual({
      code: 1,
      words: `Copying ${directory}/unicloud.db into the database of DATABASE_URL.\n${directory}/unicloud.db is in use: stop the host, and what else has it open, first\n`,
    })
    await host.stop()
    const sql = connect(url)
    try {
      await (await openTarget(url)).api.createCollection('a')
      await sql.begin(async (open) => {
        await open.unsafe(`LOCK TABLE ${toTable(url, 'a')} IN SHARE MODE`)
        const copying = new Program(env, WORDS)
        const waiting = () =>
          sqlCount(url, `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '${toTable(url, 'a')}'::regclass`)
        await expect.poll(waiting).toBe(1)
        expect(() => openDatabase({ file: join(directory, 'unicloud.db'), busyTimeoutMs: 40 })).toThrow(
          new DatabaseError(
            'database-unavailable',
            `the database ${directory}/unicloud.db cannot be opened: another process keeps it locked`,
          ),
        )
        copying.kill()
        await copying.ended
      })
    } finally {
      await sql.end()
    }
  }, 60_000)

  const usage = 'uni-captcha-host copy --from sqlite --to postgres [--resume]'
  it.each([
    [[], usage],
    [['--from', 'sqlite'], usage],
    [['--to', 'postgres'], usage],
    [['--from', 'sqlite', '--to', 'postgres', 'users'], usage],
    [['--from', 'sqlite', '--to', 'postgres', '--force'], usage],
    [['--from', 'mysql', '--to', 'postgres'], `--from is "mysql", but it has to be one of sqlite, postgres: ${usage}`],
    [['--from', 'sqlite', '--to', 'redis'], `--to is "redis", but it has to be one of sqlite, postgres: ${usage}`],
    [
      ['--from', 'sqlite', '--to', 'sqlite'],
      `--from and --to are both sqlite, but they have to be different: ${usage}`,
    ],
    [
      ['--from', 'postgres', '--to', 'postgres'],
      `--from and --to are both postgres, but they have to be different: ${usage}`,
    ],
    [
      ['--from', 'postgres', '--to', 'sqlite'],
      `Nothing is copied from postgres to sqlite, only the other way: ${usage}`,
    ],
  ])('when it is asked for by %j', async (words, message) => {
    const settings = withDefaults({ dataDir: temporaryDirectory(), databaseUrl: await postgresUrl() })
    await expect(runCopyCommand(words, settings, () => {})).rejects.toThrow(new SettingError(message))
  })

  it('without a target, without a file, and where the target does not answer, never with the password', async () => {
    const { directory } = await oneRow()
    const words = ['--from', 'sqlite', '--to', 'postgres']
    const ask = (databaseUrl: string | null, dataDir = directory) =>
      runCopyCommand(words, withDefaults({ dataDir, databaseUrl }), () => {})
    await expect(ask(null)).rejects.toThrow(
      new SettingError('DATABASE_URL is not set; it has to be the PostgreSQL database that is copied into.'),
    )
    const empty = temporaryDirectory()
    await expect(ask(await postgresUrl(), empty)).rejects.toThrow(
      new SettingError(`${empty}/unicloud.db is missing; set DATA_DIR to the data directory that is copied from.`),
    )
    expect(existsSync(join(empty, 'unicloud.db'))).toBe(false)
    const env = { DATA_DIR: directory, DATABASE_URL: 'postgres://someone:a-secret-word@127.0.0.1:1/none' }
    expect(await run(env, WORDS)).toEqual({
      code: 1,
      words: `Copying ${directory}/unicloud.db into the database of DATABASE_URL.\nthe database cannot be reached (ECONNREFUSED)\n`,
    })
  })
})

async function sqlCount(url: string, query: string): Promise<number> {
  const sql = connect(url)
  try {
    return (await sql.unsafe(query)).length
  } finally {
    await sql.end()
  }
}
