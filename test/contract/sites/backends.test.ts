import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { makeProject } from '../../support/project'
import { storedCaptchas } from '../support/answers'
import type { OpenedHost } from '../support/host-project'
import { closeAll, openHost, temporaryDirectory } from '../support/host-project'
import { newSecret } from '../support/sites'

const { secret, hash } = newSecret()
const SITE = { secrets: [hash], hosts: ['localhost'], scenes: ['login', 'pay'] }
const ORIGIN = 'http://localhost:8080'
const EXAMPLES: [string, string, string[]][] = [
  ['Node', process.execPath, ['examples/backends/node.mjs']],
  ['Python', 'python3', ['examples/backends/python.py']],
  ['Java', 'java', ['examples/backends/Login.java']],
]

let host: OpenedHost
const started: ChildProcess[] = []

beforeAll(async () => {
  const projectDir = makeProject(temporaryDirectory(), { config: { 'uni-captcha': { sites: { shop: SITE } } } })
  host = await openHost({ projectDir })
})
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL')
  await closeAll()
})

async function post(path: string, fields: Record<string, string>): Promise<Record<string, string>> {
  const body = new URLSearchParams(fields)
  const response = await fetch(host.url + path, { method: 'POST', headers: { origin: ORIGIN }, body })
  return (await response.json()) as Record<string, string>
}

async function newToken(scene: string): Promise<string> {
  const { id = '' } = await post('/challenge', { sitekey: 'shop', scene })
  const answer = storedCaptchas(host.dataDir, scene).find(({ state }) => state === 0)!.code
  return (await post('/answer', { id, answer }))['token']!
}

/** Starts an example; answers where it listens. */
async function start(command: string, args: string[]): Promise<string> {
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, SITEVERIFY_URL: `${host.url}/siteverify`, SITE_SECRET: secret, PORT: '0' }
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  started.push(child)
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${command} ended with ${code} before it said where it listens`)
  })
  const [line] = (await Promise.race([once(child.stdout!, 'data'), ended])) as [Buffer]
  return line.toString().trim()
}

/** `npm run examples:check` leaves none out: there, a missing program is a failure. */
function findReasonToSkip(command: string): string {
  if (process.env['npm_lifecycle_event'] === 'examples:check') return ''
  if (command === 'java') return ' (skipped: its compiler takes seconds, npm run examples:check runs it)'
  return spawnSync(command, ['--version']).status === 0 ? '' : ` (skipped: ${command} is not installed)`
}

describe.each(EXAMPLES)('the example for %s', (_, command, args) => {
  const reason = findReasonToSkip(command)
  it.skipIf(reason !== '')(
    `lets a form through once with its token, and refuses any other${reason}`,
    { timeout: 60_000 },
    async () => {
      const url = await start(command, args)
      const send = async (token: string) =>
        (
          await fetch(url, {
            method: 'POST',
            body: new URLSearchParams({ 'uni-captcha-response': token, user: 'tom' }),
          })
        ).status
      const token = await newToken('login')
      expect(await send('')).toBe(403)
      expect(await send(token)).toBe(200)
      expect(await send(token)).toBe(403)
      expect(await send(await newToken('pay'))).toBe(403)
    },
  )
})
