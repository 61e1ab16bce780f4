import type { FastifyInstance } from 'fastify'
import type { Socket } from 'node:net'

export interface BodyTimes {
  /** Until the body of a request has to be there. */
  requestMs: number
  /** The same for one that goes to the disk as it comes, until it is answered or the server closes. */
  streamedMs: number
}

const TOO_SLOW = 'HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'

/** Gives up requests whose body is not there in time; has to be the first hook. Heads have the server's own time. */
export function limitBodyTime(app: FastifyInstance, { requestMs, streamedMs }: BodyTimes): void {
  const streamed = new Set<() => void>()
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
    for (const shorten of streamed) shorten()
  })
  app.addHook('onRequest', async ({ raw, routeOptions }, reply) => {
    const { headers, socket } = raw
    if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return
    const isStreamed = routeOptions.config?.streamedBytes !== undefined
    const give = (ms: number) => setTimeout(() => giveUp(socket), ms).unref()
    let timer = give(isStreamed && !isClosing ? streamedMs : requestMs)
    const shorten = () => {
      clearTimeout(timer)
      timer = give(requestMs)
    }
    if (isStreamed) {
      streamed.add(shorten)
      reply.raw.once('finish', shorten)
    }
    const end = () => {
      clearTimeout(timer)
      streamed.delete(shorten)
      reply.raw.off('finish', shorten)
    }
    // The end comes for a body that no one reads as well: Node reads it after the answer.
    raw.once('end', end).once('close', end)
  })
}

export function giveUp(socket: Socket): void {
  socket.write(TOO_SLOW)
  socket.destroySoon()
}
