import { createHash } from 'node:crypto'
import { closeSync, cpSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { call } from './support/client.mjs'
import { startHost, startReadyHost } from './support/host.mjs'
import { makeFolder, makeProject } from './support/project.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'the database file is corrupt at start'

const GARBAGE = Buffer.alloc(4096, 'not a database ')
const PICTURES = 50

/** What happens to the file while the host is down; each way on a database of its own. */
const DAMAGES = {
  'its header is overwritten': (file) => writeSync(file, GARBAGE, 0, 100, 0),
  'its first page is overwritten behind the header': (file) => writeSync(file, GARBAGE, 0, 3996, 100),
  'its second half is cut off': (file, size) => ftruncateSync(file, Math.floor(size / 2 / 4096) * 4096),
}

/** The host is started on a file that used to be its database. */
export async function run() {
  const { folder, remove } = makeFolder()
  const place = { folder, project: makeProject(folder) }
  const facts = {}
  const kept = {}
  try {
    const host = await startReadyHost(place)
    for (let at = 0; at < PICTURES; at++) {
      await call(host.url, 'uni-captcha-co', 'getImageCaptcha', { params: { scene: 'login' }, device: `device-${at}` })
    }
    await host.stop()
    for (const [index, [damage, inflict]] of Object.entries(DAMAGES).entries()) {
      const dataDir = join(folder, `damaged-${index}`)
      cpSync(join(folder, 'data'), dataDir, { recursive: true })
      const { code, sentence, isUnchanged } = await startDamaged({ ...place, dataDir }, inflict)
      facts[damage] = sentence
      kept[`the host ends with 1 and one sentence when ${damage}`] = code === 1 && sentence.split('\n').length === 1
      kept[`the sentence names the file when ${damage}`] = sentence.includes(join(dataDir, 'unicloud.db'))
      kept[`the file stays as it is when ${damage}`] = isUnchanged
    }
    return verdictOf({ facts, holds: () => kept })
  } finally {
    remove()
  }
}

async function startDamaged(place, inflict) {
  const path = join(place.dataDir, 'unicloud.db')
  const file = openSync(path, 'r+')
  inflict(file, statSync(path).size)
  closeSync(file)
  const before = digestOf(path)
  const host = await startHost(place)
  const code = await host.ended
  return { code, sentence: host.said.words.trim(), isUnchanged: digestOf(path) === before }
}

function digestOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
