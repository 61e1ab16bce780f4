import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Alerts, findAlerts, type AlertLimits } from '../../../host/admin/alerts'
import type { CaptchaModule } from '../../../host/admin/module'
import { storesOn } from '../support/captchas'
import { openTemporaryDatabase } from '../support/cloud-database'

const HOUR_MS = 3_600_000
const HOUR = 1_800_000_000_000
const LIMITS = { passRatePercent: 60, refusedPerHour: 100 }

let opened: ReturnType<typeof openTemporaryDatabase>
let server: Server
let posted: { text: { content: string }; alert: object }[]
let answer: (request: IncomingMessage, response: ServerResponse) => void
let now: number
let lines: string[]
let counted: string[]
let folder: string
const running: Alerts[] = []

beforeEach(async () => {
  opened = openTemporaryDatabase()
  now = HOUR + 60_000
  folder = mkdtempSync(join(tmpdir(), 'uni-captcha-alerts-'))
  configure({ scene: { login: {} } })
  ;[posted, lines, counted] = [[], [], []]
  answer = (_request, response) => response.end('{}')
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      posted.push(JSON.parse(body) as (typeof posted)[0])
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  for (const alerts of running.splice(0)) await alerts.stop()
  server.close()
  opened.close()
  rmSync(folder, { recursive: true })
})
afterAll(() => server.close())

/** One process that looks after the statistics of the database. */
function watcher(limits: AlertLimits = LIMITS, withWebhook = true): Alerts {
  const stores = storesOn(opened.database, () => now)
  const api = {
    stores: () => stores,
    configFile: () => join(folder, 'config.json'),
    readStatistics: ({ from, to }: { from: number; to: number }) => stores.statistics.read(from, to),
  }
  const alerts = new Alerts({
    limits,
    webhook: withWebhook ? `http://127.0.0.1:${(server.address() as AddressInfo).port}/?key=hunter2` : null,
    module: { run: (work: (given: unknown) => unknown) => work(api) } as unknown as CaptchaModule,
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    count: (event, scene) => void counted.push(`${event}: ${scene}`),
    now: () => now,
  })
  running.push(alerts)
  return alerts
}

const put = (counts: Record<string, number>, hour = HOUR, scene = 'login') =>
  storesOn(opened.database, () => now).statistics.add([{ scene, hour, counts }])

function configure(config: object): void {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
}

