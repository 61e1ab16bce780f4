import { smallDisk } from './support/disk.mjs'
import { pause, startReadyHost } from './support/host.mjs'
import { makeFolder, makeProject } from './support/project.mjs'
import { startTraffic, wasAccepted } from './support/traffic.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'the disk of the embedded database is full'

/** The disk fills up in the midst of the traffic and has room again after `fullSeconds`. */
export async function run({ fullSeconds = 4, perSecond = 40, patience = 1 } = {}) {
  const { folder, remove } = makeFolder()
  const disk = smallDisk(folder)
  const host = await startReadyHost({ folder, project: makeProject(folder), dataDir: disk.directory })
  const traffic = startTraffic(host.url, { perSecond })
  try {
    await pause(2000)
    const struckAt = traffic.now()
    disk.fill(host.pid)
    await pause(fullSeconds * 1000)
    const mendedAt = traffic.now()
    disk.free(host.pid)
    await pause(3000)
    await traffic.stop()
    await traffic.again()
    const during = traffic.visits.filter(({ picture }) => picture.at > struckAt + 1000 && picture.at < mendedAt)
    return verdictOf({
      visits: traffic.visits,
      struckAt,
      mendedAt,
      facts: { disk: disk.how, 'accepted of those who came while it was full': during.filter(wasAccepted).length },
      holds: ({ acceptedTwice, reasons, lost, lastFailureMs = 0 }) => ({
        'calls fail while it is full': Object.keys(reasons).length > 0,
        'they fail with the one code of the store': Object.keys(reasons).every(isStoreUnavailable),
        'nothing is accepted twice': acceptedTwice === 0,
        'no captcha is lost': lost === 0,
        'the host recovers within 2 s, without a restart': lastFailureMs - mendedAt < 2000 * patience,
      }),
    })
  } finally {
    traffic.close()
    await host.stop()
    disk.remove()
    remove()
  }
}

function isStoreUnavailable(reason) {
  return reason === 'uni-captcha-store-unavailable'
}
