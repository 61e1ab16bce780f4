import type { Cluster, Redis } from 'ioredis'
import type { Socket } from 'node:net'

/**
 * Hands what one turn of the event loop sends to the system in one call, not each command in its own: under load that is
 * the dear part of a command. Nothing waits longer for it than the code that is running anyway.
 */
export function corkWrites(client: Redis | Cluster): void {
  if ('nodes' in client) client.on('+node', gather)
  else gather(client)
}

function gather(server: Redis): void {
  server.on('connect', () => {
    const socket = (server as unknown as { stream: Socket }).stream
    const write = socket.write
    let isCorked = false
    const uncork = () => {
      isCorked = false
      socket.uncork()
    }
    socket.write = function (this: Socket, ...args: Parameters<Socket['write']>) {
      if (!isCorked) {
        isCorked = true
        socket.cork()
        process.nextTick(uncork)
      }
      return write.apply(this, args)
    } as Socket['write']
  })
}
