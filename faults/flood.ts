import { spawn } from 'node:child_process'
import { Agent } from 'node:http'

import { root } from '../scripts/build-cache.mjs'
import { call, type CallOptions } from '../test/support/client'
import { makeFolder } from '../test/support/folder'
import { pause } from '../test/support/wait'
import type { Fault, FaultOptions } from './support/fault'
import { startFaultHost } from './support/host'
import { toVerdict, type Verdict } from './support/verdict'

const FLOODER = '203.0.113.7'
const FLOOD_PER_SECOND = 200
const SCRIPT = ['--import', './scripts/typescript.mjs', 'faults/support/flood-process.ts']
const ROUNDS = 5

/**
 * Others fetch captchas in quiet and during the flood, in turns; the medians of their 99th percentiles are compared. In
 * the first round the flood still gets pictures, as many as one address may have in a minute; then it is refused.
 */
export const flood: Fault = { title: 'a flood of getImageCaptcha from one address', run }

/** The 99th percentile of latencies in milliseconds, and how many calls failed. */
interface Measured {
  p99: number
  failures: number
}

async function run({ seconds = 5, perSecond = 80 }: Partial<FaultOptions> = {}): Promise<Verdict> {
  const { folder, remove } = makeFolder('fault')
  const host = await startFaultHost(folder, {
    config: { imageLimit: {}, addressLimit: {} },
    // The limits of addresses are those of production.
    env: { TRUSTED_PROXIES: '127.0.0.1', FLOOD_LIMIT_PER_MINUTE: '6000' },
  })
  const rounds: Record<'quiet' | 'flooded', Measured[]> = { quiet: [], flooded: [] }
  let flooded = {}
  try {
    await others(host.url, perSecond, 2)
    for (let round = 0; round < ROUNDS; round++) {
      rounds.quiet.push(await others(host.url, perSecond, seconds))
      const flood = startFlood(host.url, FLOOD_PER_SECOND)
      await pause(500)
      rounds.flooded.push(await others(host.url, perSecond, seconds))
      flooded = await flood.stop()
    }
    const quietMs = median(rounds.quiet.map(({ p99 }) => p99))
    const floodedMs = median(rounds.flooded.map(({ p99 }) => p99))
    const failed = [...rounds.quiet, ...rounds.flooded].reduce((sum, { failures }) => sum + failures, 0)
    return toVerdict({
      facts: {
        flood: `${FLOOD_PER_SECOND}/s from one address; the answers of its last round: ${JSON.stringify(flooded)}`,
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
async function others(url: string, perSecond: number, seconds: number): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const latencies: number[] = []
  let failures = 0
  const begun = performance.now()
  const waiting: Promise<void>[] = []
  const fetchOne = async (dueAt: number, options: CallOptions) => {
    const { body } = await call(url, 'uni-captcha-co', 'getImageCaptcha', options)
    latencies.push(performance.now() - dueAt)
    if (body?.errCode !== 0) failures++
  }
  for (let count = 0; count < perSecond * seconds; count++) {
    const dueAt = begun + (count * 1000) / perSecond
    while (performance.now() < dueAt) await pause(1)
    const address = `198.18.${count >> 8}.${count & 255}`
    const deviceId = `other-${count}-${begun}`
    waiting.push(fetchOne(dueAt, { param: { scene: 'login' }, deviceId, agent, address }))
  }
  await Promise.all(waiting)
  agent.destroy()
  latencies.sort((a, b) => a - b)
  return { p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0, failures }
}

function startFlood(url: string, perSecond: number): { stop: () => Promise<Record<string, number>> } {
  const child = spawn(process.execPath, [...SCRIPT, url, String(perSecond), FLOODER], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return {
    stop: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve(JSON.parse(said) as Record<string, number>))
        child.kill('SIGTERM')
      }),
  }
}

function inMs(rounds: readonly Measured[]): string {
  return rounds.map(({ p99 }) => `${p99.toFixed(0)} ms`).join(', ')
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
