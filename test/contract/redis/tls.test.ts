import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { settingsFromEnvironment } from '../../../host/settings'
import { freePorts, startRedis } from '../../support/redis-servers'
import type { RedisServer } from '../../support/redis-servers'
import { makeCertificates } from '../support/certificates'
import { closeAll, openHost, temporaryDirectory } from '../support/host-project'
import { redisProject, shopper } from '../support/redis-project'
import { eventually, readiness } from '../support/redis-servers'

let ca: string
let options: Record<string, string | number>
const started: RedisServer[] = []

beforeAll(() => {
  const files = makeCertificates(temporaryDirectory(), 'IP:127.0.0.1')
  ca = files.ca
  options = {
    'tls-cert-file': files.cert,
    'tls-key-file': files.key,
    'tls-ca-cert-file': files.ca,
    'tls-auth-clients': 'no',
  }
})
afterAll(async () => {
  await closeAll()
  for (const server of started) await server.kill()
})

async function startTls(further: Record<string, string | number> = {}): Promise<string> {
  const [tlsPort, busPort] = await freePorts(2)
  const cluster: Record<string, number> = further['cluster-enabled'] ? { 'cluster-port': busPort!, databases: 1 } : {}
  const server = await startRedis({ options: { ...options, 'tls-port': tlsPort!, ...cluster, ...further } })
  started.push(server)
  if (further['cluster-enabled']) await server.ask('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  return `rediss://127.0.0.1:${tlsPort}`
}

/** A handshake takes its time on a busy machine. */
async function ready(url: string): Promise<void> {
  await eventually(
    () => readiness(url),
    ({ http }) => http === 200,
  )
}

it('a Redis whose certificate is by an authority of our own is used when REDIS_TLS_CA names it', async () => {
  const REDIS_URL = await startTls()
  const { redisUrls, redisTlsCa } = settingsFromEnvironment({ REDIS_URL, REDIS_TLS_CA: ca }, '/srv/app')
  expect(redisTlsCa).toBe(readFileSync(ca, 'utf8'))
  const host = await openHost({ projectDir: redisProject(), redisUrls, redisTlsCa })
  await ready(host.url)
  expect(await shopper(host.url, 'phone').picture()).toMatchObject({ errCode: 0 })
})

it('without it the certificate is not believed, and the log says so', async () => {
  const host = await openHost({ projectDir: redisProject(), redisUrls: [await startTls()] })
  await expect.poll(() => readiness(host.url)).toEqual({ http: 503, status: 'redis unavailable' })
  const errors = () => Promise.resolve(host.log.lines.filter(({ level }) => level === 50))
  expect(await eventually(errors, ({ length }) => length > 0)).toMatchObject([
    { problem: 'unreachable', reason: 'SELF_SIGNED_CERT_IN_CHAIN' },
  ])
})

it('so is a cluster of one node, which knows no address of its own', async () => {
  const redisUrls = [await startTls({ 'cluster-enabled': 'yes', 'tls-cluster': 'yes' })]
  const host = await openHost({ projectDir: redisProject(), redisUrls, redisTlsCa: readFileSync(ca, 'utf8') })
  await ready(host.url)
  expect(await shopper(host.url, 'phone').picture()).toMatchObject({ errCode: 0 })
})
