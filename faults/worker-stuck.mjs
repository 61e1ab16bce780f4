import { call } from './support/client.mjs'
import { pause, startReadyHost, workerPids } from './support/host.mjs'
import { makeFolder, makeProject } from './support/project.mjs'
import { startTraffic } from './support/traffic.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'cloud code loops without end in a worker under load'

/** One call keeps its worker from everything else; it is ended after 10 s without a sign of life. */
export async function run({ perSecond = 40, workers = 3, patience = 1 } = {}) {
  const { folder, remove } = makeFolder()
  const host = await startReadyHost({ folder, project: makeProject(folder), workers })
  const traffic = startTraffic(host.url, { perSecond })
  try {
    await pause(2000)
    const struckAt = traffic.now()
    void call(host.url, 'shop', 'loop', { params: { ms: 60_000 } })
    await host.saying(/had not answered for 10 s and was ended; another takes its place/)
    const mendedAt = traffic.now()
    await pause(3000)
    await traffic.stop()
    await traffic.again()
    return verdictOf({
      visits: traffic.visits,
      struckAt,
      mendedAt,
      facts: {
        'the worker is ended after': `${Math.round((mendedAt - struckAt) / 100) / 10} s`,
        'workers afterwards': (await workerPids(host.url)).length,
      },
      holds: ({ acceptedTwice, lost, lastFailureMs = 0 }) => ({
        'nothing is accepted twice': acceptedTwice === 0,
        'no captcha is lost': lost === 0,
        'calls that were with the worker fail when it is ended, none later': lastFailureMs - mendedAt < 1000 * patience,
      }),
    })
  } finally {
    traffic.close()
    await host.stop()
    remove()
  }
}
