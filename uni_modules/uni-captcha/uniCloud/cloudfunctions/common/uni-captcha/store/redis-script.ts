import { createHash } from 'crypto'

/** The part of `uniCloud.redis()` that the stores use; uniCloud's own has no `evalsha`. */
export interface CloudRedis {
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  evalsha?(sha: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** A Lua script on one key. */
export interface Script {
  /** its file's name: what it does, and how many keys it takes */
  name: string
  text: string
  sha: string
}

export function script(name: string, text: string): Script {
  return { name, text, sha: createHash('sha1').update(text).digest('hex') }
}

/** Runs a script on a key; `values` are its ARGV. Rejects with a RedisFailure within a second. */
export type RunScript = (script: Script, key: string, values: (string | number)[]) => Promise<unknown>

/** Redis did not do it, as far as anybody knows; `code` is a word of Redis or of its client, never anybody's data. */
export class RedisFailure extends Error {
  override readonly name = 'RedisFailure'

  constructor(readonly code: string) {
    super(code)
  }
}

/** All tries of a call together; callers are promised an answer within a second. */
const BUDGET_MS = 900
const PAUSE_MS = 60
/** Answers of a server that is starting, or whose cluster is electing; nothing has been done. */
const PASSING = /^(LOADING|CLUSTERDOWN|TRYAGAIN|READONLY|MASTERDOWN)\b/

/**
 * Runs scripts on the client that `client` gives, asked anew for each try: uniCloud gives another one when a connection
 * is gone. A try that met no server is repeated while there is time. A reply may have been lost on the way, so every
 * script here either answers a repetition as it did the first time or errs on the strict side.
 */
export function scriptRunner(client: () => CloudRedis): RunScript {
  return (script, key, values) =>
    new Promise((resolve, reject) => {
      let isOpen = true
      const timer = setTimeout(() => close(() => reject(new RedisFailure('TIMEOUT'))), BUDGET_MS)
      const close = (settle: () => void) => {
        clearTimeout(timer)
        isOpen = false
        settle()
      }
      const attempt = () => {
        if (!isOpen) return
        send(client, script, key, values).then(
          (reply) => close(() => resolve(reply)),
          (error: unknown) => {
            if (isOpen && mayPass(error)) setTimeout(attempt, PAUSE_MS)
            else close(() => reject(new RedisFailure(codeOf(error))))
          },
        )
      }
      attempt()
    })
}

async function send(client: () => CloudRedis, { text, sha }: Script, key: string, values: (string | number)[]) {
  const redis = client()
  const strings = values.map(String)
  if (typeof redis.evalsha !== 'function') return redis.eval(text, 1, key, ...strings)
  try {
    return await redis.evalsha(sha, 1, key, ...strings)
  } catch (error) {
    if (!isReply(error) || !error.message.startsWith('NOSCRIPT')) throw error
    return redis.eval(text, 1, key, ...strings)
  }
}

/** What the server answered, in contrast to what happened on the way to it. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}

function mayPass(error: unknown): boolean {
  if (isReply(error)) return PASSING.test(error.message)
  // Not of the network: there is no Redis to call, or no such method.
  return error instanceof Error && !(error instanceof TypeError) && !('errCode' in error)
}

function codeOf(error: unknown): string {
  const { errCode, code, name = 'unknown' } = error as { errCode?: unknown; code?: unknown; name?: string }
  if (isReply(error)) return /^[A-Z]+\b/.exec(error.message)?.[0] ?? name
  return String(errCode ?? code ?? name)
}
