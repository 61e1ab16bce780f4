import cluster from 'node:cluster'
import { createServer } from 'node:net'
import { WorkerPool } from './crew'

export interface PrimaryOptions {
  /** Worker processes. */
  count: number
  /** The script that each worker runs. */
  script: string
  host: string
  port: number
  say: (sentence: string) => void
}

/**
 * Runs `count` workers of a script and keeps them running. SIGTERM and SIGINT let all of them finish, SIGUSR2 replaces
 * them one by one. Resolves with the address when all listen; rejects with StartFailure when none can. Ends the process.
 */
export async function superviseWorkers({ count, script, host, port, say }: PrimaryOptions): Promise<string> {
  cluster.setupPrimary({ exec: script })
  cluster.schedulingPolicy = cluster.SCHED_RR
  const environment = { PORT: String(port === 0 ? await freePort(host) : port) }
  const crew = new WorkerPool({ count, environment, say })
  obeySignals(crew, say)
  // A reader of the log that went away is no reason for all workers to end.
  process.stderr.on('error', () => {})
  crew.hopeless.catch((failure: Error) => {
    say(`No worker can start: ${failure.message}`)
    process.exit(1)
  })
  return crew.start()
}

function obeySignals(crew: WorkerPool, say: (sentence: string) => void): void {
  let isStopping = false
  const stop = () => {
    if (isStopping) {
      crew.kill()
      process.exit(1)
    }
    isStopping = true
    say('Stopping: requests in flight are finished first. A second signal ends at once.')
    void crew.stop().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('SIGUSR2', () => {
    say('Replacing the workers, one after the other.')
    crew.renew().then(
      () => say('All workers are new.'),
      (failure: Error) => say(`The workers that run now stay, because a new one cannot start: ${failure.message}`),
    )
  })
}

/** For port 0: workers that come later have to listen where the first ones did, also when none of them is left. */
async function freePort(host: string): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen({ host, port: 0 }, resolve)
  })
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
