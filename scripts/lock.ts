// One process at a time: tests that run side by side ask for the same builds.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './build-cache.mjs'

const POLL_INTERVAL_MS = 100
const folder = join(root, 'node_modules', '.uni-captcha')

/** Runs `work` while no other process holds the lock of this name; a lock that a dead process left behind is taken over. */
export async function withLock<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const lock = join(folder, `${name}.lock`)
  mkdirSync(folder, { recursive: true })
  while (!take(lock)) await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS))
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (readCode(error) !== 'EEXIST') throw error
    if (!isHeld(lock)) rmSync(lock, { force: true })
    return false
  }
}

function isHeld(lock: string): boolean {
  try {
    const holder = Number(readFileSync(lock, 'utf8'))
    // 0: another process has just made the file and not yet written its id.
    return holder === 0 || process.kill(holder, 0)
  } catch (error) {
    return readCode(error) === 'EPERM'
  }
}

function readCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
