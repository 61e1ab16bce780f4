import { makeFolder, makeProject } from './support/project.mjs'
import { pause, startReadyHost, waitFor, workerPids } from './support/host.mjs'
import { startTraffic } from './support/traffic.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'kill -9 of a worker under load'

/** One of `workers` is killed in the midst of the traffic; the others serve on, and its place is filled. */
export async function run({ seconds = 10, perSecond = 40, workers = 3, config, env, patience = 1 } = {}) {
  const { folder, remove } = makeFolder()
  const host = await startReadyHost({ folder, project: makeProject(folder, config), workers, env })
  const traffic = startTraffic(host.url, { perSecond })
  try {
    await pause((seconds * 1000) / 3)
    const [victim] = await workerPids(host.url)
    const struckAt = traffic.now()
    process.kill(victim, 'SIGKILL')
    await waitFor(
      async () => {
        const pids = await workerPids(host.url)
        return pids.length === workers && !pids.includes(victim)
      },
      'the place of the worker was never filled: ',
      host.said,
    )
    const filledMs = Math.round(traffic.now() - struckAt)
    await pause((seconds * 1000) / 3)
    await traffic.stop()
    await traffic.again()
    return verdictOf({
      visits: traffic.visits,
      struckAt,
      facts: { 'place filled after': `${filledMs} ms` },
      holds: ({ acceptedTwice, lost, reasons, lastFailureMs = 0 }) => ({
        'nothing is accepted twice': acceptedTwice === 0,
        'no captcha is lost': lost === 0,
        'only calls that were with the killed worker fail': Object.keys(reasons).every((one) => one === 'ECONNRESET'),
        'errors end within 2 s': lastFailureMs - struckAt < 2000 * patience,
      }),
    })
  } finally {
    traffic.close()
    await host.stop()
    remove()
  }
}
