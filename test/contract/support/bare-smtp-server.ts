import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

const EHLO = '250-bare\r\n250 STARTTLS'
const ANSWERS: [start: RegExp, answer: string][] = [
  [/^EHLO /, EHLO],
  [/^STARTTLS$/, '220 go ahead'],
  [/^(MAIL FROM|RCPT TO):/, '250 ok'],
  [/^DATA$/, '354 go ahead'],
  [/^\.$/, '250 queued'],
]

/** The first bytes of a TLS handshake. */
const HANDSHAKE = 0x16

/**
 * A mail server on 127.0.0.1 that behaves badly: it never closes its half of a connection, says nothing to a line that
 * begins with `silentAt`, knows no TLS, and leaves a handshake without an answer, or with `dropsHandshakes` closes there.
 */
export async function openBareServer(options: { silentAt?: string; isTls?: boolean; dropsHandshakes?: boolean }) {
  let connections = 0
  let handshakes = 0
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections += 1
    sockets.push(socket)
    socket.on('error', () => {})
    if (!options.isTls) socket.write('220 bare\r\n')
    socket.on('data', (chunk) => {
      if (chunk[0] === HANDSHAKE) {
        handshakes += 1
        if (options.dropsHandshakes) socket.destroy()
        return
      }
      for (const line of chunk.toString('latin1').split('\r\n')) {
        const answer = ANSWERS.find(([start]) => start.test(line))?.[1]
        const isSilent = options.silentAt !== undefined && line.startsWith(options.silentAt)
        if (answer !== undefined && !isSilent) socket.write(`${answer}\r\n`)
      }
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    handshakes: () => handshakes,
    /** whether the other side of every connection is gone altogether: then what is written there comes back as an error */
    async areAllReset(): Promise<boolean> {
      for (let i = 0; i < 50 && sockets.some(({ destroyed }) => !destroyed); i++) {
        for (const socket of sockets) if (!socket.destroyed) socket.write('250 still here\r\n')
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      return sockets.every(({ destroyed }) => destroyed)
    },
    close(): void {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
