import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { makeProject } from '../../support/project'
import { storedCaptchas } from '../support/answers'
import type { OpenedHost } from '../support/host-project'
import { closeAll, openHost, temporaryDirectory } from '../support/host-project'
import { newSecret } from '../support/sites'

interface Example {
  name: string
  command: string
  args: string[]
  /** Asks once more, with the same key, where a reply is lost. */
  triesAgain?: boolean
  /** Leaves waiting for a slow client to the web server before it. */
  isBehindServer?: boolean
}

const { secret, hash } = newSecret()
const SITE = { secrets: [hash], hosts: ['localhost'], scenes: ['login', 'pay'] }
const ORIGIN = 'http://localhost:8080'
const IS_EXAMPLES_CHECK = process.env['npm_lifecycle_event'] === 'examples:check'
const COMPILED = ['java', 'go']
const EXAMPLES: Example[] = [
  { name: 'Node', command: process.execPath, args: ['examples/backends/node.mjs'], triesAgain: true },
  ...['Express', 'Fastify', 'NestJS', 'Koa', 'Hono'].map((name) => ({
    name,
    command: process.execPath,
    args: ['--import', './scripts/typescript.mjs', `examples/backends/${name.toLowerCase()}.ts`],
    triesAgain: true,
  })),
  { name: 'Python', command: 'python3', args: ['examples/backends/python.py'], triesAgain: true },
  {
    name: 'PHP',
    command: 'php',
    args: ['-S', '127.0.0.1:0', 'examples/backends/login.php'],
    triesAgain: true,
    isBehindServer: true,
  },
  { name: 'Go', command: 'go', args: ['run', 'examples/backends/login.go'] },
  { name: 'Java', command: 'java', args: ['examples/backends/Login.java'] },
]

let host: OpenedHost
let between: Server
const started: ChildProcess[] = []
/** Where each example listens. */
const urls = new Map<Example, string>()

beforeAll(async () => {
  const projectDir = makeProject(temporaryDirectory(), { config: { 'uni-captcha': { sites: { shop: SITE } } } })
  host = await openHost({ projectDir })
  between = createServer((request, response) => void relay(request, response)).listen(0, '127.0.0.1')
  await once(between, 'listening')
})
afterAll(async () => {
  // The whole group: `go run` and PHP's workers have processes of their own.
  for (const { pid, exitCode } of started) if (pid && exitCode === null) process.kill(-pid, 'SIGKILL')
  between.close()
  between.closeAllConnections()
  await closeAll()
})

/** What a siteverify answers that goes wrong; the token of a form says which. */
const WRONG: Record<string, [status: number, body: string]> = {
  nonsense: [200, '<h1>It works!</h1>'],
  'another-type': [200, '{"success":"true","action":"login"}'],
  'a-list': [200, '[true]'],
  'another-action': [200, '{"success":true,"action":"pay"}'],
  'internal-error': [503, '{"success":false,"error-codes":["internal-error"]}'],
}
/** Tokens whose first verdict is lost on its way to the back end. */
const lost = new Set<string>()

/** Between the examples and the host, as a network that fails. */
async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  const token = new URLSearchParams(body).get('response') ?? ''
  if (token === 'silence') return
  const wrong = WRONG[token]
  if (wrong) {
    response.writeHead(wrong[0]).end(wrong[1])
    return
  }
  const headers = { 'content-type': request.headers['content-type']! }
  const verdict = await fetch(`${host.url}/siteverify`, { method: 'POST', headers, body })
  const text = await verdict.text()
  if (lost.delete(token)) response.destroy()
  else response.writeHead(verdict.status).end(text)
}

async function post(path: string, fields: Record<string, string>): Promise<Record<string, string>> {
  const body = new URLSearchParams(fields)
  const response = await fetch(host.url + path, { method: 'POST', headers: { origin: ORIGIN }, body })
  return (await response.json()) as Record<string, string>
}

async function newToken(scene = 'login'): Promise<string> {
  const { id = '' } = await post('/challenge', { sitekey: 'shop', scene })
  const answer = storedCaptchas(host.dataDir, scene).find(({ state }) => state === 0)!.code
  return (await post('/answer', { id, answer }))['token']!
}

