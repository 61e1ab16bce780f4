import { pause } from '../test/support/wait'
import { makeSmallDisk, type Disk } from './support/disk'
import { fault } from './support/fault'
import { STORE_UNAVAILABLE } from './support/redis'
import { wasAccepted } from './support/traffic'

/** The disk fills up in the midst of the traffic and has space again after `seconds`. */
export const diskFull = fault<Disk>({
  title: 'the disk of the embedded database is full',
  defaults: { seconds: 4 },
  async setUp(folder) {
    const disk = makeSmallDisk(folder)
    return { host: { dataDir: disk.directory }, world: disk, close: () => disk.remove() }
  },
  async strike({ world: disk, host, options }) {
    disk.fill(host.process.pid)
    await pause(options.seconds * 1000)
  },
  async mend({ world: disk, host, traffic, struckAtMs, facts }) {
    const endMs = traffic.nowMs()
    disk.free(host.process.pid)
    const during = traffic.visits.filter(
      ({ picture = { at: 0 } }) => picture.at > struckAtMs + 1000 && picture.at < endMs,
    )
    facts['disk'] = disk.how
    facts['accepted of those who came while it was full'] = during.filter(wasAccepted).length
  },
  holds: ({ acceptedTwice, reasons, lost, lastFailureMs = 0 }, { mendedAtMs, options }) => ({
    'calls fail while it is full': Object.keys(reasons).length > 0,
    'they fail with the one code of the store': Object.keys(reasons).every((reason) => reason === STORE_UNAVAILABLE),
    'nothing is accepted twice': acceptedTwice === 0,
    'no captcha is lost': lost === 0,
    'the host recovers within 2 s, without a restart': lastFailureMs - mendedAtMs < 2000 * options.patience,
  }),
})
