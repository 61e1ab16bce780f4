import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { SceneHour } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { startPostgres, type PostgresServer } from '../../support/postgres-server'
import { makeProject, writeFiles } from '../../support/project'
import { pause } from '../../support/wait'
import { readRows } from '../support/answers'
import type { Row } from '../support/captchas'
import { closeAll, invoke, temporaryDirectory } from '../support/host-project'
import { bundleHost, killPrograms, Program } from '../support/host-program'
import { readiness } from '../support/redis-servers'

/** As long as a changed configuration takes to be read. */
const CONFIG_MS = 1100
const CONFIG = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/uni-captcha/config.json'
const TICKER = `
const { appendFileSync } = require('node:fs')
module.exports = { _timing: ({ Time }) => appendFileSync(FILE, Time + '\\n') }`
const PROBE = 'module.exports = { pid: () => String(process.pid) }'

interface Machine {
  environment: Record<string, string>
  program: Program
  url: string
}

let server: PostgresServer
let machines: [Machine, Machine]
let databaseUrl: string
let secret: string
/** A line for each run of the timer. */
let runs: string

beforeAll(async () => {
  await bundleHost()
  server = await startPostgres()
  databaseUrl = `${server.url}?schema=shop`
  runs = join(temporaryDirectory(), 'runs')
  const environments = [prepareMachine(), prepareMachine()]
  secret = await site(environments[0]!, 'add', '--key', 'shop', '--host', 'localhost', '--scene', 'login')
  deploy(environments[0]!, environments[1]!)
  machines = (await Promise.all(environments.map(start))) as [Machine, Machine]
})
afterAll(async () => {
  killPrograms()
  await server.stop()
  await closeAll()
})

/** A machine of its own: a project, and a data directory with the secret that all machines have. */
function prepareMachine(): Record<string, string> {
  const dataDir = temporaryDirectory()
  writeFiles(dataDir, { secret: 'ab'.repeat(32) })
  const timer = { triggers: [{ name: 'tick', type: 'timer', config: '* * * * * * *' }] }
  const projectDir = makeProject(temporaryDirectory(), {
    config: { 'uni-captcha': { imageLimit: { enabled: false } } },
    objects: { probe: PROBE },
    files: {
      'uniCloud/cloudfunctions/ticker/index.obj.js': TICKER.replace('FILE', JSON.stringify(runs)),
      'uniCloud/cloudfunctions/ticker/package.json': { name: 'ticker', 'cloudfunction-config': timer },
    },
  })
  return {
    PROJECT_DIR: projectDir,
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    DATABASE_CONNECTIONS: '2',
    FLOOD_LIMIT_PER_MINUTE: '0',
  }
}

async function start(environment: Record<string, string>): Promise<Machine> {
  const program = new Program(environment, ['--workers', '2'])
  return { environment, program, url: await program.ready() }
}

/** Runs a command about sites on a machine; answers the secret that it says, if it says one. */
async function site(environment: Record<string, string>, ...args: string[]): Promise<string> {
  const program = new Program(environment, ['site', ...args])
  expect(await program.ended, program.words).toBe(0)
  return /ucs_[\w-]+/.exec(program.words)?.[0] ?? ''
}

/** Brings the configuration of one machine to the other. */
function deploy(from: Record<string, string>, to: Record<string, string>): void {
  cpSync(join(from['PROJECT_DIR']!, CONFIG), join(to['PROJECT_DIR']!, CONFIG))
}

async function post({ url }: Machine, path: string, fields: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', origin: 'http://localhost' }
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(fields) })
  return (await response.json()) as Record<string, unknown>
}

/** What a machine says of a token, or of one that is none. */
async function verify(machine: Machine, given: string, response: unknown = 'none'): Promise<string> {
  const { success, 'error-codes': codes } = await post(machine, '/siteverify', { secret: given, response })
  return success === true ? 'success' : String(codes)
}

/** A token for the right answer to a picture, fetched at one machine and answered at the other. */
async function passPage(from: Machine, to: Machine): Promise<unknown> {
  const { id } = await post(from, '/challenge', { sitekey: 'shop', scene: 'login' })
  const rows = await readRows<Row>({ dataDir: '', databaseUrl }, 'opendb-verify-codes')
  const answer = rows.find((row) => row['kind'] === 'site' && row.scene === 'login' && row.state === 0)!.code
  return (await post(to, '/answer', { id, answer }))['token']
}

