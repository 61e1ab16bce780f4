import { randomBytes } from 'node:crypto'
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { Redis } from 'ioredis'

import type { BareProject } from '../e2e/support/bare-project'
import { readAnswer } from '../e2e/support/codes'
import type { HostProcess } from '../e2e/support/host-process'
import { startPostgres } from '../support/postgres-server'
import { makeFolder } from '../support/folder'
import { writeFiles } from '../support/project'
import { startRedis } from '../support/redis-servers'

const CONFIG =
  'src/uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/uni-captcha/config.json'

/** A project that is served. */
export interface Deployment {
  url: string
  /** What a person would read from the newest picture. */
  readAnswer(): Promise<string>
  /** Ends one of several hosts, as its machine would; the others go on. */
  endOne?(): Promise<void>
  stop(): Promise<void>
}

/** One host on its embedded database. */
export async function startAlone(project: BareProject): Promise<Deployment> {
  const host = await project.startHost()
  return {
    url: host.url,
    readAnswer: () => Promise.resolve(readAnswer(host.dataDir, 'login')),
    stop: () => host.dispose(),
  }
}

/**
 * Two hosts, each with a data directory of its own, that share PostgreSQL, Redis, the files and the installation's
 * secret, behind a proxy that hands every request to the other one.
 */
export async function startTwo(project: BareProject): Promise<Deployment> {
  const ends: (() => unknown)[] = []
  const stop = async () => {
    for (const end of ends.reverse()) await end()
  }
  try {
    const postgres = await startPostgres()
    ends.push(() => postgres.stop())
    const server = await startRedis()
    ends.push(() => server.stop())
    const redis = new Redis(server.url)
    ends.push(() => redis.disconnect())
    const { folder, remove } = makeFolder('deployment')
    ends.push(remove)
    writeFiles(project.folder, { [CONFIG]: { width: 160, height: 60, store: 'redis' } })

    const secret = randomBytes(32).toString('hex')
    const hosts: HostProcess[] = []
    for (const name of ['a', 'b']) {
      writeFiles(folder, { [`${name}/secret`]: secret })
      const host = await project.startHost({
        DATA_DIR: join(folder, name),
        FILES_DIR: join(folder, 'files'),
        DATABASE_URL: postgres.url,
        REDIS_URL: server.url,
        TRUSTED_PROXIES: '127.0.0.1',
      })
      ends.push(() => host.dispose())
      hosts.push(host)
    }
    const targets = hosts.map(({ url }) => url)
    const proxy = await startProxy(targets)
    ends.push(() => proxy.stop())
    return {
      url: proxy.url,
      readAnswer: () => readNewest(redis),
      async endOne() {
        targets.pop()
        await hosts[1]!.stop()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Hands each request to the next of the targets. */
async function startProxy(targets: readonly string[]): Promise<{ url: string; stop(): void }> {
  let requests = 0
  const handOn = (asked: IncomingMessage, answer: ServerResponse) => {
    const target = new URL(asked.url ?? '/', targets[requests++ % targets.length])
    const headers = { ...asked.headers, 'x-forwarded-for': asked.socket.remoteAddress, 'x-forwarded-proto': 'http' }
    // On a connection of its own: one that is kept may be closed at the moment of the next request.
    const sent = send(target, { method: asked.method, headers, agent: false }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
    })
    sent.on('error', () => answer.destroy())
    asked.pipe(sent)
  }
  const proxy = createServer(handOn)
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stop: () => {
      proxy.closeAllConnections()
      proxy.close()
    },
  }
}

async function readNewest(redis: Redis): Promise<string> {
  const keys = await redis.keys('*uc:c:*')
  const codes = await Promise.all(keys.map((key) => redis.hgetall(key)))
  const [newest] = codes.sort((one, other) => Number(other['i']) - Number(one['i']))
  if (!newest?.['c']) throw new Error('no captcha is stored')
  return newest['c']
}
