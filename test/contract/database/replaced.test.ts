import { copyFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'

import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { openTemporary } from '../../fixtures/database/open'
import { closeAll, temporaryDirectory, writeProject } from '../support/host-project'
import { bundleHost, killPrograms, Program } from '../support/host-program'

const OBJECT = `
const rows = () => uniCloud.database().collection('rows')
module.exports = {
  async count() { return { pid: process.pid, total: (await rows().count()).total } },
  async add() { return rows().add({ at: Date.now() }) },
}`

const HAPPENINGS: [string, (file: string) => void][] = [
  ['removed', (file) => rmSync(file)],
  ['removed with its log', (file) => ['', '-wal', '-shm'].forEach((end) => rmSync(`${file}${end}`, { force: true }))],
  ['moved away', (file) => renameSync(file, `${file}.old`)],
  ['overwritten with something else', (file) => writeFileSync(file, 'x'.repeat(100_000))],
  ['emptied', (file) => truncateSync(file)],
  [
    'replaced by a copy',
    (file) => {
      copyFileSync(file, `${file}.copy`)
      renameSync(`${file}.copy`, file)
    },
  ],
  ['left without its log', (file) => rmSync(`${file}-wal`)],
]

describe('a database whose file is', () => {
  it.each(HAPPENINGS)('%s under it is not ready and refuses at once to write what would be lost', async (_, happen) => {
    const told: Error[] = []
    const { api, file, ping } = openTemporary({ onReplaced: (error) => told.push(error) })
    await api.collection('rows').add({ _id: 'x', text: 'y'.repeat(20_000) })
    expect(await ping()).toBe(true)
    happen(file)
    const sentence = `the database ${file} was removed or replaced while it was in use`
    await expect(api.collection('rows').add({ _id: 'z' })).rejects.toThrow(sentence)
    await expect(api.collection('rows').get()).rejects.toMatchObject({ errCode: 'database-unavailable' })
    expect(await ping()).toBe(false)
    expect(told.map(({ message }) => message)).toEqual([sentence])
  })
})

it('a database goes on through many writes, checkpoints and a second process that comes and goes', async () => {
  const told: Error[] = []
  const { api, file, ping } = openTemporary({ onReplaced: (error) => told.push(error) })
  for (let round = 0; round < 5; round++) {
    await api.collection('rows').add(Array.from({ length: 600 }, () => ({ text: 'y'.repeat(2000) })))
    const other = openTemporary({ file })
    await other.api.collection('rows').add({ round })
    await other.close()
    await new Promise((resolve) => setTimeout(resolve, 300))
    await api
      .collection('rows')
      .where({ text: api.command.exists(true) })
      .remove()
    expect(await ping()).toBe(true)
  }
  expect(told).toEqual([])
})

describe('a host', () => {
  beforeAll(bundleHost)
  afterEach(async () => {
    killPrograms()
    await closeAll()
  })

  const start = (args: string[]) => {
    const dataDir = temporaryDirectory()
    const projectDir = writeProject({
      'uniCloud/cloudfunctions/probe/index.obj.js': OBJECT,
      'uniCloud/cloudfunctions/probe/package.json': { name: 'probe' },
    })
    const environment = { PROJECT_DIR: projectDir, DATA_DIR: dataDir, FLOOD_LIMIT_PER_MINUTE: '0' }
    return { program: new Program(environment, args), file: `${dataDir}/unicloud.db` }
  }
  const ask = async (url: string, method: string) => {
    const answer = await fetch(`${url}/http/probe/${method}`, { headers: { connection: 'close' } })
    return { status: answer.status, body: (await answer.json()) as { pid: number; total: number } }
  }

  it('whose database is removed says so and ends, even when it is not called', async () => {
    const { program, file } = start([])
    const url = await program.ready()
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    rmSync(file)
    expect(await program.ended).toBe(1)
    expect(program.words).toContain(`the database ${file} was removed or replaced while it was in use`)
  })

  it('of two workers serves one database again after its file was removed', { timeout: 120_000 }, async () => {
    const { program, file } = start(['--workers', '2'])
    const url = await program.ready()
    for (let i = 0; i < 10; i++) expect((await ask(url, 'add')).status).toBe(200)
    const before = new Set<number>()
    for (let i = 0; i < 20; i++) before.add((await ask(url, 'count')).body.pid)
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`)
    const seen = new Map<number, number>()
    for (const end = Date.now() + 60_000; seen.size < 2 && Date.now() < end;) {
      const answer = await ask(url, 'count').catch(() => undefined)
      if (answer?.status === 200 && !before.has(answer.body.pid)) seen.set(answer.body.pid, answer.body.total)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect([...seen.values()]).toEqual([0, 0])
    await ask(url, 'add')
    const totals = new Set<number>()
    for (let i = 0; i < 20; i++) totals.add((await ask(url, 'count')).body.total)
    expect([...totals]).toEqual([1])
  })
})
