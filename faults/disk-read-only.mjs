import { smallDisk } from './support/disk.mjs'
import { startHost, startReadyHost } from './support/host.mjs'
import { makeFolder, makeProject } from './support/project.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'the data directory is read-only'

/** A host is started on a database that it may not write. */
export async function run() {
  const { folder, remove } = makeFolder()
  const disk = smallDisk(folder)
  const place = { folder, project: makeProject(folder), dataDir: disk.directory }
  try {
    await (await startReadyHost(place)).stop()
    disk.lock()
    const host = await startHost({ ...place, under: disk.under })
    const code = await host.ended
    const sentence = host.said.words.trim()
    return verdictOf({
      facts: { disk: disk.how, 'the host says': sentence, 'and ends with': code },
      holds: () => ({
        'the host ends with 1': code === 1,
        'it says one sentence': sentence.split('\n').length === 1,
        'the sentence names the directory and what is wrong': /data\b.*cannot be (written|opened)/.test(sentence),
      }),
    })
  } finally {
    disk.remove()
    remove()
  }
}
