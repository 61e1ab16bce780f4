import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry } from 'prom-client'
import type { Snapshot } from './metrics'

type Message =
  /** A worker has begun to measure: one that is still loading has nothing to tell and would not answer. */
  | { type: 'metrics:here'; id: 0 }
  /** A worker wants everybody's; `id` is its own number for the request. */
  | { type: 'metrics:gather'; id: number }
  /** The primary wants a worker's. */
  | { type: 'metrics:tell'; id: number }
  | { type: 'metrics:told'; id: number; snapshot: Snapshot }
  /** Undefined: one of the workers did not answer in time. */
  | { type: 'metrics:gathered'; id: number; snapshots: Snapshot[] | undefined }

const FLUSH_TIMEOUT_MS = 2000
const MAX_ENDED_WORKERS = 8

/**
 * In the primary: gathers what the workers have measured whenever one of them asks. What workers had counted that have
 * ended, as far as it was gathered before, goes on being told: a sum that shrinks would look like a restart.
 */
export function serveGathering(): void {
  const living = new Map<number, Snapshot>()
  const ended = new Ended()
  const waiting = new Map<number, (isTold: boolean) => void>()
  let asked = 0

  /** Whether the worker has told, or has ended meanwhile. */
  const ask = (worker: Worker): Promise<boolean> =>
    new Promise((resolve) => {
      const id = ++asked
      const done = (isTold: boolean) => {
        waiting.delete(id)
        clearTimeout(timer)
        worker.off('exit', exited)
        resolve(isTold)
      }
      const timer = setTimeout(done, FLUSH_TIMEOUT_MS, false)
      const exited = () => done(true)
      worker.once('exit', exited)
      waiting.set(id, done)
      send(worker, { type: 'metrics:tell', id })
    })

  const gather = async (): Promise<Snapshot[] | undefined> => {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    const told = await Promise.all(workers.filter((worker) => living.has(worker.id)).map(ask))
    return told.includes(false) ? undefined : [...ended.snapshots, ...living.values()]
  }

  cluster.on('message', (worker, message: unknown) => {
    if (!isOurs(message)) return
    if (message.type === 'metrics:here') {
      if (!worker.isDead()) living.set(worker.id, [])
    } else if (message.type === 'metrics:told') {
      if (living.has(worker.id)) living.set(worker.id, message.snapshot)
      waiting.get(message.id)?.(true)
    } else if (message.type === 'metrics:gather') {
      void gather().then((snapshots) => send(worker, { type: 'metrics:gathered', id: message.id, snapshots }))
    }
  })
  cluster.on('exit', (worker) => {
    const last = living.get(worker.id)
    living.delete(worker.id)
    if (last) ended.add(last)
  })
}

/** The last snapshots of workers that have ended, summed up from time to time. */
class Ended {
  readonly snapshots: Snapshot[] = []
  private isSumming = false

  add(last: Snapshot): void {
    this.snapshots.push(last.filter(({ type }) => (type as unknown) !== 'gauge'))
    if (this.snapshots.length >= MAX_ENDED_WORKERS && !this.isSumming) void this.sumUp()
  }

  /** In one step takes the place of what it is the sum of. */
  private async sumUp(): Promise<void> {
    this.isSumming = true
    const some = [...this.snapshots]
    const sum = await AggregatorRegistry.aggregate(some).getMetricsAsJSON()
    this.snapshots.splice(0, some.length, sum)
    this.isSumming = false
  }
}

/**
 * In a worker: answers the primary, and gathers through it what all workers have measured. The function that it answers
 * throws when one of them does not tell: without it the sums would be too small.
 */
export function gatherThroughPrimary(own: () => Promise<Snapshot>): () => Promise<Snapshot[]> {
  const waiting = new Map<number, (snapshots: Snapshot[] | undefined) => void>()
  let asked = 0
  process.on('message', (message) => {
    if (!isOurs(message)) return
    const { id } = message
    if (message.type === 'metrics:tell') {
      void own().then((snapshot) => send(process, { type: 'metrics:told', id, snapshot }))
    } else if (message.type === 'metrics:gathered') waiting.get(id)?.(message.snapshots)
  })
  send(process, { type: 'metrics:here', id: 0 })
  return () =>
    new Promise((resolve, reject) => {
      const id = ++asked
      const done = (snapshots: Snapshot[] | undefined) => {
        waiting.delete(id)
        clearTimeout(timer)
        if (snapshots) resolve(snapshots)
        else reject(new Error('not every worker has told what it measured'))
      }
      const timer = setTimeout(done, 2 * FLUSH_TIMEOUT_MS, undefined)
      waiting.set(id, done)
      send(process, { type: 'metrics:gather', id })
    })
}

function isOurs(message: unknown): message is Message {
  const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined
  return typeof type === 'string' && type.startsWith('metrics:')
}

/** A worker that is gone needs no answer. */
function send(to: Pick<NodeJS.Process, 'connected' | 'send'> | Worker, message: Message): void {
  const isConnected = 'isConnected' in to ? to.isConnected() : to.connected
  if (isConnected) (to as Worker).send(message, () => {})
}
