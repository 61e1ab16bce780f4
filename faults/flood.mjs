import { spawn } from 'node:child_process'
import { Agent } from 'node:http'

import { call } from './support/client.mjs'
import { pause, startReadyHost } from './support/host.mjs'
import { makeFolder, makeProject } from './support/project.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'a flood of getImageCaptcha from one address'

const FLOODER = '203.0.113.7'
const SCRIPT = new URL('./support/flood-process.mjs', import.meta.url).pathname
const ROUNDS = 5

/**
 * Others fetch captchas in quiet and during the flood, in turns; the medians of their 99th percentiles are compared. In
 * the first round the flood still gets pictures, as many as one address may have in a minute; then it is refused.
 */
export async function run({ secondsEach = 5, floodPerSecond = 200, othersPerSecond = 80 } = {}) {
  const { folder, remove } = makeFolder()
  const host = await startReadyHost({
    folder,
    project: makeProject(folder, { imageLimit: {} }),
    // The limits of addresses are those of production.
    env: { TRUSTED_PROXIES: '127.0.0.1', FLOOD_LIMIT_PER_MINUTE: '6000' },
  })
  const rounds = { quiet: [], flooded: [] }
  let flooded = {}
  try {
    await others(host.url, othersPerSecond, 2)
    for (let round = 0; round < ROUNDS; round++) {
      rounds.quiet.push(await others(host.url, othersPerSecond, secondsEach))
      const flood = startFlood(host.url, floodPerSecond)
      await pause(500)
      rounds.flooded.push(await others(host.url, othersPerSecond, secondsEach))
      flooded = await flood.stop()
    }
    const quietMs = median(rounds.quiet.map(({ p99 }) => p99))
    const floodedMs = median(rounds.flooded.map(({ p99 }) => p99))
    const failed = [...rounds.quiet, ...rounds.flooded].reduce((sum, { failures }) => sum + failures, 0)
    return verdictOf({
      facts: {
        flood: `${floodPerSecond}/s from one address; the answers of its last round: ${JSON.stringify(flooded)}`,
        'p99 of the others in quiet, each round': inMs(rounds.quiet),
        'p99 of the others during the flood, each round': inMs(rounds.flooded),
        'ratio of the medians': (floodedMs / quietMs).toFixed(2),
      },
      holds: () => ({
        'the p99 of the others is at most twice their quiet one': floodedMs <= 2 * quietMs,
        'no call of the others fails': failed === 0,
      }),
    })
  } finally {
    await host.stop()
    remove()
  }
}

/** Each from an address of its own, at a constant rate; a latency counts from when its call was due. */
async function others(url, perSecond, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const latencies = []
  let failures = 0
  const begun = performance.now()
  const waiting = []
  const fetchOne = async (dueAt, options) => {
    const { body } = await call(url, 'uni-captcha-co', 'getImageCaptcha', options)
    latencies.push(performance.now() - dueAt)
    if (body?.errCode !== 0) failures++
  }
  for (let count = 0; count < perSecond * seconds; count++) {
    const dueAt = begun + (count * 1000) / perSecond
    while (performance.now() < dueAt) await pause(1)
    const address = `198.18.${count >> 8}.${count & 255}`
    const device = `other-${count}-${begun}`
    waiting.push(fetchOne(dueAt, { params: { scene: 'login' }, device, agent, address }))
  }
  await Promise.all(waiting)
  agent.destroy()
  latencies.sort((a, b) => a - b)
  return { p99: latencies[Math.floor(latencies.length * 0.99)], failures }
}

function startFlood(url, perSecond) {
  const child = spawn(process.execPath, [SCRIPT, url, String(perSecond), FLOODER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  return {
    stop: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve(JSON.parse(said)))
        child.kill('SIGTERM')
      }),
  }
}

function inMs(rounds) {
  return rounds.map(({ p99 }) => `${p99.toFixed(0)} ms`).join(', ')
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
