import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseArguments } from '../../../host/arguments'
import { build } from '../../../scripts/build'
import { HostProcess } from '../../support/host'
import { closeAll, invoke, openHost, temporaryDirectory, writeProject } from '../support/host-project'

const MESSAGE = { mobile: '13800138000', code: '031337', scene: 'login' }

afterEach(closeAll)

/** A project whose cloud object hands its argument on, or says that it cannot. */
function projectThatSends(): string {
  return writeProject({
    'uniCloud/cloudfunctions/sms/package.json': { name: 'sms' },
    'uniCloud/cloudfunctions/sms/index.obj.js': `module.exports = {
      send(message) { uniCloud.developmentSms(message); return { errCode: 0 } },
      sendMany(messages) { messages.forEach(uniCloud.developmentSms); return { errCode: 0 } },
      can() { return { can: 'developmentSms' in uniCloud } },
    }`,
  })
}

async function openDevelopment() {
  const host = await openHost({ projectDir: projectThatSends(), isDevelopment: true, logLevel: 'trace' })
  return { ...host, send: (message: unknown) => invoke(host, 'sms', 'send', [message]) }
}

/** The page as asked for with these headers exactly; `fetch` would not send a Host of one's own. */
function page(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; head: object }> {
  return new Promise((resolve, reject) => {
    request(`${url}/development/sms`, { headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, head: response.headers }))
    })
      .on('error', reject)
      .end()
  })
}

describe('the page with the SMS codes', () => {
  it('shows what cloud code handed over, the newest first, to the person at this machine', async () => {
    const host = await openDevelopment()
    expect((await page(host.url)).text).toContain('还没有短信')
    await host.send(MESSAGE)
    await host.send({ ...MESSAGE, code: '424242', scene: 'register' })
    const { status, text, head } = await page(host.url)
    expect(status).toBe(200)
    expect(text).toContain('<html lang="zh-Hans">')
    expect(text.indexOf('424242')).toBeGreaterThan(0)
    expect(text.indexOf('424242')).toBeLessThan(text.indexOf('031337'))
    expect(text).toContain('13800138000')
    expect(head).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  it('is in English where the browser prefers that', async () => {
    const host = await openDevelopment()
    const { text } = await page(host.url, { 'accept-language': 'de,en-GB;q=0.9,zh;q=0.1' })
    expect(text).toContain('<html lang="en">')
    expect(text).toContain('No messages yet')
  })

  it('is JSON for a program that asks for it', async () => {
    const host = await openDevelopment()
    await host.send(MESSAGE)
    const { text } = await page(host.url, { accept: 'application/json' })
    expect(JSON.parse(text)).toEqual({ messages: [{ ...MESSAGE, atMs: expect.any(Number) }] })
  })

  it('runs nothing that a message brings along', async () => {
    const host = await openDevelopment()
    await host.send({ ...MESSAGE, scene: '<script>alert(1)</script>' })
    const { text } = await page(host.url)
    expect(text).not.toContain('<script')
    expect(text).toContain('&#60;script&#62;')
  })

  it.each<[string, Record<string, string>]>([
    ['comes under a foreign name (DNS rebinding)', { host: 'evil.example:3000' }],
    ['comes under a name that begins like this machine’s', { host: 'localhost.evil.example' }],
    ['comes under a name that begins like an address of this machine', { host: '127.0.0.1.evil.example:80' }],
    ['comes through a proxy that says so', { 'x-forwarded-for': '203.0.113.9' }],
    ['comes through a proxy that speaks the standard', { forwarded: 'for=203.0.113.9' }],
    ['comes through a proxy that names itself', { via: '1.1 proxy' }],
    ['comes through a proxy that gives the address only', { 'x-real-ip': '203.0.113.9' }],
    ['comes from another site', { 'sec-fetch-site': 'cross-site' }],
  ])('is not there for a request that %s', async (_, headers) => {
    const host = await openDevelopment()
    await host.send(MESSAGE)
    const { status, text } = await page(host.url, headers)
    expect(status).toBe(404)
    expect(text).not.toContain('031337')
    expect(text).toContain('There is nothing at this address')
  })

  it('is not there for a proxy that keeps silent about itself, as nginx does by default', async () => {
    const host = await openDevelopment()
    const { connect } = await import('node:net')
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
    socket.write('GET /development/sms HTTP/1.0\r\nHost: 127.0.0.1:3000\r\nConnection: close\r\n\r\n')
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    expect(answer).toMatch(/^HTTP\/1\.\d 404/)
  })

  it.each(['localhost:3000', '127.0.0.1', '[::1]:3000', 'LOCALHOST'])('is there under the name %s', async (name) => {
    expect((await page((await openDevelopment()).url, { host: name })).status).toBe(200)
  })

  it('keeps code and mobile out of every log line, also when the message is wrong', async () => {
    const host = await openDevelopment()
    await host.send(MESSAGE)
    await page(host.url)
    const wrong = { mobile: MESSAGE.mobile, code: { $ne: MESSAGE.code }, scene: 'login' }
    expect((await host.send(wrong)).body.data).toMatchObject({ errCode: 'uni-cloud-development-sms-param' })
    await host.log.saying('request')
    expect(host.log.text).not.toContain(MESSAGE.code)
    expect(host.log.text).not.toContain(MESSAGE.mobile)
  })

  it('forgets the oldest of very many', async () => {
    const host = await openDevelopment()
    const many = Array.from({ length: 1100 }, (_, at) => ({ ...MESSAGE, code: String(100_000 + at) }))
    for (let at = 0; at < many.length; at += 100) {
      // A request's body is bounded.
      const { status } = await invoke(host, 'sms', 'sendMany', [many.slice(at, at + 100)])
      expect(status).toBe(200)
    }
    const { messages } = JSON.parse((await page(host.url, { accept: 'application/json' })).text) as {
      messages: object[]
    }
    expect(messages).toHaveLength(1000)
  })
})

describe('a host that is not in development mode', () => {
  it('has neither the page nor uniCloud.developmentSms', async () => {
    const host = await openHost({ projectDir: projectThatSends() })
    expect((await invoke(host, 'sms', 'can')).body.data).toEqual({ can: false })
    expect((await page(host.url)).status).toBe(404)
  })
})

describe('development mode', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.com'])('does not start on HOST %s', async (host) => {
    await expect(openHost({ isDevelopment: true, host })).rejects.toThrow(
      `--dev shows SMS codes and is for this machine alone, but HOST is "${host}".`,
    )
  })

  it('does not start behind a proxy', async () => {
    await expect(openHost({ isDevelopment: true, trustedProxies: ['127.0.0.1'] })).rejects.toThrow(
      '--dev shows SMS codes and is for this machine alone, but TRUSTED_PROXIES is set.',
    )
  })
})

