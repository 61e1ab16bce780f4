import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'

import { startPostgres } from '../../support/postgres-server'
import { startCluster, startRedis, type RedisServer } from '../../support/redis-servers'

declare module 'vitest' {
  interface ProvidedContext {
    redisBroker: string
  }
}

/** Real servers for all files of a run: each is started when the first test asks for it, and stopped after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = once(startRedis)
  const cluster = once(startCluster)
  const postgres = once(startPostgres)
  const urls: Record<string, () => Promise<string[]>> = {
    '/server': async () => [await toOwnDatabase(await server.get())],
    '/cluster': async () => (await cluster.get()).urls,
    '/postgres': async () => [(await postgres.get()).url],
  }
  const broker = createServer((request, response) => {
    urls[request.url ?? '/']!().then(
      (found) => response.end(JSON.stringify(found)),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve))
  project.provide('redisBroker', `http://127.0.0.1:${(broker.address() as AddressInfo).port}`)
  return async () => {
    broker.closeAllConnections()
    broker.close()
    await Promise.all([server.stop(), cluster.stop(), postgres.stop()])
  }
}

/** What `databases` of the server is. */
const DATABASES = 1024
let asked = 0

/** The address of the server with a database that nothing of another file is in. */
async function toOwnDatabase({ url, ask }: RedisServer): Promise<string> {
  const database = asked++ % DATABASES
  if (asked > DATABASES) await ask('-n', String(database), 'FLUSHDB')
  return `${url}/${database}`
}

function once<T extends { stop(): Promise<void> }>(start: () => Promise<T>) {
  let started: Promise<T> | undefined
  return {
    get: () => (started ??= start()),
    stop: async () => (await started?.catch(() => undefined))?.stop(),
  }
}
