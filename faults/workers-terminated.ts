import { pause, waitFor } from '../test/support/wait'
import { fault } from './support/fault'
import { workerPids } from './support/host'

/** Each worker is asked to end, the next when another has taken its place. */
export const workersTerminated = fault<{ pids: number[] }>({
  title: 'SIGTERM of every worker in turn under load',
  defaults: { workers: 3 },
  setUp: async () => ({ world: { pids: [] } }),
  async before({ world, host }) {
    world.pids = await workerPids(host.url)
  },
  async strike({ world: { pids }, host, options }) {
    for (const [index, pid] of pids.entries()) {
      await pause((options.seconds * 1000) / (options.workers + 1))
      process.kill(pid, 'SIGTERM')
      const asked = pids.slice(0, index + 1)
      await waitFor(
        async () => {
          const present = await workerPids(host.url)
          return present.length === options.workers && !present.some((one) => asked.includes(one))
        },
        () => `the place of a worker was never filled: ${host.process.words}`,
      )
    }
  },
  async mend({ facts, options }) {
    facts['workers ended and replaced'] = options.workers
  },
  after: () => pause(1000),
  holds: ({ failed, acceptedTwice, lost }) => ({
    'no call fails': failed === 0,
    'nothing is accepted twice': acceptedTwice === 0,
    'no captcha is lost': lost === 0,
  }),
})
