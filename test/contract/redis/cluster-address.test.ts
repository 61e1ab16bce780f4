import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startCluster } from '../../support/redis-servers'
import type { RedisCluster } from '../../support/redis-servers'
import { closeAll, openHost } from '../support/host-project'
import { redisUrls } from '../support/redis'
import { reachesRedis, redisProject } from '../support/redis-project'
import { closedAfterEach, eventually, readiness } from '../support/redis-servers'

closedAfterEach()

/** Runs a command on each node, as who may do everything. */
async function onEach(urls: string[], ...[command, ...args]: [string, ...string[]]): Promise<void> {
  for (const url of urls) {
    const node = new Redis(url)
    await node.call(command, ...args)
    node.disconnect()
  }
}

describe('a cluster that is named by one of its addresses', () => {
  it('is found out, and every captcha is served', async () => {
    const [url = ''] = await redisUrls('cluster')
    const host = await openHost({ projectDir: redisProject(), redisUrls: [url] })
    await eventually(
      () => readiness(host.url),
      ({ http }) => http === 200,
    )
    await reachesRedis(host)
    const said = host.log.lines.filter(({ msg }) => String(msg).includes('node of a cluster'))
    expect(said).toMatchObject([
      { redis: url.slice('redis://'.length), msg: expect.stringContaining('redis+cluster://') },
    ])
  })

  it('is one from the beginning where the address says so', async () => {
    const [url = ''] = await redisUrls('cluster')
    const host = await openHost({ projectDir: redisProject(), redisUrls: [url.replace('redis:', 'redis+cluster:')] })
    await eventually(
      () => readiness(host.url),
      ({ http }) => http === 200,
    )
    await reachesRedis(host)
    expect(host.log.text).not.toContain('node of a cluster')
  })

  it('is found out by a user who may not ask what kind of Redis it is', async () => {
    const urls = await redisUrls('cluster')
    await onEach(urls, 'ACL', 'SETUSER', 'no-info', 'on', '>a-Secret', '~*', '+@all', '-info')
    const redisUrl = urls[0]!.replace('//', '//no-info:a-Secret@')
    const host = await openHost({ projectDir: redisProject(), redisUrls: [redisUrl] })
    await eventually(
      () => readiness(host.url),
      ({ http }) => http === 200,
    )
    await reachesRedis(host)
    expect(host.log.text).not.toContain('a-Secret')
  })

  it('is not ready for a user who may not run scripts there', async () => {
    const urls = await redisUrls('cluster')
    await onEach(urls, 'ACL', 'SETUSER', 'no-scripts', 'on', '>a-Secret', '~*', '+@all', '-@scripting')
    const redisUrl = urls[0]!.replace('//', '//no-scripts:a-Secret@')
    const host = await openHost({ projectDir: redisProject(), redisUrls: [redisUrl] })
    const found = await eventually(
      () => readiness(host.url),
      ({ detail }) => detail !== undefined,
    )
    expect(found).toMatchObject({ http: 503, detail: expect.stringContaining('may not run the scripts') })
  })

  it('has no database but 0: another number is its own sentence, and the host is not ready', async () => {
    const [url = ''] = await redisUrls('cluster')
    const host = await openHost({ projectDir: redisProject(), redisUrls: [`${url}/5`] })
    await expect
      .poll(() => readiness(host.url))
      .toMatchObject({
        http: 503,
        detail: expect.stringMatching(/^REDIS_URL names database 5, .* a cluster has database 0 alone$/),
      })
  })
})

describe('a cluster behind other addresses', () => {
  let cluster: RedisCluster
  const announced = (port: number) => `redis-${port}.invalid`

  beforeAll(async () => {
    cluster = await startCluster()
    for (const { port, url } of cluster.nodes) {
      await onEach([url], 'CONFIG', 'SET', 'cluster-announce-hostname', announced(port))
    }
    // Each node hears of the others' names.
    for (const node of cluster.nodes) {
      await eventually(
        () => node.ask('CLUSTER', 'NODES'),
        (list) => list.match(/\.invalid/g)?.length === cluster.nodes.length,
      )
    }
  })
  afterAll(async () => {
    await closeAll()
    await cluster.stop()
  })
  const prefer = (kind: string) => onEach(cluster.urls, 'CONFIG', 'SET', 'cluster-preferred-endpoint-type', kind)

  it('says which address it announces that cannot be reached, and is not ready', async () => {
    await prefer('hostname')
    const host = await openHost({ projectDir: redisProject(), redisUrls: cluster.urls.slice(0, 1) })
    const told = await eventually(
      () =>
        Promise.resolve(
          host.log.lines.find(({ node }) => String(node).endsWith('.invalid')) ??
            host.log.lines.find(({ node }) => String(node).includes('.invalid:')),
        ),
      (line) => line !== undefined,
    )
    expect(told).toMatchObject({
      level: 50,
      node: expect.stringMatching(/^redis-\d+\.invalid:\d+$/),
      msg: expect.stringMatching(/announces a node at redis-\d+\.invalid:\d+, which cannot be reached .*REDIS_NAT_MAP/),
    })
    expect((await readiness(host.url)).http).toBe(503)
  })

  it('is served whole when a map says where they are', async () => {
    await prefer('hostname')
    const entries = cluster.nodes.map(
      ({ port }) => [`${announced(port)}:${port}`, { host: '127.0.0.1', port }] as const,
    )
    const redisNatMap = Object.fromEntries(entries)
    const host = await openHost({ projectDir: redisProject(), redisUrls: cluster.urls.slice(0, 1), redisNatMap })
    await eventually(
      () => readiness(host.url),
      ({ http }) => http === 200,
    )
    await reachesRedis(host)
  })

  it('is served whole by the address that was given when its nodes announce none', async () => {
    await prefer('unknown-endpoint')
    const host = await openHost({ projectDir: redisProject(), redisUrls: cluster.urls.slice(0, 1) })
    await eventually(
      () => readiness(host.url),
      ({ http }) => http === 200,
    )
    await reachesRedis(host)
  })

  it('is served whole when its nodes are to announce a name and have none', async () => {
    for (const { url } of cluster.nodes) await onEach([url], 'CONFIG', 'SET', 'cluster-announce-hostname', '')
    await new Promise((resolve) => setTimeout(resolve, 2000))
    await prefer('hostname')
    const host = await openHost({ projectDir: redisProject(), redisUrls: cluster.urls.slice(0, 1) })
    await eventually(
      () => readiness(host.url),
      ({ http }) => http === 200,
    )
    await reachesRedis(host)
  })
})
