import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface RedisProxy {
  url: string
  /** Cuts the connection in place of the next reply to a command with this word in it; the command itself arrives. */
  loseReplyTo(word: string): void
  /** How often a command with this word went through. */
  seen(word: string): number
  /** New connections lead there; those that there are stay where they lead. */
  leadTo(port: number): void
  close(): Promise<void>
}

/** A network between client and server that can lose replies; `reword` changes what it brings back. */
export async function openRedisProxy(port: number, reword?: (replies: string) => string): Promise<RedisProxy> {
  const sockets = new Set<Socket>()
  const commands: string[] = []
  let lost: string | undefined
  let target = port
  const proxy = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    let isCutNext = false
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => [near, far].forEach((one) => one.destroy()))
    }
    near.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      commands.push(text)
      if (lost !== undefined && text.includes(lost)) {
        isCutNext = true
        lost = undefined
      }
      far.write(chunk)
    })
    const reworded = (chunk: Buffer) => (reword ? Buffer.from(reword(chunk.toString('latin1')), 'latin1') : chunk)
    far.on('data', (chunk) => (isCutNext ? near.destroy() : near.write(reworded(chunk))))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    loseReplyTo: (word) => (lost = word),
    seen: (word) => commands.filter((text) => text.includes(word)).length,
    leadTo: (other) => (target = other),
    async close() {
      sockets.forEach((socket) => socket.destroy())
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
