// `npm run bench:sms`: what an SMS code costs beside a picture, and whether that grows with the codes that are stored.
// Ratios are taken within one run, in turns; absolute values are printed beside them.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { build } from '../scripts/build.mjs'
import { folder, rows, runMeasures } from './support/measures.mjs'
import { bundledDatabase, clientRequest, makeProject, startHost } from './support/project.mjs'

const CONNECTIONS = 50
const ROUNDS = 5
/** As many as the development page keeps. */
const NUMBERS = 1000
const CALLS = 2000
const MANY = 1e6
const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'
const CAPTCHA = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha'
const SMS = 'uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code'
/** Below every limit, however long the bench calls: what is measured is what codes cost, not refusals. */
const CAPTCHA_CONFIG = { imageLimit: { device: MANY, ip: { soft: MANY, hard: MANY } } }
const SMS_CONFIG = {
  provider: 'development',
  secret: 'a secret of the bench, long enough for a key',
  limits: { device: { hour: MANY }, ip: { soft: MANY, hard: MANY }, wrong: { ip: MANY }, budget: MANY },
  scene: { bench: { captcha: 'frequent' } },
}
const require = createRequire(import.meta.url)
let numbers = 0

await build('host')
await build('hbuilderx')
await runMeasures([throughHost, storedCodes])

/** A code sent and verified, as clients ask for both, against two pictures: calls of the same host, in turns. */
async function throughHost() {
  const host = await startHost(folder, projectWith('host'), ['--dev'])
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
  const middle = rounds.sort((a, b) => a.ratio - b.ratio)[ROUNDS >> 1]
  const rate = (ms) => Math.round((NUMBERS / ms) * 1000)
  rows.push({
    what: `send + verify ÷ two pictures, ${CONNECTIONS} connections (pairs of calls/s)`,
    measured: middle.ratio.toFixed(2),
    wanted: '≥ 0.4',
    absolute: `${rate(middle.codesMs)} ÷ ${rate(middle.picturesMs)} (send ${rate(middle.sendMs)}, verify ${rate(middle.verifyMs)})`,
  })
}

/** The module's sendCode and verifyCode with 100,000 codes stored, and all that is counted for them, against 1,000. */
async function storedCodes() {
  const sides = []
  for (const count of [1000, 100_000]) sides.push(await openModule(count))
  for (let i = -200; i < CALLS; i++) {
    for (const side of sides) {
      const start = process.hrtime.bigint()
      await side.sendAndVerify()
      if (i >= 0) side.times.push(Number(process.hrtime.bigint() - start) / 1e3)
    }
  }
  const [few, many] = sides.map(({ times }) => times.sort((a, b) => a - b)[times.length >> 1])
  for (const { close } of sides) close()
  rows.push({
    what: 'sendCode + verifyCode, p50 with 100,000 stored codes ÷ with 1,000',
    measured: (many / few).toFixed(2),
    wanted: '≤ 1.3',
    absolute: `${many.toFixed(0)} ÷ ${few.toFixed(0)} µs`,
  })
}

/** The built module on the host's database with `count` codes in it, as a cloud function meets both. */
async function openModule(count) {
  const project = projectWith(`stored-${count}`)
  for (const [name, path] of Object.entries({ 'uni-captcha': CAPTCHA })) {
    symlinkSync(join(project, path), join(project, 'node_modules', name))
  }
  const { openDatabase } = require(bundledDatabase())
  const opened = openDatabase({ file: join(folder, `stored-${count}.db`) })
  for (const collection of ['opendb-verify-codes', 'uni-captcha-counters']) {
    const indexes = join(project, `uni_modules/uni-captcha/uniCloud/database/${collection}.index.json`)
    opened.ensureIndexes(collection, JSON.parse(readFileSync(indexes, 'utf8')))
  }
  await fill(opened.api, count)
  const codes = new Map()
  const developmentSms = ({ mobile, code }) => codes.set(mobile, code)
  const uniCloud = { database: () => opened.api, getClientInfos: () => [], developmentSms }
  globalThis.uniCloud = uniCloud
  const sms = require(join(project, SMS, 'index.js'))
  return {
    times: [],
    async sendAndVerify() {
      globalThis.uniCloud = uniCloud
      const mobile = freshNumber()
      const caller = { mobile, scene: 'bench', deviceId: `device-${mobile}`, clientIP: '203.0.113.9' }
      successOf(await sms.sendCode(caller))
      successOf(await sms.verifyCode({ ...caller, code: codes.get(mobile) }))
      codes.clear()
    },
    close: () => opened.close(),
  }
}

async function fill(database, count) {
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

function storedCode(n, now) {
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

function projectWith(name) {
  const project = makeProject(folder, name, CAPTCHA_CONFIG)
  for (const center of [join(project, CENTER), join(project, 'node_modules/uni-config-center')]) {
    mkdirSync(join(center, 'uni-sms-code'), { recursive: true })
    writeFileSync(join(center, 'uni-sms-code/config.json'), JSON.stringify(SMS_CONFIG))
  }
  return project
}

function freshNumber() {
  return `139${String(++numbers).padStart(8, '0')}`
}

function sendRequest(mobile) {
  return clientRequest('uni-sms-code-co', 'sendSmsCode', `device-${mobile}`, [{ mobile, scene: 'bench' }])
}

function verifyRequest(mobile, code) {
  return clientRequest('uni-sms-code-co', 'verifySmsCode', `device-${mobile}`, [{ mobile, code, scene: 'bench' }])
}

function pictureRequest(mobile) {
  return clientRequest('uni-captcha-co', 'getImageCaptcha', `device-${mobile}`, [{ scene: 'bench' }])
}

async function codesOnPage(url) {
  const response = await fetch(`${url}/development/sms`, { headers: { accept: 'application/json' } })
  const { messages } = await response.json()
  return new Map(messages.map(({ mobile, code }) => [mobile, code]))
}

/** How long all requests take over the agent's connections, in milliseconds. */
async function timeAll(url, agent, requests) {
  const start = performance.now()
  await Promise.all(requests.map((one) => send(url, agent, one)))
  return performance.now() - start
}

function send(url, agent, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const out = request(url + path, { method, headers, agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => {
        if (/"errCode":0/.test(text)) resolve()
        else reject(new Error(`a call was refused: ${text.slice(0, 300)}`))
      })
    })
    out.on('error', reject)
    out.end(body)
  })
}

function successOf(answer) {
  if (answer.errCode !== 0) throw new Error(`${answer.errCode}: ${answer.errMsg}`)
  return answer
}
