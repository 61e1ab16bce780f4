// `npm run bench:siteverify`: what a page and its back end cost the host: challenge, answer and siteverify, against empty
// calls of the same host, in turns. Ratios are taken within one run; absolute values are printed beside them.
import { createHash, randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { join } from 'node:path'

import { build } from '../scripts/build'
import { storedRows } from '../test/contract/support/answers'
import { callRequest, send, type ClientRequest } from '../test/support/client'
import { hashId } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { UNREACHED_LIMITS } from './support/limits'
import { folder, rows, runMeasures } from './support/measures'
import { median, quantile } from './support/numbers'
import { makeBenchProject, startBenchHost } from './support/project'

const CONNECTIONS = 50
const ROUNDS = 5
const VISITORS = 1000
const HOSTNAME = 'shop.example.com'
const secret = `ucs_${randomBytes(32).toString('base64url')}`
const hash = `sha256-${createHash('sha256').update(secret).digest('base64url')}`
const CONFIG = {
  ...UNREACHED_LIMITS,
  sites: { bench: { secrets: [hash], hosts: [HOSTNAME], scenes: ['bench'], tokenSeconds: 3600 } },
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

async function throughHost(): Promise<void> {
  const host = await startBenchHost(folder, makeBenchProject(folder, 'host', CONFIG, EMPTY))
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const drive = (requests: ClientRequest[]) => loadHost(host.url, agent, requests)
  const rounds: Record<'empty' | 'challenge' | 'answer' | 'siteverify', Load>[] = []
  try {
    for (let round = -1; round < ROUNDS; round++) {
      const empty = await drive(
        Array.from({ length: 2 * VISITORS }, (_, i) => callRequest('bench-empty', 'nothing', `device-${i}`)),
      )
      const visitors = Array.from({ length: VISITORS }, () => post('/challenge', { sitekey: 'bench', scene: 'bench' }))
      const challenge = await drive(visitors)
      const codes = readCodes()
      const answer = await drive(
        challenge.answers.map(({ id }) => post('/answer', { id, answer: codes.get(rowOf(String(id))) })),
      )
      const siteverify = await drive(
        answer.answers.map(({ token }) => post('/siteverify', { secret, response: token })),
      )
      const passed = siteverify.answers.filter(({ success }) => success === true).length
      if (passed !== VISITORS) throw new Error(`${passed} of ${VISITORS} passed`)
      if (round >= 0) rounds.push({ empty, challenge, answer, siteverify })
    }
  } finally {
    agent.destroy()
    await host.stop()
  }
  const ratios = rounds.map(({ empty, challenge, answer, siteverify }) => {
    const flowMs = challenge.allMs + answer.allMs + siteverify.allMs
    return { ratio: empty.allMs / flowMs, flow: (VISITORS / flowMs) * 1000, empty: (VISITORS / empty.allMs) * 1000 }
  })
  const middle = ratios.sort((one, other) => one.ratio - other.ratio)[ROUNDS >> 1]!
  rows.push({
    what: `challenge + answer + siteverify ÷ two empty requests, ${CONNECTIONS} connections (per second)`,
    measured: middle.ratio.toFixed(2),
    wanted: '≥ 0.3',
    absolute: `${Math.round(middle.flow)} ÷ ${Math.round(middle.empty)}`,
  })
  const all = (step: 'empty' | 'siteverify') => rounds.flatMap((round) => round[step].latenciesMs)
  for (const [share, name, wanted] of [
    [0.99, 'p99', '≤ 3'],
    [0.5, 'p50', ''],
  ] as const) {
    const [verified, empty] = [quantile(all('siteverify'), share), quantile(all('empty'), share)]
    rows.push({
      what: `siteverify ÷ an empty request, ${name}`,
      measured: (verified / empty).toFixed(2),
      wanted,
      absolute: `${verified.toFixed(1)} ÷ ${empty.toFixed(1)} ms`,
    })
  }
  for (const step of ['challenge', 'answer', 'siteverify'] as const) {
    rows.push({
      what: `${step}, p50`,
      measured: `${median(rounds.flatMap((one) => one[step].latenciesMs)).toFixed(1)} ms`,
    })
  }
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
function rowOf(challengeId: string): string {
  const [id, siteKey, scene] = JSON.parse(Buffer.from(challengeId, 'base64url').toString()) as [string, string, string]
  const place = JSON.stringify([id, siteKey, HOSTNAME])
  return hashId('site', scene, `code:${place}`)
}
