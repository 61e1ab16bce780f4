import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeAll, invoke, openHost, type OpenedHost } from '../support/host-project'

let host: OpenedHost
let server: Server
let url: string

beforeAll(async () => {
  host = await openHost()
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const type = request.headers['content-type'] ?? null
    response.writeHead(request.url === '/missing' ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ method: request.method, path: request.url, type, body }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
afterAll(async () => {
  await closeAll()
  await new Promise((resolve) => server.close(resolve))
})

describe('a cloud function that asks another server', () => {
  it('gets status, headers and parsed data from uniCloud.httpclient', async () => {
    const options = { method: 'POST', data: { a: 1 }, contentType: 'json', dataType: 'json' }
    const { body } = await invoke(host, 'fetcher', 'client', [`${url}/path`, options])
    const data = { method: 'POST', path: '/path', type: expect.stringContaining('json'), body: '{"a":1}' }
    expect(body.data).toMatchObject({ status: 200, data })
  })

  it("sends a GET's data as its query", async () => {
    const { body } = await invoke(host, 'fetcher', 'client', [url, { data: { a: 1, b: '码' }, dataType: 'json' }])
    expect(body.data).toMatchObject({ data: { method: 'GET', path: '/?a=1&b=%E7%A0%81' } })
  })

  it('gets statusCode and parsed data from uniCloud.request, errors of the server too', async () => {
    const sent = await invoke(host, 'fetcher', 'request', [{ url, method: 'POST', data: { a: 1 } }])
    expect(sent.body.data).toMatchObject({ statusCode: 200, data: { method: 'POST', body: '{"a":1}' } })
    const missing = await invoke(host, 'fetcher', 'request', [{ url: `${url}/missing` }])
    expect(missing.body.data).toMatchObject({ statusCode: 404, data: { path: '/missing' } })
  })

  it('fails like any error when no server answers', async () => {
    const answer = await invoke(host, 'fetcher', 'request', [{ url: 'http://127.0.0.1:1/' }])
    expect(answer).toMatchObject({ status: 500, body: { error: { code: 'InternalError' } } })
  })
})
