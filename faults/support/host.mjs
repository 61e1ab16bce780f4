// The host in processes of its own.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { call } from './client.mjs'
import { hostProgram } from './project.mjs'

const LONGEST_WAIT_MS = 60_000
const PIDS_ASKED = 24

/**
 * Starts the host on a project. `env` adds environment variables, `workers` makes it several processes, `under` is a
 * command to start it by, `nodeArguments` go to node.
 */
export async function startHost({ folder, project, dataDir = join(folder, 'data'), ...given }) {
  const { env = {}, workers = 1, under = [], nodeArguments = [] } = given
  const command = [...under, process.execPath, ...nodeArguments, await hostProgram()]
  if (workers > 1) command.push('--workers', String(workers))
  const standard = {
    PROJECT_DIR: project,
    DATA_DIR: dataDir,
    STATIC_DIR: join(folder, 'none'),
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'warn',
    FLOOD_LIMIT_PER_MINUTE: '0',
  }
  const child = spawn(command[0], command.slice(1), {
    env: { PATH: process.env.PATH, ...standard, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { words: '', log: '' }
  child.stderr.on('data', (chunk) => (said.words += chunk))
  child.stdout.on('data', (chunk) => (said.log += chunk))
  const ended = new Promise((resolve) => child.once('close', resolve))
  const host = {
    said,
    ended,
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    saying: (pattern) => waitFor(() => pattern.exec(said.words), `the host never said ${pattern}: `, said),
    async stop() {
      child.kill('SIGTERM')
      const giveUp = setTimeout(() => child.kill('SIGKILL'), LONGEST_WAIT_MS)
      await ended
      clearTimeout(giveUp)
    },
  }
  return host
}

/** As `startHost`, and waits until it is ready: with its `url`. */
export async function startReadyHost(options) {
  const host = await startHost(options)
  const ready = host.saying(/^Ready on (\S+)$/m).then(([, url]) => url)
  const died = host.ended.then(() => {
    throw new Error(`the host ended:\n${host.said.words}${host.said.log}`)
  })
  died.catch(() => {})
  return { ...host, url: await Promise.race([ready, died]) }
}

/** The processes that answer. */
export async function workerPids(url) {
  const pids = new Set()
  for (let turn = 0; turn < PIDS_ASKED; turn++) {
    const { body } = await call(url, 'shop', 'pid')
    if (body?.pid) pids.add(body.pid)
  }
  return [...pids].sort((a, b) => a - b)
}

/** Waits until `look` answers something; rejects with `complaint` when it never does. */
export async function waitFor(look, complaint, said = { words: '', log: '' }) {
  const end = Date.now() + LONGEST_WAIT_MS
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`${complaint}${said.words}${said.log}`)
    await pause(25)
  }
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