describe('the arguments of the host', () => {
  it.each<[string[], object]>([
    [[], { isDevelopment: false, workers: 1 }],
    [['--dev'], { isDevelopment: true, workers: 1 }],
    [['--workers', '4'], { isDevelopment: false, workers: 4 }],
    [['--workers=64'], { isDevelopment: false, workers: 64 }],
    [['--workers', '1', '--dev'], { isDevelopment: true, workers: 1 }],
  ])('%j are read', (given, read) => expect(parseArguments(given)).toEqual(read))

  it.each<[string[], string]>([
    [
      ['--help'],
      "The host takes --dev, --workers N, init and a folder, build and what `uni build` takes, site and what to do, or copy and from where to where: Unknown option '--help'",
    ],
    [
      ['4'],
      "The host takes --dev, --workers N, init and a folder, build and what `uni build` takes, site and what to do, or copy and from where to where: Unexpected argument '4'",
    ],
    [['--workers'], "Option '--workers <value>' argument missing"],
    [['--workers', '--dev'], "Option '--workers' argument is ambiguous"],
    [['--workers=0'], '--workers is "0", but it has to be'],
    [['--workers', '65'], '--workers is "65", but it has to be'],
    [['--workers', '2e1'], '--workers is "2e1", but it has to be'],
    [['--dev', '--workers', '2'], '--dev keeps its messages in one process'],
  ])('%j are refused in one sentence', (given, sentence) => {
    expect(() => parseArguments(given)).toThrow(sentence)
  })
})

describe('npm start', () => {
  beforeAll(() => build('host'))

  /** What the host says to the person who starts it, until it is ready or has ended. */
  async function start(environment: Record<string, string>, args: string[] = []): Promise<string> {
    const host = new HostProcess({
      program: 'scripts/start.mjs',
      args,
      env: {
        PROJECT_DIR: projectThatSends(),
        DATA_DIR: join(temporaryDirectory(), 'data'),
        LOG_LEVEL: 'silent',
        ...environment,
      },
    })
    await Promise.race([host.ended, host.saying(/Ready on/)])
    // Asked to end, it has said all that it had to.
    await host.stop()
    return host.words
  }

  it('is in development mode where nothing is set, and says where the codes are', async () => {
    expect(await start({})).toMatch(
      /^Development mode: SMS codes are shown on http:\/\/127\.0\.0\.1:\d+\/development\/sms$/m,
    )
  })

  it.each<[string, Record<string, string>]>([
    ['says where it listens', { HOST: '127.0.0.1' }],
    ['stands behind a proxy', { TRUSTED_PROXIES: '127.0.0.1' }],
    ['says that this is production', { NODE_ENV: 'production' }],
  ])('is not where a deployment %s', async (_, environment) => {
    const said = await start(environment)
    expect(said).toContain('Ready on')
    expect(said).not.toContain('Development mode')
  })

  it('refuses in one sentence what does not go together', async () => {
    expect(await start({ HOST: '0.0.0.0', CLIENT_SECRET: 'of-my-own' }, ['--dev'])).toBe(
      '--dev shows SMS codes and is for this machine alone, but HOST is "0.0.0.0".\n',
    )
    expect(await start({}, ['--dev', '--workers', '2'])).toMatch(/^--dev keeps its messages in one process.*\n$/)
    expect(await start({}, ['--devel'])).toMatch(
      /^The host takes --dev, --workers N, init and a folder, build and what `uni build` takes, site and what to do, or copy and from where to where: Unknown option '--devel'.*\n$/,
    )
  })
})
