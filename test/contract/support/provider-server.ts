import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'

import { freePorts } from '../../support/redis-servers'

/** What a provider's server was asked. */
export interface Received {
  method: string
  /** path and query */
  url: string
  headers: IncomingHttpHeaders
  body: string
}

/** What it does with a request. */
export type Reply =
  | { status?: number; json: unknown }
  | { status?: number; text: string; type?: string }
  | 'hang'
  | 'reset'
  | 'half'

/** A provider's server on this machine: answers as it is told, and keeps what it was asked. */
export class ProviderServer {
  readonly received: Received[] = []
  /** Answers of the next requests, in order; then `always` is answered. */
  readonly next: Reply[] = []
  always: Reply | ((request: Received) => Reply) = 'reset'
  private readonly server = createServer((request, response) => void this.serve(request, response))

  static async open(port = 0): Promise<ProviderServer> {
    const one = new ProviderServer()
    await new Promise<void>((resolve) => one.server.listen(port, '127.0.0.1', resolve))
    return one
  }

  get port(): number {
    const address = this.server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  /** As it stands in config.json: by http, because it is on this machine. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get last(): Received {
    const last = this.received.at(-1)
    if (!last) throw new Error('the provider was asked nothing')
    return last
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { method = '', url = '', headers } = request
    const received = { method, url, headers, body }
    this.received.push(received)
    const reply = this.next.shift() ?? (typeof this.always === 'function' ? this.always(received) : this.always)
    if (reply === 'hang') return
    if (reply === 'reset') {
      request.socket.destroy()
    } else if (reply === 'half') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
      response.write('{"Code":"OK"')
      setTimeout(() => request.socket.destroy(), 20)
    } else if ('json' in reply) {
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(reply.json))
    } else {
      response.writeHead(reply.status ?? 200, { 'content-type': reply.type ?? 'text/html' }).end(reply.text)
    }
  }
}

/** A port on this machine that nothing listens on. */
export async function closedPort(): Promise<number> {
  const [port] = await freePorts(1)
  return port!
}
