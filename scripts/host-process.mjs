import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { root } from './freshness.mjs'

const LONGEST_START_MS = 30_000
/** As `npm start` has it: fewer collections of short-lived objects, so shorter pauses, for some tens of MB. */
const NODE_FLAGS = ['--max-semi-space-size=64']

/** Starts the built host with further environment variables and arguments; answers its address and how to stop it. */
export async function startHostProcess(environment, args = []) {
  const env = { ...process.env, ...environment }
  const child = spawn(process.execPath, [...NODE_FLAGS, join(root, 'dist/host/main.cjs'), ...args], {
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  let said = ''
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the host did not start within ${LONGEST_START_MS} ms: ${said}`)),
      LONGEST_START_MS,
    )
    child.stderr.on('data', (chunk) => {
      said += chunk
      const [, address] = /^Ready on (\S+)$/m.exec(said) ?? []
      if (address) {
        clearTimeout(timer)
        resolve(address)
      }
    })
    child.once('exit', () => {
      clearTimeout(timer)
      reject(new Error(said.trim()))
    })
  })
  child.stderr.pipe(process.stderr)
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve()
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}