describe('an alert', () => {
  it('is logged, counted and posted once an hour, by one of several processes', async () => {
    await put({ passed: 5, wrong: 20, refused: 101 })
    const processes = [watcher(), watcher(), watcher()]
    for (let minute = 0; minute < 3; minute++) {
      await Promise.all(processes.map((one) => one.check()))
      now += 60_000
    }
    const raised = [
      { kind: 'pass-rate', scene: 'login', hour: HOUR, value: 20, limit: 60 },
      { kind: 'refused', scene: 'login', hour: HOUR, value: 101, limit: 100 },
    ]
    expect(posted.map(({ alert }) => alert)).toEqual(raised)
    expect(posted[0]?.text.content).toContain('通过率 20%，低于 60%')
    expect(lines.map((line) => (JSON.parse(line) as { alert: object }).alert)).toEqual(raised)
    expect(counted).toEqual(['alert pass-rate: login', 'alert refused: login'])
    await put({ refused: 200 }, HOUR + HOUR_MS)
    now = HOUR + HOUR_MS + 1
    await processes[0]!.check()
    expect(counted).toHaveLength(3)
  })

  it('is logged all the same when the webhook refuses or leads elsewhere, and its address never is', async () => {
    const answers: (typeof answer)[] = [
      (_request, response) => response.writeHead(500).end(),
      // Keeps method and body: a client that follows posts the alert there, where it is seen.
      (request, response) =>
        request.url === '/elsewhere' ? response.end('{}') : response.writeHead(307, { location: '/elsewhere' }).end(),
    ]
    const asked: (string | undefined)[] = []
    for (const [at, one] of answers.entries()) {
      answer = (request, response) => {
        asked.push(request.url)
        one(request, response)
      }
      await put({ refused: 500 }, HOUR + at * HOUR_MS)
      now = HOUR + at * HOUR_MS + 60_000
      await watcher().check()
    }
    expect(asked).toEqual(['/?key=hunter2', '/?key=hunter2'])
    expect(posted).toHaveLength(2)
    expect(lines.filter((line) => line.includes('captcha alert'))).toHaveLength(2)
    expect(lines.filter((line) => line.includes('webhook'))).toHaveLength(2)
    expect(lines.join('')).not.toContain('hunter2')
  })

  it('names the scenes of config.json as it is now, and puts all that clients invent into one', async () => {
    configure({ sites: { shop: { scenes: ['pay'] } } })
    await put({ refused: 101 }, HOUR, 'pay')
    for (let at = 0; at < 6; at++) await put({ refused: 20 }, HOUR, `visit evil.example ${at}`)
    await watcher().check()
    const posts = posted.map(({ text, alert }) => [text.content, alert] as const)
    expect(posts.map(([, alert]) => alert)).toEqual([
      { kind: 'refused', scene: 'pay', hour: HOUR, value: 101, limit: 100 },
      { kind: 'refused', scene: '', hour: HOUR, value: 120, limit: 100 },
    ])
    expect(posts[1]?.[0]).toContain('场景 （其他）：')
    expect(JSON.stringify([posted, lines, counted])).not.toContain('evil')
    configure({ scene: { register: {} } })
    await put({ refused: 300 }, HOUR, 'register')
    now += 60_000
    await watcher().check()
    expect(counted).toEqual(['alert refused: pay', 'alert refused: ', 'alert refused: register'])
  })

  it('that a bot refuses with the status 200 is logged as refused, and of a long answer only the start is read', async () => {
    const answers = [
      '{"errcode":310000,"errmsg":"hunter2"}',
      '{"code":19024,"msg":"hunter2"}',
      '{"errcode":0}',
      '{"code":0,"msg":"success"}',
      '{"code":200}',
      'ok',
      `{"errcode":1,"${'x'.repeat(1e6)}":1}`,
    ]
    for (const [at, body] of answers.entries()) {
      answer = (_request, response) => response.end(body)
      await put({ refused: 500 }, HOUR + at * HOUR_MS)
      now = HOUR + at * HOUR_MS + 60_000
      await watcher().check()
    }
    expect(posted).toHaveLength(7)
    const told = lines.map((line) => JSON.parse(line) as { msg: string; errcode?: number })
    const refused = told.filter(({ msg }) => msg.includes('webhook'))
    expect(refused.map(({ msg, errcode }) => [msg, errcode])).toEqual([
      ['the alert webhook refused', 310000],
      ['the alert webhook refused', 19024],
    ])
    expect(lines.join('')).not.toContain('hunter2')
  })

  it('holds the end of the host up by no webhook that does not answer, nor by those that would follow', async () => {
    answer = () => {}
    await put({ passed: 5, wrong: 20, refused: 101 })
    const alerts = watcher()
    const checked = alerts.check()
    await vi.waitFor(() => expect(posted).toHaveLength(1), 20_000)
    const began = performance.now()
    await alerts.stop()
    await checked
    // A webhook has five seconds to answer in.
    expect(performance.now() - began).toBeLessThan(4000)
    expect(counted).toEqual(['alert pass-rate: login'])
    server.closeAllConnections()
  })

  it('needs no webhook, and a database that is gone fails nothing', async () => {
    await put({ refused: 500 })
    await watcher(LIMITS, false).check()
    expect(counted).toEqual(['alert refused: login'])
    opened.close()
    await watcher().check()
    expect(lines.at(-1)).toContain('could not be read')
    opened = openTemporaryDatabase()
  })
})

describe('the limits', () => {
  const of = (counts: Record<string, number>, limits: AlertLimits = LIMITS) =>
    findAlerts([{ scene: 'login', hour: HOUR, counts }], limits).map(({ kind }) => kind)

  it('are passed only beyond them, and a rate only with twenty answers', () => {
    expect(of({ passed: 12, wrong: 8 })).toEqual([])
    expect(of({ passed: 11, wrong: 9 })).toEqual(['pass-rate'])
    expect(of({ wrong: 19 })).toEqual([])
    expect(of({ expired: 10, spent: 10 })).toEqual(['pass-rate'])
    expect(of({ refused: 100 })).toEqual([])
    expect(of({ refused: 101 })).toEqual(['refused'])
    expect(of({})).toEqual([])
  })

  it('that are not set raise nothing', () => {
    expect(of({ wrong: 100, refused: 1e6 }, { passRatePercent: null, refusedPerHour: null })).toEqual([])
  })
})
