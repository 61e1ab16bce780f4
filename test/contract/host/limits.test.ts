import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { closeAll, craft, invoke, openHost, type OpenedHost } from '../support/host-project'

const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await closeAll()
})

/** A connection that says `text`, and how it goes on. */
interface Line {
  socket: Socket
  said: () => string
  isOpen: () => boolean
}

function open(host: OpenedHost, text = ''): Promise<Line> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
    let said = ''
    let isOpen = true
    sockets.push(socket)
    socket.setEncoding('utf8').on('data', (chunk) => (said += String(chunk)))
    socket.on('error', () => {}).on('close', () => (isOpen = false))
    socket.on('connect', () => socket.write(text, () => resolve({ socket, said: () => said, isOpen: () => isOpen })))
  })
}

async function openMany(host: OpenedHost, count: number, text = ''): Promise<Line[]> {
  const lines: Line[] = []
  for (let i = 0; i < count; i++) lines.push(await open(host, text))
  return lines
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function eventually(check: () => void): Promise<void> {
  for (let turn = 0; ; turn++) {
    try {
      return check()
    } catch (error) {
      if (turn > 1000) throw error
      await pause(20)
    }
  }
}

const head = (bytes: number | 'chunked', path = '/unicloud/client', forwardedFor = '') =>
  [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    'content-type: application/json',
    bytes === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${bytes}`,
    ...(forwardedFor === '' ? [] : [`x-forwarded-for: ${forwardedFor}`]),
    '\r\n',
  ].join('\r\n')

const countOpen = (lines: Line[]) => lines.filter((line) => line.isOpen()).length

describe('bodies that begin and do not end', () => {
  // A body of 64 kB each: an address may have one sixteenth of 4 MB, four of them.
  const settings = { receivingLimitBytes: 4 * 1024 * 1024, floodLimitPerMinute: 0 }

  it.each([
    ['with a length', head(65_536) + '{"method":"'],
    ['without a length', head('chunked') + '5\r\n{"a":\r\n'],
    ['by URL access', head(65_536, '/http/pages/request') + '{"method":"'],
    ['to nowhere', head(65_536, '/nowhere') + '{"method":"'],
  ])('%s are given up, the oldest first, beyond what one address may hold', async (_what, text) => {
    const host = await openHost(settings)
    const lines = await openMany(host, 20, text)
    await eventually(() => expect(countOpen(lines)).toBe(4))
    expect(lines.slice(-4).every((line) => line.isOpen())).toBe(true)
    expect(lines[0]?.said()).toMatch(/^HTTP\/1\.1 408 /)
    expect(await invoke(host, 'echo', 'text')).toMatchObject({ status: 200, body: { data: 'plain text' } })
  })

  it('are given up where one holds most, once all together are too much; others are answered', async () => {
    const host = await openHost({ ...settings, receivingLimitBytes: 1024 * 1024, trustedProxies: ['127.0.0.1'] })
    const from = (address: string) => open(host, head(60_000, '/unicloud/client', address) + '{')
    const patient = await open(host, head(2000, '/unicloud/client', '198.51.100.1') + '{')
    const lines: Line[] = []
    for (let i = 0; i < 40; i++) lines.push(await from(`203.0.113.${i}`))
    await eventually(() => expect(countOpen(lines)).toBe(17))
    expect(patient.isOpen()).toBe(true)
    expect((await invoke(host, 'echo', 'text')).status).toBe(200)
  })

  it('count no longer once they have ended', async () => {
    const host = await openHost(settings)
    const params = JSON.stringify({
      functionTarget: 'echo',
      functionArgs: { method: 'same', params: ['x'.repeat(60_000)] },
    })
    const unfinished = await openMany(host, 1, head(65_536) + '{')
    for (let turn = 0; turn < 30; turn++) expect((await craft(host, { body: { params } })).status).toBe(200)
    expect(countOpen(unfinished)).toBe(1)
  })
})

describe('connections', () => {
  it('of one address beyond its bound are closed, and one that ends frees a place', async () => {
    const host = await openHost({ maxConnectionsPerAddress: 5 })
    const lines = await openMany(host, 12)
    await eventually(() => expect(countOpen(lines)).toBe(5))
    lines[0]?.socket.destroy()
    // The host may not have heard of it yet, and close the first of these.
    const isAnswered = async () => {
      const [next] = await openMany(host, 1, 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
      await eventually(() => expect(next!.said() !== '' || !next!.isOpen()).toBe(true))
      return next!.said().includes('200 OK')
    }
    await expect.poll(isAnswered).toBe(true)
  })

  it('of a trusted proxy are bounded in total only', async () => {
    const host = await openHost({ maxConnectionsPerAddress: 5, maxConnections: 20, trustedProxies: ['127.0.0.1'] })
    const lines = await openMany(host, 30)
    await eventually(() => expect(countOpen(lines)).toBe(20))
  })

  it('that lie idle are let go when there are nearly too many, and newcomers are answered', async () => {
    const host = await openHost({ maxConnections: 20 })
    const ask = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n'
    for (let i = 0; i < 30; i++) {
      const line = await open(host, ask)
      await eventually(() => expect(line.said()).toContain('200 OK'))
    }
  })
})

describe('a request that is large in some way', () => {
  const call = (functionArgs: object) => JSON.stringify({ functionTarget: 'echo', functionArgs })

  it('is refused with what is too much, by the number', async () => {
    const host = await openHost()
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]))
    const echo = (value: unknown) => ({ body: { params: call({ method: 'same', params: [value] }) } })
    const refused = [
      [{ body: { params: 'x'.repeat(65_536) } }, 413, 'InvalidBody.TooLarge', '65536 bytes'],
      [{ body: keys(33) }, 400, 'InvalidBody.Format', '32 values'],
      [
        { body: { params: call({ method: 'info', clientInfo: keys(101) }) } },
        400,
        'InvalidClientInfo.Format',
        '100 keys',
      ],
      [
        {
          body: { params: call({ method: 'info' }) },
          headers: { 'x-client-info': encodeURIComponent(JSON.stringify(keys(101))) },
        },
        400,
        'InvalidClientInfo.Format',
        '100 keys',
      ],
      [echo(Array.from({ length: 4097 }, () => 1)), 400, 'InvalidParams.Format', '4096 values'],
      [
        { body: {}, headers: Object.fromEntries(Object.keys(keys(128)).map((key) => [key, '1'])) },
        431,
        'InvalidHeaders.TooMany',
        '128',
      ],
    ] as const
    for (const [crafted, status, code, message] of refused) {
      const answer = await craft(host, crafted)
      expect({ status: answer.status, code: answer.body.error?.code }).toEqual({ status, code })
      expect(answer.body.error?.message).toContain(message)
    }
    expect(await craft(host, { body: { params: call({ method: 'info', clientInfo: keys(100) }) } })).toMatchObject({
      status: 200,
    })
    expect((await craft(host, echo(Array.from({ length: 4000 }, () => 1)))).status).toBe(200)
  })

  it('is answered where BODY_LIMIT_BYTES lets it in', async () => {
    const host = await openHost({ bodyLimitBytes: 1024 * 1024 })
    const params = call({ method: 'same', params: ['x'.repeat(500_000)] })
    expect((await craft(host, { body: { params } })).status).toBe(200)
  })

  it.each([
    ['an address of 8,193 characters', `/${'a'.repeat(8192)}`, 414, 'InvalidUrl.TooLong'],
    ['a query of 101 keys', `/http/pages/object?${'a&'.repeat(100)}`, 400, 'InvalidParams.Format'],
    ['a query of 101 keys at the metrics', `/metrics?${'a&'.repeat(100)}`, 400, 'InvalidParams.Format'],
  ])('is refused for %s', async (_what, path, status, code) => {
    const host = await openHost()
    const response = await fetch(`${host.url}${path}`)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ success: false, error: { code } })
  })

  it('has its signature checked before its params are read', async () => {
    const host = await openHost()
    const answer = await craft(host, { body: { params: '{"not":' }, secret: 'guess' })
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'SignatureNotMatch' } } })
  })

  it('that signs in to the administration is bounded by what a token needs', async () => {
    const { openAdminHost } = await import('../support/admin-client')
    const host = await openAdminHost({})
    const response = await fetch(`${host.url}/admin/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: host.url },
      body: JSON.stringify({ token: 'x'.repeat(5000), name: '' }),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining('bounded size') } })
  })
})