const draw = ({ url }: Machine, scene: string, deviceId: string) =>
  invoke({ url }, 'uni-captcha-co', 'getImageCaptcha', [{ scene }], { clientInfo: { deviceId } })

/** What is written of the scenes that begin with `prefix`: `<scene> <name>`, and how many of these. */
async function readCounts(prefix: string): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const { scene, counts } of await readRows<SceneHour>({ dataDir: '', databaseUrl }, 'uni-captcha-statistics')) {
    if (!scene.startsWith(prefix)) continue
    for (const [name, count] of Object.entries(counts)) {
      sums[`${scene} ${name}`] = (sums[`${scene} ${name}`] ?? 0) + count
    }
  }
  return sums
}

describe('two machines of two workers each on one PostgreSQL', () => {
  it('take a secret that one of them rotated once its configuration is there, and a token once', async () => {
    const [one, other] = machines
    const next = await site(one.environment, 'rotate', 'shop')
    await pause(CONFIG_MS)
    expect(await verify(one, next, await passPage(other, one))).toBe('success')
    expect(await verify(other, next)).toBe('invalid-input-secret')
    expect(await verify(other, secret, await passPage(one, other))).toBe('success')

    deploy(one.environment, other.environment)
    await pause(CONFIG_MS)
    const token = await passPage(one, other)
    const verdicts = await Promise.all([one, other, one, other].map((machine) => verify(machine, next, token)))
    expect(verdicts.sort()).toEqual(['success', ...Array.from({ length: 3 }, () => 'timeout-or-duplicate')])
  })

  it('write down all that their workers counted, none of it twice, also where a worker was replaced', async () => {
    const [{ program, url }] = machines
    const drawn = { isOver: false, count: 0 }
    const callers = Array.from({ length: 4 }, async (_, caller) => {
      for (let n = 0; n < 6 || !drawn.isOver; n++) {
        const answer = await draw(machines[n % 2]!, `sum ${n % 3}`, `device ${caller} ${n}`)
        expect(answer.body.data).toMatchObject({ errCode: 0 })
        drawn.count++
        // New workers begin on the same processors.
        await pause(50)
      }
    })
    const pid = await (await fetch(`${url}/http/probe/pid`)).text()
    process.kill(Number(pid), 'SIGTERM')
    await program.logging(/"worker":3/)
    drawn.isOver = true
    await Promise.all(callers)
    const sum = async () => Object.values(await readCounts('sum')).reduce((total, count) => total + count, 0)
    await expect.poll(sum).toBe(drawn.count)
    expect(Object.keys(await readCounts('sum')).sort()).toEqual([0, 1, 2].map((n) => `sum ${n} created`))
  })

  it('fail by name while it is gone, and go on with the same workers and the same data when it is back', async () => {
    const token = await passPage(machines[0], machines[1])
    const countReplaced = () => machines.map(({ program }) => program.words.match(/takes its place/g)?.length ?? 0)
    const before = countReplaced()
    await server.kill()
    for (const machine of machines) {
      expect(await readiness(machine.url)).toMatchObject({ http: 503 })
      expect(await verify(machine, secret, token)).toBe('internal-error')
      const { data } = (await draw(machine, 'gone', 'phone')).body
      expect(data).toMatchObject({ errCode: 'uni-captcha-store-unavailable' })
    }
    await server.start()
    for (const machine of machines) {
      // Of both workers, whichever is asked.
      const ready = async () =>
        (await Promise.all(Array.from({ length: 8 }, () => readiness(machine.url)))).every(({ http }) => http === 200)
      await expect.poll(ready).toBe(true)
    }
    expect(countReplaced()).toEqual(before)
    expect(machines.map(({ program }) => program.words + program.log).join()).not.toContain('a-password-of-tests')
    expect(await verify(machines[1], secret, token)).toBe('success')
  })

  it('run a timer once at each of its times, and end well', async () => {
    expect(await Promise.all(machines.map(({ program }) => program.stop()))).toEqual([0, 0])
    const times = readFileSync(runs, 'utf8').trim().split('\n')
    expect(times.length).toBeGreaterThan(1)
    expect(new Set(times).size).toBe(times.length)
  })
})
