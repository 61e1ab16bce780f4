import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')

/** The built host in a process of its own, with the built plugin and the built pages. */
export interface HostProcess {
  url: string
  dataDir: string
  /** Ends the process as an operator would, and waits for it. The data stays. */
  stop: () => Promise<void>
  /** Starts it again on the same port with the same data. */
  restart: () => Promise<void>
  /** Ends the process and removes its data. */
  dispose: () => Promise<void>
}

/**
 * Starts the host on a free port with a data directory of its own, with these arguments and these environment variables
 * in place of the tests' own; rejects with what it said when it does not come up.
 */
export async function startHostProcess(
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<HostProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'uni-captcha-e2e-'))
  let running = await launch(args, env, dataDir, 0)
  const { url } = running
  const stop = () => end(running.child)
  return {
    url,
    dataDir,
    stop,
    restart: async () => {
      running = await launch(args, env, dataDir, Number(new URL(url).port))
    },
    dispose: async () => {
      await stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function launch(
  args: readonly string[],
  env: Record<string, string>,
  dataDir: string,
  port: number,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(root, 'dist/host/main.cjs'), ...args], {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: dataDir,
      PROJECT_DIR: join(root, 'dist/hbuilderx'),
      STATIC_DIR: join(root, 'dist/build/h5'),
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      const ready = /^Ready on (\S+)$/m.exec(said)?.[1]
      if (ready) resolve(ready)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('exit', (code) => reject(new Error(`the host ended with ${code}:\n${said}`)))
  })
  return { child, url }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
