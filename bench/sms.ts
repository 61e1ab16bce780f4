// `npm run bench:sms`: what an SMS code costs beside a picture, and whether that grows with the codes that are stored.
// Ratios are taken within one run, in turns; absolute values are printed beside them.
import { symlinkSync } from 'node:fs'
import { Agent } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { build } from '../scripts/build'
import { callRequest, sendSuccessfully, type ClientRequest } from '../test/support/client'
import { makeProject } from '../test/support/project'
import type * as Sms from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/index'
import { folder, rows, runMeasures } from './support/measures'
import { UNREACHED_LIMITS } from './support/limits'
import { median, timedUs } from './support/numbers'
import { linkConfigCenter, openBenchDatabase, provideCloud, startBenchHost } from './support/project'

const CONNECTIONS = 50
const ROUNDS = 5
/** As many as the development page keeps. */
const NUMBERS = 1000
const CALLS = 2000
const MANY = 1e6
const CAPTCHA = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha'
const SMS = 'uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code'
/** Below every limit, however long the bench calls: what is measured is what codes cost, not refusals. */
const SMS_CONFIG = {
  provider: 'development',
  secret: 'a secret of the bench, long enough for a key',
  limits: { device: { hour: MANY }, ip: { soft: MANY, hard: MANY }, wrong: { ip: MANY }, budget: MANY },
  scene: { bench: { captcha: 'frequent' } },
}
const require = createRequire(import.meta.url)
let numbers = 0

/** An SMS that is never sent. */
interface Message {
  mobile: string
  code: string
}

type Database = Awaited<ReturnType<typeof openBenchDatabase>>['api']

await build('host')
await build('hbuilderx')
await runMeasures([throughHost, storedCodes])

/** A code sent and verified, as clients ask for both, against two pictures: calls of the same host, in turns. */
async function throughHost(): Promise<void> {
  const host = await startBenchHost(folder, projectWith('host'), ['--dev'])
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const rounds = []
  try {
    for (let round = -1; round < ROUNDS; round++) {
      const mobiles = Array.from({ length: NUMBERS }, freshNumber)
      const sendMs = await timeAll(host.url, agent, mobiles.map(sendRequest))
      const codes = await codesOnPage(host.url)
      const verifyMs = await timeAll(
        host.url,
        agent,
        mobiles.map((mobile) => verifyRequest(mobile, codes.get(mobile))),
      )
      const picturesMs = await timeAll(host.url, agent, [...mobiles, ...mobiles].map(pictureRequest))
      const times = { codesMs: sendMs + verifyMs, sendMs, verifyMs, picturesMs }
      if (round >= 0) rounds.push({ ...times, ratio: picturesMs / times.codesMs })
    }
  } finally {
    agent.destroy()
    await host.stop()
  }
  const middle = rounds.sort((a, b) => a.ratio - b.ratio)[ROUNDS >> 1]!
  const rate = (ms: number) => Math.round((NUMBERS / ms) * 1000)
  rows.push({
    what: `send + verify ÷ two pictures, ${CONNECTIONS} connections (pairs of calls/s)`,
    measured: middle.ratio.toFixed(2),
    wanted: '≥ 0.4',
    absolute: `${rate(middle.codesMs)} ÷ ${rate(middle.picturesMs)} (send ${rate(middle.sendMs)}, verify ${rate(middle.verifyMs)})`,
  })
}

/** The module's sendCode and verifyCode with 100,000 codes stored, and all that is counted for them, against 1,000. */
async function storedCodes(): Promise<void> {
  const sides = []
  for (const count of [1000, 100_000]) sides.push(await openModule(count))
  for (let i = -200; i < CALLS; i++) {
    for (const side of sides) {
      const tookUs = await timedUs(() => side.sendAndVerify())
      if (i >= 0) side.times.push(tookUs)
    }
  }
  const [few = 0, many = 0] = sides.map(({ times }) => median(times))
  for (const { close } of sides) close()
  rows.push({
    what: 'sendCode + verifyCode, p50 with 100,000 stored codes ÷ with 1,000',
    measured: (many / few).toFixed(2),
    wanted: '≤ 1.3',
    absolute: `${many.toFixed(0)} ÷ ${few.toFixed(0)} µs`,
  })
}