/** Starts an example; answers where it listens. */
async function start({ command, args }: Example): Promise<string> {
  const { PATH, HOME } = process.env
  const siteverify = `http://127.0.0.1:${(between.address() as AddressInfo).port}/siteverify`
  const env = { PATH, HOME, SITEVERIFY_URL: siteverify, SITE_SECRET: secret, PORT: '0', PHP_CLI_SERVER_WORKERS: '4' }
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  started.push(child)
  let said = ''
  return new Promise((resolve, reject) => {
    // PHP says where it listens among its errors.
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        const url = /http:\/\/[\d.]+:\d+/.exec(said)
        if (url) resolve(`${url[0]}/login`)
      })
    }
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${said}`)))
  })
}

async function send(url: string, token: string): Promise<number> {
  const body = new URLSearchParams({ user: 'tom', 'uni-captcha-response': token })
  // A connection of its own: one that is kept may be closed by the example at the moment of the next form.
  return (await fetch(url, { method: 'POST', headers: { connection: 'close' }, body })).status
}

/** Begins a form and says no more. */
async function beginForm(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).on('error', () => {})
  await once(socket, 'connect')
  const head = ['POST /login HTTP/1.1', 'host: localhost', 'content-length: 1000']
  socket.write(
    `${head.join('\r\n')}\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\nuser=tom&uni-captcha-response=`,
  )
  // The server has begun to read the body.
  await new Promise((resolve) => setTimeout(resolve, 50))
  return socket
}

/** `npm run examples:check` leaves none out: there, a missing program is a failure. */
function findReasonToSkip(command: string): string {
  if (IS_EXAMPLES_CHECK) return ''
  if (COMPILED.includes(command)) return ' (skipped: its compiler takes seconds, npm run examples:check runs it)'
  return spawnSync(command, ['--version']).status === 0 ? '' : ` (skipped: ${command} is not installed)`
}

describe.each(EXAMPLES.map((example) => [example.name, example] as const))('the example for %s', (_, example) => {
  const reason = findReasonToSkip(example.command)
  const may = it.skipIf(reason !== '')
  let url: string
  beforeAll(async () => {
    if (reason !== '') return
    url = await start(example)
    urls.set(example, url)
  })

  may(`lets a form through once with its token, and refuses any other${reason}`, async () => {
    const token = await newToken()
    expect(await send(url, '')).toBe(403)
    expect(await send(url, token)).toBe(200)
    expect(await send(url, token)).toBe(403)
    expect(await send(url, await newToken('pay'))).toBe(403)
    expect(await send(url, `${await newToken()}&success=true`)).toBe(403)
  })

  may(`refuses a form for which siteverify gives no verdict that can be read${reason}`, async () => {
    for (const token of Object.keys(WRONG)) expect(await send(url, token), token).toBe(403)
  })

  if (example.triesAgain) {
    may(`lets a form through whose verdict was lost on its way${reason}`, async () => {
      const token = await newToken()
      lost.add(token)
      expect(await send(url, token)).toBe(200)
      expect(lost).toEqual(new Set())
      expect(await send(url, token)).toBe(403)
    })
  }

  may(`goes on beside clients that stay silent, leave or send too much${reason}`, async () => {
    const silent = await beginForm(url)
    const left = await beginForm(url)
    left.resetAndDestroy()
    expect(await send(url, await newToken())).toBe(200)
    silent.destroy()
    expect(await send(url, 'x'.repeat(20_000))).toBe(413)
    expect(await send(url, '')).toBe(403)
  })
})

it('no example is longer than 40 lines', () => {
  const lengths = readdirSync('examples/backends').map((name) => [
    name,
    readFileSync(`examples/backends/${name}`, 'utf8').trimEnd().split('\n').length,
  ])
  expect(lengths).toHaveLength(EXAMPLES.length + 1)
  expect(lengths.filter(([, length]) => Number(length) > 40)).toEqual([])
})

/** What `ask` says of each example that runs, by name. */
async function askAll<Said>(ask: (url: string) => Promise<Said>): Promise<Record<string, Said>> {
  const asked = [...urls].map(async ([{ name }, url]) => [name, await ask(url)] as const)
  return Object.fromEntries(await Promise.all(asked))
}

it('every example refuses a form while siteverify stays silent', async () => {
  const refused = Object.fromEntries([...urls.keys()].map(({ name }) => [name, 403]))
  expect(Object.keys(refused)).toContain('Node')
  expect(await askAll((url) => send(url, 'silence'))).toEqual(refused)
})

it.skipIf(!IS_EXAMPLES_CHECK)(
  `every example hangs up on a client that stays silent in its form${IS_EXAMPLES_CHECK ? '' : ' (skipped: takes half a minute, npm run examples:check runs it)'}`,
  async () => {
    const own = [...urls].filter(([{ isBehindServer }]) => !isBehindServer)
    const socketsClose = own.map(async ([, url]) => once((await beginForm(url)).resume(), 'close'))
    expect(await Promise.all(socketsClose)).toHaveLength(EXAMPLES.length - 1)
  },
)
