import { pause, waitFor } from '../test/support/wait'
import { fault } from './support/fault'
import { workerPids } from './support/host'

/** What a client hears of a connection whose other end has gone: as it reads, and as it writes. */
const CUT_OFF = ['ECONNRESET', 'EPIPE']

/** One of `workers` is killed in the midst of the traffic; the others serve on, and its place is filled. */
export const workerKilled = fault<{ filledAtMs: number }>({
  title: 'kill -9 of a worker under load',
  defaults: { workers: 3 },
  setUp: async () => ({ world: { filledAtMs: Infinity } }),
  before: ({ options }) => pause((options.seconds * 1000) / 3),
  async strike({ world, host, options, traffic, struckAtMs, facts }) {
    const [victim = 0] = await workerPids(host.url)
    process.kill(victim, 'SIGKILL')
    await waitFor(
      async () => {
        const pids = await workerPids(host.url)
        return pids.length === options.workers && !pids.includes(victim)
      },
      () => `the place of the worker was never filled: ${host.process.words}`,
    )
    world.filledAtMs = traffic.nowMs()
    facts['place filled after'] = `${Math.round(world.filledAtMs - struckAtMs)} ms`
  },
  after: ({ options }) => pause((options.seconds * 1000) / 3),
  holds: ({ acceptedTwice, lost, reasons, lastFailureMs = 0 }, { world, traffic, struckAtMs, options }) => ({
    'nothing is accepted twice': acceptedTwice === 0,
    'no captcha is lost': lost === 0,
    'only calls that were with the killed worker fail': Object.keys(reasons).every((one) => CUT_OFF.includes(one)),
    'no call fails that is sent once the place is filled': traffic.visits
      .flatMap(({ picture, orders }) => [picture, ...orders])
      .every((call) => call?.outcome !== 'failed' || call.at - call.tookMs < world.filledAtMs),
    'errors end within 2 s': lastFailureMs - struckAtMs < 2000 * options.patience,
  }),
})
