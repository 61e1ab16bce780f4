import { Agent, get } from 'node:http'
import { createServer } from 'node:net'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { waitFor } from '../../support/wait'
import { closeAll, invoke, temporaryDirectory, writeProject } from '../support/host-project'
import { bundleHost, killPrograms, Program } from '../support/host-program'

const PROBE = `
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
module.exports = {
  async pid(ms = 0) {
    if (ms > 0) uniCloud.logger.log('a slow call has begun')
    await pause(ms)
    return process.pid
  },
  loop(ms) {
    for (const end = Date.now() + ms; Date.now() < end; );
  },
  seeds: async () => (await uniCloud.database().collection('seeds').count()).total,
}`

let projectDir: string
const agents: Agent[] = []

beforeAll(bundleHost)
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy()
  killPrograms()
  await closeAll()
})

function startWorkers(count: number, environment: Record<string, string> = {}): Program {
  projectDir = writeProject({
    'uniCloud/cloudfunctions/probe/index.obj.js': PROBE,
    'uniCloud/cloudfunctions/probe/package.json': { name: 'probe' },
    'uniCloud/database/seeds.init_data.json': [{ _id: 'a' }, { _id: 'b' }],
  })
  const standard = { PROJECT_DIR: projectDir, FLOOD_LIMIT_PER_MINUTE: '0' }
  return new Program({ ...standard, ...environment }, ['--workers', String(count)])
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Calls `/http/probe/<method>` on a connection of its own unless an agent is given; answers status and text, or throws. */
function call(url: string, method: string, query = '', agent?: Agent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/http/probe/${method}${query}`, { agent: agent ?? false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}

async function getPid(url: string, ms = 0): Promise<number> {
  const answer = await invoke({ url }, 'probe', 'pid', [ms], {})
  return answer.body.data as number
}

/** The processes that answer, found by asking on new connections: often, and on until there are `count` of them. */
async function getPids(url: string, count = 2): Promise<number[]> {
  const pids = new Set<number>()
  const ask = async () => void pids.add(Number((await call(url, 'pid')).text))
  for (let turn = 0; turn < 16; turn++) await ask()
  // A busy machine lets some of them wait, and one that is to fill a place is not there yet.
  await waitFor(
    () => ask().then(() => pids.size >= count),
    () => `only ${[...pids].join(', ')} answered, of ${count}`,
  )
  return [...pids].sort()
}

/** Waits until so many slow calls have begun. */
async function haveBegun(program: Program, count: number): Promise<void> {
  await expect.poll(() => program.log.match(/a slow call has begun/g)?.length).toBe(count)
}

/** Callers on kept connections, each calling again and again until it is told to stop. */
function load(url: string, callers: number) {
  const state = { isOver: false }
  const answers: number[] = []
  const failures: string[] = []
  const one = async (at: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    agents.push(agent)
    while (!state.isOver) {
      await call(url, 'pid', '', agent).then(
        ({ status }) => answers.push(status),
        (error: Error) => failures.push(error.message),
      )
      // Some pause for longer than a stopping host waits: their connections lie idle when it closes them.
      await pause(at % 4 === 0 ? 400 : 5)
    }
  }
  const all = Promise.all(Array.from({ length: callers }, (_, at) => one(at)))
  return {
    answers,
    async stop() {
      state.isOver = true
      await all
      return { failures, refused: answers.filter((status) => status !== 200) }
    },
  }
}

describe('a host of several workers', { timeout: 120_000 }, () => {
  it('says once that it is ready, when all of them listen, and they share one address and one database', async () => {
    const program = startWorkers(3)
    const url = await program.ready()
    expect(await getPids(url, 3)).toHaveLength(3)
    expect(program.words.match(/Ready on/g)).toHaveLength(1)
    expect((await call(url, 'seeds')).text).toBe('2')
  })

  it('fills the place of a worker that is killed, while the others serve', async () => {
    const program = startWorkers(2)
    const url = await program.ready()
    const [one = 0, other = 0] = await getPids(url)
    process.kill(one, 'SIGKILL')
    expect(await program.saying(/Worker \d was ended by SIGKILL; another takes its place\./)).toBeTruthy()
    expect((await call(url, 'pid')).status).toBe(200)
    const now = await getPids(url)
    expect(now).toHaveLength(2)
    expect(now).toContain(other)
    expect(now).not.toContain(one)
  })

  it('replaces a worker that has not answered for 10 s, and cuts off who waits for it', async () => {
    const program = startWorkers(2)
    const url = await program.ready()
    const before = await getPids(url)
    const loop = invoke({ url }, 'probe', 'loop', [25_000]).catch(() => 'cut off')
    await pause(300)
    // One of these is handed to the worker that will not take it.
    const others = Array.from({ length: 6 }, () => call(url, 'pid').catch(() => 'cut off'))
    expect(
      await program.saying(/Worker \d had not answered for 10 s and was ended; another takes its place\./),
    ).toBeTruthy()
    expect(await loop).toBe('cut off')
    const answers = await Promise.all(others)
    expect(answers.filter((answer) => answer === 'cut off').length).toBeLessThanOrEqual(1)
    expect((await getPids(url)).filter((pid) => !before.includes(pid))).toHaveLength(1)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('finishes the requests in flight on %s and ends well', async (signal) => {
    const program = startWorkers(2)
    const url = await program.ready()
    const slow = Array.from({ length: 6 }, () => getPid(url, 800))
    await haveBegun(program, 6)
    program.kill(signal)
    for (const pid of await Promise.all(slow)) expect(pid).toBeGreaterThan(0)
    expect(await program.ended).toBe(0)
    await expect(call(url, 'pid')).rejects.toThrow('ECONNREFUSED')
  })

  it('ends at once on a second signal', async () => {
    const program = startWorkers(2)
    const url = await program.ready()
    const slow = getPid(url, 20_000).catch(() => 'cut off')
    await haveBegun(program, 1)
    program.kill('SIGTERM')
    await program.saying(/Stopping/)
    program.kill('SIGTERM')
    expect(await program.ended).toBe(1)
    expect(await slow).toBe('cut off')
  })

  it('replaces all workers on SIGUSR2 and fails no request meanwhile', async () => {
    const program = startWorkers(2)
    const url = await program.ready()
    const before = await getPids(url)
    const callers = load(url, 8)
    await pause(300)
    program.kill('SIGUSR2')
    await program.saying(/All workers are new/)
    expect(await callers.stop()).toEqual({ failures: [], refused: [] })
    expect(callers.answers.length).toBeGreaterThan(100)
    const after = await getPids(url)
    expect(after).toHaveLength(2)
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
    // No worker was missed for a moment: the new ones are what was asked for.
    expect(program.words).not.toContain('takes its place')
  })

  it('loses no connection that its primary, busy with others, hands to a worker that has closed', async () => {
    const program = startWorkers(2)
    const url = await program.ready()
    const [leaving = 0] = await getPids(url)
    process.kill(program.pid, 'SIGSTOP')
    try {
      // The system accepts them. When the primary goes on, it hands them out before it hears that a worker has closed.
      const answers = Promise.allSettled(Array.from({ length: 8 }, () => call(url, 'pid')))
      await pause(300)
      process.kill(leaving, 'SIGTERM')
      // It has nothing to finish: whether it ends now is what this is about.
      await pause(1500)
      process.kill(program.pid, 'SIGCONT')
      for (const answer of await answers) expect(answer).toMatchObject({ value: { status: 200 } })
    } finally {
      process.kill(program.pid, 'SIGCONT')
    }
    expect(await program.saying(/Worker \d ended as it was asked to; another takes its place\./)).toBeTruthy()
  })

  it('keeps the workers that run when a new one cannot start, tries again, and gives up only when none serves', async () => {
    const dataDir = temporaryDirectory()
    const program = startWorkers(2, { DATA_DIR: dataDir })
    const url = await program.ready()
    const before = await getPids(url)
    const secret = join(dataDir, 'secret')
    const whole = readFileSync(secret)
    writeFileSync(secret, 'garbage')
    program.kill('SIGUSR2')
    await program.saying(/The workers that run now stay, because a new one cannot start: .*64 hexadecimal digits/)
    expect(await getPids(url)).toEqual(before)

    process.kill(before[0]!, 'SIGKILL')
    await program.saying(/A worker cannot start and is tried again: .*64 hexadecimal digits/)
    expect((await call(url, 'pid')).status).toBe(200)
    writeFileSync(secret, whole)
    const refilled = await getPids(url)
    expect(refilled).toHaveLength(2)

    writeFileSync(secret, 'garbage')
    for (const pid of refilled) process.kill(pid, 'SIGKILL')
    await program.saying(/No worker can start: .*64 hexadecimal digits/)
    expect(await program.ended).toBe(1)
  })

  it('says in one sentence why it cannot start', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const program = startWorkers(4, { PORT: String(port) })
    expect(await program.ended).toBe(1)
    const sentence = `Port ${port} on 127.0.0.1 is taken by another program; stop it or set PORT to a free one.`
    expect(program.words.trim()).toBe(sentence)
    other.close()
  })
})
