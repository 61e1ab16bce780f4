import { createHash } from 'node:crypto'
import { closeSync, cpSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { call } from '../test/support/client'
import { makeFolder } from '../test/support/folder'
import type { Fault } from './support/fault'
import { runUntilEnd, startFaultHost } from './support/host'
import { toVerdict, type Verdict } from './support/verdict'

const GARBAGE = Buffer.alloc(4096, 'not a database ')
const PICTURES = 50

/** What happens to the file while the host is down; each way on a database of its own. */
const DAMAGES: Record<string, (file: number, sizeBytes: number) => unknown> = {
  'its header is overwritten': (file) => writeSync(file, GARBAGE, 0, 100, 0),
  'its first page is overwritten behind the header': (file) => writeSync(file, GARBAGE, 0, 3996, 100),
  'its second half is cut off': (file, size) => ftruncateSync(file, Math.floor(size / 2 / 4096) * 4096),
}

/** The host is started on a file that used to be its database. */
export const databaseCorrupt: Fault = { title: 'the database file is corrupt at start', run }

async function run(): Promise<Verdict> {
  const { folder, remove } = makeFolder('fault')
  const facts: Record<string, string> = {}
  const kept: Record<string, boolean> = {}
  try {
    const host = await startFaultHost(folder)
    for (let at = 0; at < PICTURES; at++) {
      await call(host.url, 'uni-captcha-co', 'getImageCaptcha', { param: { scene: 'login' }, deviceId: `device-${at}` })
    }
    await host.stop()
    for (const [index, [damage, inflict]] of Object.entries(DAMAGES).entries()) {
      const dataDir = join(folder, `damaged-${index}`)
      cpSync(join(folder, 'data'), dataDir, { recursive: true })
      const { code, sentence, isUnchanged } = await startDamaged(folder, dataDir, inflict)
      facts[damage] = sentence
      kept[`the host ends with 1 and one sentence when ${damage}`] = code === 1 && sentence.split('\n').length === 1
      kept[`the sentence names the file when ${damage}`] = sentence.includes(join(dataDir, 'unicloud.db'))
      kept[`the file stays as it is when ${damage}`] = isUnchanged
    }
    return toVerdict({ facts, holds: () => kept })
  } finally {
    remove()
  }
}

async function startDamaged(folder: string, dataDir: string, inflict: (file: number, sizeBytes: number) => unknown) {
  const path = join(dataDir, 'unicloud.db')
  const file = openSync(path, 'r+')
  inflict(file, statSync(path).size)
  closeSync(file)
  const before = digest(path)
  const { code, said } = await runUntilEnd(folder, { dataDir })
  return { code, sentence: said, isUnchanged: digest(path) === before }
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
