import { call } from '../test/support/client'
import { pause } from '../test/support/wait'
import { fault } from './support/fault'
import { workerPids } from './support/host'

/** One call keeps its worker from everything else; it is ended after 10 s without a sign of life. */
export const workerStuck = fault({
  title: 'cloud code loops without end in a worker under load',
  defaults: { workers: 3 },
  async strike({ host }) {
    void call(host.url, 'shop', 'loop', { param: { ms: 60_000 } })
  },
  async mend({ host, traffic, struckAtMs, facts }) {
    await host.process.saying(/had not answered for 10 s and was ended; another takes its place/)
    facts['the worker is ended after'] = `${Math.round((traffic.nowMs() - struckAtMs) / 100) / 10} s`
  },
  async after({ host, facts }) {
    await pause(3000)
    facts['workers afterwards'] = (await workerPids(host.url)).length
  },
  holds: ({ acceptedTwice, lost, lastFailureMs = 0 }, { mendedAtMs, options }) => ({
    'nothing is accepted twice': acceptedTwice === 0,
    'no captcha is lost': lost === 0,
    'calls that were with the worker fail when it is ended, none later':
      lastFailureMs - mendedAtMs < 1000 * options.patience,
  }),
})
