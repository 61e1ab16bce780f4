// A TCP proxy on loopback that holds back what passes through it.
import { connect, createServer } from 'node:net'

import { pause } from './host.mjs'

/** Each piece is passed on `delayMs` after it came, in either direction; the delay can be changed at any time. */
export async function startProxy(port) {
  const state = { delayMs: 0 }
  const sockets = new Set()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
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
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `redis://127.0.0.1:${server.address().port}`,
    delay: (ms) => (state.delayMs = ms),
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Passes pieces on late, and in the order in which they came, also when the delay becomes shorter. */
function held(to, state) {
  let before = Promise.resolve()
  return (chunk) => {
    before = Promise.all([before, pause(state.delayMs)]).then(() => to.writable && to.write(chunk))
  }
}
