import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { openTemporary } from '../../fixtures/database/open'
import { closeAll, temporaryDirectory, writeProject } from '../support/host-project'
import { bundleHost, killPrograms, Program } from '../support/host-program'

/** Another program that takes the lock and keeps it until it is told to let go. */
const LOCKER = `
const Database = require(process.argv[1])
const connection = new Database(process.argv[2])
connection.exec('BEGIN ' + process.argv[3])
console.log('locked')
process.stdin.once('data', () => {
  connection.exec('ROLLBACK')
  connection.close()
  process.exit(0)
})
`
const MODES = ['IMMEDIATE', 'EXCLUSIVE']

const lockers: { kill(): void }[] = []
afterEach(() => {
  for (const locker of lockers.splice(0)) locker.kill()
})

async function lock(file: string, mode: string): Promise<() => Promise<void>> {
  const libsql = join(process.cwd(), 'node_modules/libsql')
  const locker = spawn(process.execPath, ['-e', LOCKER, libsql, file, mode], { stdio: ['pipe', 'pipe', 'inherit'] })
  lockers.push(locker)
  await once(locker.stdout, 'data')
  return async () => {
    locker.stdin.write('go')
    await once(locker, 'exit')
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe.each(MODES)('while another program holds the database by BEGIN %s', (mode) => {
  it('reads go on, writes wait and are done once it lets go, and the process answers meanwhile', async () => {
    const { api, file } = openTemporary()
    await api.collection('rows').add({ _id: 'x', n: 0 })
    const release = await lock(file, mode)
    const writes = Array.from({ length: 300 }, () =>
      api
        .collection('rows')
        .doc('x')
        .update({ n: api.command.inc(1) }),
    )
    // Waited for inside SQLite, the lock would let nothing here run, its own release included, and the writes would fail.
    for (let i = 0; i < 10; i++) {
      await pause(50)
      expect((await api.collection('rows').get()).data).toEqual([{ _id: 'x', n: 0 }])
    }
    await release()
    const updated = (await Promise.all(writes)).map((reply) => reply.updated)
    expect(updated).toEqual(updated.map(() => 1))
    expect((await api.collection('rows').get()).data).toEqual([{ _id: 'x', n: 300 }])
  })

  it('a write that waits too long is refused, and so is the first write of a collection', async () => {
    const { api, file } = openTemporary({ busyTimeoutMs: 300 })
    await api.collection('rows').add({ _id: 'x' })
    const release = await lock(file, mode)
    let turns = 0
    const turn = setInterval(() => turns++, 1)
    const refused = [api.collection('rows').add({ _id: 'y' }), api.collection('new').add({ _id: 'y' })]
    for (const each of refused) await expect(each).rejects.toMatchObject({ errCode: 'database-busy' })
    clearInterval(turn)
    // Waits inside SQLite would leave one after each.
    expect(turns).toBeGreaterThan(4)
    await release()
    expect(await api.collection('new').add({ _id: 'z' })).toEqual({ id: 'z' })
    expect((await api.collection('rows').count()).total).toBe(1)
  })
})

describe('a host', () => {
  beforeAll(bundleHost)
  afterEach(async () => {
    killPrograms()
    await closeAll()
  })

  it('answers /healthz while a backup holds its database, is not ready, and writes afterwards', async () => {
    const dataDir = temporaryDirectory()
    const projectDir = writeProject({
      'uniCloud/cloudfunctions/probe/index.obj.js': `
        module.exports = { add: () => uniCloud.database().collection('rows').add({ at: Date.now() }) }`,
      'uniCloud/cloudfunctions/probe/package.json': { name: 'probe' },
    })
    const program = new Program({ PROJECT_DIR: projectDir, DATA_DIR: dataDir })
    const url = await program.ready()
    expect((await fetch(`${url}/http/probe/add`)).status).toBe(200)
    const release = await lock(`${dataDir}/unicloud.db`, 'EXCLUSIVE')
    const writing = Array.from({ length: 20 }, () => fetch(`${url}/http/probe/add`))
    const ready = fetch(`${url}/readyz`)
    for (let i = 0; i < 10; i++) {
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      await pause(50)
    }
    expect((await ready).status).toBe(503)
    await release()
    for (const answer of await Promise.all(writing)) expect(answer.status).toBe(200)
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200)
  })
})
