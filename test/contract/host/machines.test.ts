import { randomUUID } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, afterEach, expect, it } from 'vitest'

import { closeAll, invoke, openHost, temporaryDirectory, writeProject } from '../support/host-project'
import { redisUrls } from '../support/redis'

afterEach(closeAll)
afterAll(closeAll)

const NOTES = `
const notes = () => uniCloud.database().collection('notes')
module.exports = {
  async write(id) {
    await notes().add({ _id: id })
    await notes().doc(id).update({ read: true })
    await uniCloud.database().collection('others').doc(id).set({ text: '' })
  },
  read: async () => (await notes().get()).data.length,
}`
const PROJECT = {
  'uniCloud/cloudfunctions/notes/index.obj.js': NOTES,
  'uniCloud/cloudfunctions/notes/package.json': { name: 'notes' },
  'uniCloud/database/notes.init_data.json': [{ _id: 'first' }],
}

function warnings(lines: Record<string, unknown>[]) {
  return lines.filter(({ msg }) => String(msg).includes("machine's own file"))
}

it('one of several machines is warned once for each collection that a function writes into its own file', async () => {
  const host = await openHost({ projectDir: writeProject(PROJECT), redisUrls: await redisUrls('server') })
  expect((await invoke(host, 'notes', 'read')).body.data).toBe(1)
  expect(warnings(host.log.lines)).toEqual([])
  for (const id of ['a', 'b', 'c']) expect((await invoke(host, 'notes', 'write', [id])).status).toBe(200)
  const told = warnings(host.log.lines)
  expect(told).toMatchObject([
    { level: 40, collection: 'notes', function: 'notes' },
    { level: 40, collection: 'others', function: 'notes' },
  ])
  expect(told[0]!['msg']).toContain('with one machine only, set SINGLE_MACHINE=1')
})

it.each([
  ['without Redis', async () => ({})],
  ['with one machine only', async () => ({ redisUrls: await redisUrls('server'), singleMachine: true })],
])('%s there is nothing to warn of', async (_, settings) => {
  const host = await openHost({ projectDir: writeProject(PROJECT), ...(await settings()) })
  expect((await invoke(host, 'notes', 'write', ['a'])).status).toBe(200)
  expect(warnings(host.log.lines)).toEqual([])
})

it('a machine is warned when another on the same Redis has another secret, and not when it was copied', async () => {
  const settings = { redisUrls: await redisUrls('server'), spaceId: randomUUID() }
  const first = await openHost(settings)
  const dataDir = temporaryDirectory()
  copyFileSync(join(first.dataDir, 'secret'), join(dataDir, 'secret'))
  const copied = await openHost({ ...settings, dataDir })
  const other = await openHost(settings)
  const sentence =
    'another machine on this Redis has another secret: copy DATA_DIR/secret of one machine to all of them'
  expect(await other.log.saying(sentence)).toMatchObject({ level: 40 })
  expect(first.log.text + copied.log.text).not.toContain('another secret')
})
