import cluster from 'node:cluster'
import { createServer } from 'node:net'
import { WorkerPool } from './worker-pool'

export interface PrimaryOptions {
  /** Worker processes. */
  count: number
  /** The script that each worker runs. */
  script: string
  host: string
  port: number
  printStatus: (sentence: string) => void
}

/**
 * Runs `count` workers of a script and keeps them running. SIGTERM and SIGINT let all of them finish, SIGUSR2 replaces
 * them one by one. Resolves with the address when all listen; rejects with StartFailure when none can. Ends the process.
 */
export async function superviseWorkers({ count, script, host, port, printStatus }: PrimaryOptions): Promise<string> {
  cluster.setupPrimary({ exec: script })
  cluster.schedulingPolicy = cluster.SCHED_RR
  const environment = { PORT: String(port === 0 ? await freePort(host) : port) }
  const pool = new WorkerPool({ count, environment, printStatus })
  obeySignals(pool, printStatus)
  // A reader of the log that went away is not a reason for all workers to end.
  process.stderr.on('error', () => {})
  pool.startFailed.catch((failure: Error) => {
    printStatus(`No worker can start: ${failure.message}`)
    process.exit(1)
  })
  return pool.start()
}

function obeySignals(pool: WorkerPool, printStatus: (sentence: string) => void): void {
  let isStopping = false
  const stop = () => {
    if (isStopping) {
      pool.kill()
      process.exit(1)
    }
    isStopping = true
    printStatus('Stopping: requests in flight are finished first. A second signal ends at once.')
    void pool.stop().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('SIGUSR2', () => {
    printStatus('Replacing the workers, one after the other.')
    pool.renew().then(
      () => printStatus('All workers are new.'),
      (failure: Error) =>
        printStatus(`The workers that run now stay, because a new one cannot start: ${failure.message}`),
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