/** The built module on the host's database with `count` codes in it, as a cloud function meets both. */
async function openModule(count: number) {
  const project = projectWith(`stored-${count}`)
  linkConfigCenter(project)
  symlinkSync(join(project, CAPTCHA), join(project, 'node_modules/uni-captcha'))
  const opened = await openBenchDatabase(project, join(folder, `stored-${count}.db`))
  await fill(opened.api, count)
  const codes = new Map<string, string>()
  const developmentSms = ({ mobile, code }: Message) => codes.set(mobile, code)
  const cloud = { database: () => opened.api, developmentSms }
  provideCloud(cloud)
  const sms = require(join(project, SMS, 'index.js')) as typeof Sms
  const times: number[] = []
  return {
    times,
    async sendAndVerify() {
      provideCloud(cloud)
      const mobile = freshNumber()
      const caller = { mobile, scene: 'bench', deviceId: `device-${mobile}`, clientIP: '203.0.113.9' }
      expectSuccess(await sms.sendCode(caller))
      expectSuccess(await sms.verifyCode({ ...caller, code: codes.get(mobile) ?? '' }))
      codes.clear()
    },
    close: () => opened.close(),
  }
}

async function fill(database: Database, count: number): Promise<void> {
  const now = Date.now()
  const counter = { window: Math.floor(now / 3_600_000), count: 1, previous: 0, expired_date: now + 7_200_000 }
  for (let i = 0; i < count; i += 500) {
    const batch = Array.from({ length: Math.min(500, count - i) }, (_, j) => i + j)
    await database.collection('opendb-verify-codes').add(batch.map((n) => storedCode(n, now)))
    // A number's hour, its day and its cooldown.
    for (const kind of ['hour', 'day', 'once']) {
      await database.collection('uni-captcha-counters').add(batch.map((n) => ({ _id: `${kind}-${n}`, ...counter })))
    }
  }
}

function storedCode(n: number, now: number): object {
  return {
    _id: `stored-${n}`,
    kind: 'sms',
    scene: 'bench',
    code: String(n).padStart(64, '0'),
    state: 0,
    attempts: 0,
    max_attempts: 5,
    issue_id: String(n),
    created_date: now,
    expired_date: now + 300_000,
  }
}

function projectWith(name: string): string {
  const config = { 'uni-captcha': UNREACHED_LIMITS, 'uni-sms-code': SMS_CONFIG }
  return makeProject(join(folder, name), { plugins: 'built', config })
}

function freshNumber(): string {
  return `139${String(++numbers).padStart(8, '0')}`
}

function sendRequest(mobile: string): ClientRequest {
  return callRequest('uni-sms-code-co', 'sendSmsCode', `device-${mobile}`, { mobile, scene: 'bench' })
}

function verifyRequest(mobile: string, code = ''): ClientRequest {
  return callRequest('uni-sms-code-co', 'verifySmsCode', `device-${mobile}`, { mobile, code, scene: 'bench' })
}

function pictureRequest(mobile: string): ClientRequest {
  return callRequest('uni-captcha-co', 'getImageCaptcha', `device-${mobile}`, { scene: 'bench' })
}

async function codesOnPage(url: string): Promise<Map<string, string>> {
  const response = await fetch(`${url}/development/sms`, { headers: { accept: 'application/json' } })
  const { messages } = (await response.json()) as { messages: Message[] }
  return new Map(messages.map(({ mobile, code }) => [mobile, code]))
}

/** How long all requests take over the agent's connections, in milliseconds. */
async function timeAll(url: string, agent: Agent, requests: readonly ClientRequest[]): Promise<number> {
  const start = performance.now()
  await Promise.all(requests.map((one) => sendSuccessfully(url, one, agent)))
  return performance.now() - start
}

function expectSuccess({ errCode, errMsg }: { errCode: string | number; errMsg?: string }): void {
  if (errCode !== 0) throw new Error(`${errCode}: ${errMsg}`)
}
