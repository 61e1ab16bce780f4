// A TCP proxy on loopback that holds back what passes through it.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import { pause } from '../../test/support/wait'

export type Proxy = Awaited<ReturnType<typeof startProxy>>

/** Each piece is passed on `delayMs` after it came, in either direction; the delay can be changed at any time. */
export async function startProxy(port: number) {
  const state = { delayMs: 0 }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('data', held(to, state))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delay(ms: number): void {
      state.delayMs = ms
    },
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Passes pieces on late, and in the order in which they came, also when the delay becomes shorter. */
function held(to: Socket, state: { delayMs: number }): (chunk: Buffer) => void {
  let before: Promise<unknown> = Promise.resolve()
  return (chunk) => {
    before = Promise.all([before, pause(state.delayMs)]).then(() => to.writable && to.write(chunk))
  }
}
