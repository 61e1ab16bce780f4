import { makeFolder, makeProject } from './support/project.mjs'
import { pause, startReadyHost, waitFor, workerPids } from './support/host.mjs'
import { startTraffic } from './support/traffic.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'SIGTERM of every worker in turn under load'

/** Each worker is asked to end, the next when another has taken its place. */
export async function run({ seconds = 10, perSecond = 40, workers = 3, config, env } = {}) {
  const { folder, remove } = makeFolder()
  const host = await startReadyHost({ folder, project: makeProject(folder, config), workers, env })
  const traffic = startTraffic(host.url, { perSecond })
  try {
    const before = await workerPids(host.url)
    const struckAt = traffic.now()
    for (const [index, pid] of before.entries()) {
      await pause((seconds * 1000) / (workers + 1))
      process.kill(pid, 'SIGTERM')
      const asked = before.slice(0, index + 1)
      await waitFor(
        async () => {
          const pids = await workerPids(host.url)
          return pids.length === workers && !pids.some((one) => asked.includes(one))
        },
        'the place of a worker was never filled: ',
        host.said,
      )
    }
    const mendedAt = traffic.now()
    await pause(1000)
    await traffic.stop()
    await traffic.again()
    return verdictOf({
      visits: traffic.visits,
      struckAt,
      mendedAt,
      facts: { 'workers ended and replaced': workers },
      holds: ({ failed, acceptedTwice, lost }) => ({
        'no call fails': failed === 0,
        'nothing is accepted twice': acceptedTwice === 0,
        'no captcha is lost': lost === 0,
      }),
    })
  } finally {
    traffic.close()
    await host.stop()
    remove()
  }
}
