import { createHash } from 'node:crypto'
import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
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
  const facts = {}
  const broken = {}
  for (const [damage, inflict] of Object.entries(DAMAGES)) {
    const { code, sentence, isUnchanged } = await startDamaged(inflict)
    facts[damage] = sentence
    broken[`with 1 and one sentence (${damage})`] = code === 1 && sentence.split('\n').length === 1
    broken[`the sentence names the file (${damage})`] = sentence.includes('unicloud.db')
    broken[`the file is as it was (${damage})`] = isUnchanged
  }
  return verdictOf({ facts, holds: () => broken })
}

async function startDamaged(inflict) {
  const { folder, remove } = makeFolder()
  const place = { folder, project: makeProject(folder) }
  try {
    const host = await startReadyHost(place)
    for (let at = 0; at < PICTURES; at++) {
      await call(host.url, 'uni-captcha-co', 'getImageCaptcha', { params: { scene: 'login' }, device: `device-${at}` })
    }
    await host.stop()
    const path = join(folder, 'data/unicloud.db')
    const file = openSync(path, 'r+')
    inflict(file, statSync(path).size)
    closeSync(file)
    const before = digestOf(path)
    const again = await startHost(place)
    const code = await again.ended
    return { code, sentence: again.said.words.trim(), isUnchanged: digestOf(path) === before }
  } finally {
    remove()
  }
}

function digestOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
