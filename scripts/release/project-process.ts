import { spawn } from 'node:child_process'

const START_TIMEOUT_MS = 300_000

/** A project that runs in processes of its own. */
export interface ProjectProcess {
  /** Where it listens. Rejects with what it said when it ends before, cannot be started or takes 300 s. */
  url: Promise<string>
  /** What it has said so far, both streams. */
  said(): string
  /** Ends it with its children, if it has not ended. */
  stop(): Promise<void>
}

/** Starts a command that says `Ready on <address>`, with a free port in `PORT`. */
export function startProject(cwd: string, [command = '', ...args]: string[]): ProjectProcess {
  const env = { ...process.env, PORT: '0' }
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let said = ''
  let isOver = false
  const over = new Promise<void>((resolve) => {
    const end = () => {
      isOver = true
      resolve()
    }
    child.once('close', end).once('error', (error) => {
      said += error.message
      end()
    })
  })
  const url = new Promise<string>((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`the project ${what}:\n${said}`))
    const timer = setTimeout(() => fail('was not ready in time'), START_TIMEOUT_MS)
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const [, address] = /Ready on (\S+)\n/.exec(said) ?? []
        if (address) resolve(address)
      })
    }
    void over.finally(() => {
      clearTimeout(timer)
      fail('ended before it was ready')
    })
  })
  // It may be stopped without having been waited for.
  url.catch(() => {})
  return {
    url,
    said: () => said,
    async stop() {
      if (!isOver) process.kill(-child.pid!, 'SIGTERM')
      await over
    },
  }
}
