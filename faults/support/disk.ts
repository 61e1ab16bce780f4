// A data directory whose disk can be full or read-only: a small tmpfs where root may mount one, else limits and modes.
import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const SIZE = '24m'
const CHUNK = Buffer.alloc(4096)

export interface Disk {
  directory: string
  how: string
  fill(pid: number): void
  free(pid: number): void
  under: string[]
  lock(): void
  remove(): void
}

/**
 * Makes the directory in `folder`. `how` names what stands for the disk; `fill` and `free` are about the process `pid`,
 * `lock` makes it read-only for a process that is then started by the command `under`.
 */
export function makeSmallDisk(folder: string): Disk {
  const directory = join(folder, 'data')
  mkdirSync(directory)
  return tryMount(directory) ? mounted(directory) : limited(folder, directory)
}

function tryMount(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', directory], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function mounted(directory: string): Disk {
  const ballast = join(directory, 'ballast')
  return {
    directory,
    how: `a tmpfs of ${SIZE}`,
    fill() {
      const file = openSync(ballast, 'w')
      try {
        for (;;) writeSync(file, CHUNK)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(ballast),
    under: [],
    lock: () => execFileSync('mount', ['-o', 'remount,ro', directory]),
    remove: () => execFileSync('umount', [directory]),
  }
}

function limited(folder: string, directory: string): Disk {
  const limit = (pid: number, bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`])
  return {
    directory,
    how: 'RLIMIT_FSIZE and file modes, since nothing may be mounted here',
    fill: (pid) => limit(pid, CHUNK.length),
    free: (pid) => limit(pid, 'unlimited'),
    // Modes do not hold for root.
    under: process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--clear-groups'] : [],
    lock() {
      for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o444)
      chmodSync(directory, 0o555)
      chmodSync(folder, 0o755)
    },
    remove: () => chmodSync(directory, 0o755),
  }
}
