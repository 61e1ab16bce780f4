import { makeFolder } from '../test/support/folder'
import { makeSmallDisk } from './support/disk'
import type { Fault } from './support/fault'
import { runUntilEnd, startFaultHost } from './support/host'
import { toVerdict } from './support/verdict'

/** A host is started on a database that it may not write. */
export const diskReadOnly: Fault = {
  title: 'the data directory is read-only',
  async run() {
    const { folder, remove } = makeFolder('fault')
    const disk = makeSmallDisk(folder)
    const dataDir = disk.directory
    try {
      await (await startFaultHost(folder, { dataDir })).stop()
      disk.lock()
      const { code, said } = await runUntilEnd(folder, { dataDir, under: disk.under })
      return toVerdict({
        facts: { disk: disk.how, 'the host says': said, 'and ends with': String(code) },
        holds: () => ({
          'the host ends with 1': code === 1,
          'it says one sentence': said.split('\n').length === 1,
          'the sentence names the directory and what is wrong': /data\b.*cannot be (written|opened)/.test(said),
        }),
      })
    } finally {
      disk.remove()
      remove()
    }
  },
}
