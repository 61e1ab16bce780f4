import { connect, createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'

import { afterAll, expect, it } from 'vitest'

import { openPostgres } from '../../../host/database'
import { postgresUrl } from '../../fixtures/database/open'

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

/** Passes connections from ::1 on to the server, which listens on IPv4 alone; answers the port. */
async function forward(port: number): Promise<number> {
  const server = createServer((incoming) => {
    const outgoing = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const)
      from.pipe(to).on('error', () => from.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

it.skipIf(!hasIpv6)('a server with an IPv6 address is found by it (skipped where the machine has no ::1)', async () => {
  const url = new URL(await postgresUrl())
  const address = url.href.replace(url.host, `[::1]:${await forward(Number(url.port))}`)
  const database = await openPostgres({ url: address, maxConnections: 1 })
  closing.push(() => database.close())
  await database.api.collection('sixes').add({ _id: 'one' })
  expect((await database.api.collection('sixes').count()).total).toBe(1)
})
