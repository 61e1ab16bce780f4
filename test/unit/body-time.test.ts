import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import fastify from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { limitBodyTime } from '../../host/http/body-time'

const app = fastify({ return503OnClosing: false })
const sockets: Socket[] = []
let port = 0

beforeAll(async () => {
  limitBodyTime(app, { requestMs: 50, streamedMs: 600_000 })
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.post('/call', { config: {} }, async ({ raw }) => {
    let length = 0
    for await (const chunk of raw) length += (chunk as Buffer).length
    return { length }
  })
  app.post('/refused', async (_request, reply) => reply.code(403).send({}))
  app.post('/file', { config: { streamedBytes: 1 } }, async ({ raw }) => text(raw))
  app.post('/refused-file', { config: { streamedBytes: 1 } }, async (_request, reply) => reply.code(403).send({}))
  port = Number(new URL(await app.listen({ port: 0 })).port)
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await app.close()
})

/** A connection with a part of a head. */
function beginHead(): { closed: Promise<string>; socket: Socket } {
  return open('POST /file HTTP/1.1\r\nhost: a\r\n')
}

/** A request whose body does not end; resolves with what was said when the connection is closed. */
function begin(head: string): { closed: Promise<string>; socket: Socket } {
  return open(`${head}\r\nhost: a\r\ncontent-type: a/b\r\n\r\n${head.includes('chunked') ? '1\r\nx\r\n' : 'x'}`)
}

function open(sent: string): { closed: Promise<string>; socket: Socket } {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let said = ''
  socket.setEncoding('utf8').on('data', (chunk) => (said += String(chunk)))
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(said)))
  socket.write(sent)
  return { closed, socket }
}

it.each([
  ['with a length', 'POST /call HTTP/1.1\r\ncontent-length: 9'],
  ['without a length', 'POST /call HTTP/1.1\r\ntransfer-encoding: chunked'],
  ['of a GET', 'GET /call HTTP/1.1\r\ncontent-length: 9'],
  ['to nowhere', 'POST /nowhere HTTP/1.1\r\ncontent-length: 9'],
])('a body %s that does not end is given up in its time', async (_what, head) => {
  expect(await begin(head).closed).toContain('HTTP/1.1 408 ')
})

it.each(['/refused', '/refused-file'])(
  'a body that %s answers early is waited for no longer than others',
  async (path) => {
    expect(await begin(`POST ${path} HTTP/1.1\r\ncontent-length: 9`).closed).toContain('HTTP/1.1 403 ')
  },
)

it('a file has longer, and a body that came in time is not given up afterwards', async () => {
  const file = begin('POST /file HTTP/1.1\r\ncontent-length: 9')
  const { socket, closed } = begin('POST /call HTTP/1.1\r\ncontent-length: 1')
  await begin('POST /call HTTP/1.1\r\ncontent-length: 9').closed
  expect([file.socket.destroyed, socket.destroyed]).toEqual([false, false])
  socket.end()
  expect(await closed).toContain('{"length":1}')
  expect(await closed).not.toContain('408')
})

it('a file that is still coming when the server closes does not hold it up for longer than other bodies', async () => {
  const { closed } = begin('POST /file HTTP/1.1\r\ncontent-length: 9')
  const later = beginHead()
  await begin('POST /call HTTP/1.1\r\ncontent-length: 9').closed
  const end = app.close()
  await closed
  // It begins when the server is closing.
  later.socket.write('content-type: a/b\r\ncontent-length: 9\r\n\r\nx')
  await end
  expect(await closed).toContain('HTTP/1.1 408 ')
  expect(await later.closed).toContain('HTTP/1.1 408 ')
})
