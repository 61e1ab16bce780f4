// One process at a time: tests that run side by side ask for the same builds.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './freshness.mjs'

const LOOK_AGAIN_MS = 100
const folder = join(root, 'node_modules', '.uni-captcha')

/** Runs `work` while nobody else holds the lock of this name; what a process left behind that has ended does not count. */
export async function alone(name, work) {
  const lock = join(folder, `${name}.lock`)
  mkdirSync(folder, { recursive: true })
  while (!take(lock)) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!isHeld(lock)) rmSync(lock, { force: true })
    return false
  }
}

function isHeld(lock) {
  try {
    const holder = Number(readFileSync(lock, 'utf8'))
    // Not yet written by whoever has just made the file.
    return holder === 0 || process.kill(holder, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
