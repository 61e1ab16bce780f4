// `npm run bench:siteverify`: what a page and its back end cost the host: challenge, answer and siteverify, against empty
// calls of the same host, in turns. Ratios are taken within one run; absolute values are printed beside them.
import { createHash, randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { join } from 'node:path'

import { build } from '../scripts/build'
import { storedRows } from '../test/contract/support/answers'
import { callRequest, send, type ClientRequest } from '../test/support/client'
import { hashId } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { NO_LIMITS, UNREACHED_LIMITS } from './support/limits'
import { folder, rows, runMeasures } from './support/measures'
import { median, quantile } from './support/numbers'
import { makeBenchProject, startBenchHost } from './support/project'

const CONNECTIONS = 50
const ROUNDS = 5
const VISITORS = 500
const HOSTNAME = 'shop.example.com'
const secret = `ucs_${randomBytes(32).toString('base64url')}`
const hash = `sha256-${createHash('sha256').update(secret).digest('base64url')}`
/** Without counting, and with counting that never refuses. */
const SCENES = { plain: NO_LIMITS, counted: UNREACHED_LIMITS }
type Scene = keyof typeof SCENES
const CONFIG = {
  scene: SCENES,
  sites: { bench: { secrets: [hash], hosts: [HOSTNAME], scenes: Object.keys(SCENES), tokenSeconds: 3600 } },
}
const EMPTY = { 'bench-empty': 'module.exports = { nothing: () => ({ errCode: 0 }) }\n' }

/** A load: what each request was answered and how long it took, and how long all took. */
interface Load {
  answers: Record<string, unknown>[]
  latenciesMs: number[]
  allMs: number
}

await build('host')
await build('hbuilderx')
await runMeasures([throughHost])

/** What each step took in a round: the scene's three, and twice as many empty calls. */
type Round = Record<'empty' | 'challenge' | 'answer' | 'siteverify', Load>

async function throughHost(): Promise<void> {
  const host = await startBenchHost(folder, makeBenchProject(folder, 'host', CONFIG, EMPTY))
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const drive = (requests: ClientRequest[]) => loadHost(host.url, agent, requests)
  const rounds: Record<Scene, Round[]> = { plain: [], counted: [] }
  try {
    for (let round = -1; round < ROUNDS; round++) {
      for (const scene of ['plain', 'counted'] as const) {
        const measured = await driveRound(drive, scene)
        if (round >= 0) rounds[scene].push(measured)
      }
    }
  } finally {
    agent.destroy()
    await host.stop()
  }
  tellRatio('without limits', '≥ 0.3', rounds.plain)
  tellRatio('with all limits counting', 'reported', rounds.counted)
  const both = [...rounds.plain, ...rounds.counted]
  const all = (step: keyof Round) => both.flatMap((round) => round[step].latenciesMs)
  for (const [share, name, wanted] of [
    [0.99, 'p99', '≤ 3'],
    [0.5, 'p50', 'reported'],
  ] as const) {
    const [verified, empty] = [quantile(all('siteverify'), share), quantile(all('empty'), share)]
    rows.push({
      what: `siteverify ÷ an empty request, ${name}`,
      measured: (verified / empty).toFixed(2),
      wanted,
      absolute: `${verified.toFixed(1)} ÷ ${empty.toFixed(1)} ms`,
    })
  }
}

async function driveRound(drive: (requests: ClientRequest[]) => Promise<Load>, scene: Scene): Promise<Round> {
  const calls = Array.from({ length: 2 * VISITORS }, (_, i) => callRequest('bench-empty', 'nothing', `device-${i}`))
  const empty = await drive(calls)
  const challenge = await drive(Array.from({ length: VISITORS }, () => post('/challenge', { sitekey: 'bench', scene })))
  const codes = readCodes()
  const answers = challenge.answers.map(({ id }) => post('/answer', { id, answer: codes.get(readRow(String(id))) }))
  const answer = await drive(answers)
  const tokens = answer.answers.map(({ token }) => post('/siteverify', { secret, response: token }))
  const siteverify = await drive(tokens)
  const passed = siteverify.answers.filter(({ success }) => success === true).length
  if (passed !== VISITORS) throw new Error(`${passed} of ${VISITORS} passed`)
  return { empty, challenge, answer, siteverify }
}

/** The middle one of the rounds' ratios. */
function tellRatio(how: string, wanted: string, rounds: Round[]): void {
  const ratios = rounds.map(({ empty, challenge, answer, siteverify }) => {
    const flowMs = challenge.allMs + answer.allMs + siteverify.allMs
    return { ratio: empty.allMs / flowMs, flow: (VISITORS / flowMs) * 1000, empty: (VISITORS / empty.allMs) * 1000 }
  })
  const middle = ratios.sort((one, other) => one.ratio - other.ratio)[rounds.length >> 1]!
  const steps = (['challenge', 'answer', 'siteverify'] as const).map((step) => {
    return `${step} ${median(rounds.flatMap((round) => round[step].latenciesMs)).toFixed(1)} ms`
  })
  rows.push({
    what: `challenge + answer + siteverify ÷ two empty requests ${how}, ${CONNECTIONS} connections (per second)`,
    measured: middle.ratio.toFixed(2),
    wanted,
    absolute: `${Math.round(middle.flow)} ÷ ${Math.round(middle.empty)} (${steps.join(', ')})`,
  })
}

/** Each connection sends one request after the other, until all have been answered. */
async function loadHost(url: string, agent: Agent, requests: readonly ClientRequest[]): Promise<Load> {
  const load: Load = { answers: [], latenciesMs: [], allMs: 0 }
  let next = 0
  const connection = async () => {
    for (let at = next++; at < requests.length; at = next++) {
      const start = performance.now()
      const reply = await send(url, requests[at]!, agent)
      load.latenciesMs.push(performance.now() - start)
      if (reply.status !== 200) throw new Error(`a request was refused: ${reply.error ?? reply.text.slice(0, 300)}`)
      load.answers.push(JSON.parse(reply.text) as Record<string, unknown>)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  load.allMs = performance.now() - start
  return load
}

function post(path: string, fields: object): ClientRequest {
  const headers = { 'content-type': 'application/json', origin: `https://${HOSTNAME}` }
  return { method: 'POST', path, headers, body: JSON.stringify(fields) }
}

/** The codes that are stored, by the ids of their rows. */
function readCodes(): Map<string, string> {
  const stored = storedRows<{ _id: string; code: string }>(join(folder, 'data'), 'opendb-verify-codes')
  return new Map(stored.map(({ _id, code }) => [_id, code]))
}

/** Where the answer to a challenge of this machine is stored. */
function readRow(challengeId: string): string {
  const [id, siteKey, scene] = JSON.parse(Buffer.from(challengeId, 'base64url').toString()) as [string, string, string]
  const place = JSON.stringify([id, siteKey, HOSTNAME])
  return hashId('site', scene, `code:${place}`)
}
