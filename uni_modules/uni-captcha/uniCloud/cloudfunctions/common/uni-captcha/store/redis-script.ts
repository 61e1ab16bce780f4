import { createHash } from 'crypto'

import type { RandomBytes } from '../kit/random'
import { findErrorWord, findTransientWord } from './redis-errors'

/** The part of `uniCloud.redis()` that the stores use; uniCloud's own has no `evalsha`. */
export interface CloudRedis {
  eval(script: string, keyCount: number, ...keysAndArguments: Values): Promise<unknown>
  evalsha?(sha: string, keyCount: number, ...keysAndArguments: Values): Promise<unknown>
}

type Values = (string | number)[]

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

/** Runs a script on a key, whose name gets the installation's prefix; `values` are its ARGV. Rejects with a RedisFailure within a second. */
export type RunScript = <Reply = unknown>(
  script: Script,
  key: string,
  values: Values,
  repeat?: Repeat,
) => Promise<Reply>

/** After what a call is sent again. Only `refused` is sure to have done nothing: what gives back must not do so twice. */
type Repeat = 'refused' | 'refused or lost'

/**
 * Names calls: this process by chance, its calls by number. A script that meets a name it has written down knows that a
 * call is repeated; they never leave the server.
 */
export function callNames(randomBytes: RandomBytes): () => string {
  const process = Buffer.from(randomBytes(9)).toString('base64')
  let calls = 0
  return () => process + (++calls).toString(36)
}

/** Redis did not do it, as far as anybody knows; `code` is a word of Redis or of its client, never anybody's data. */
class RedisFailure extends Error {
  override readonly name = 'RedisFailure'

  constructor(readonly code: string) {
    super(code)
  }
}

/** All tries of a call together; callers are promised an answer within a second. */
const BUDGET_MS = 800
const PAUSE_MS = 60

/**
 * Runs scripts on the client that `client` gives, asked anew for each try: uniCloud gives another one when a connection
 * is gone. A try that met no server is repeated while there is time. A reply may have been lost on the way, so a script
 * either answers a repetition as it did the first time, or errs on the strict side, or is repeated only when `refused`.
 */
export function scriptRunner(client: () => CloudRedis, prefix: () => string, budgetMs = BUDGET_MS): RunScript {
  return <Reply>(script: Script, key: string, values: Values, repeat: Repeat = 'refused or lost') =>
    new Promise<Reply>((resolve, reject) => {
      let isOpen = true
      // After a stall of this process the reply may lie there, unread: what has arrived is heard first.
      const timer = setTimeout(() => setImmediate(() => isOpen && fail(new RedisFailure('TIMEOUT'))), budgetMs)
      const answered = (reply: unknown) => {
        isOpen = false
        clearTimeout(timer)
        resolve(reply as Reply)
      }
      const fail = (error: RedisFailure) => {
        isOpen = false
        clearTimeout(timer)
        reject(error)
      }
      const attempt = (send: Send) => {
        try {
          if (isOpen)
            send(client(), script, prefix() + key, values).then(answered, (error: unknown) => refused(error, send))
        } catch (error) {
          fail(new RedisFailure(readCode(error)))
        }
      }
      const refused = (error: unknown, send: Send) => {
        // The text itself cannot be missing: whatever says so then is asked again after a pause, like other refusals.
        if (send === byHash && isUnknownScript(error)) attempt(byText)
        else if (isOpen && mayPass(error) && (repeat !== 'refused' || isReply(error)))
          setTimeout(attempt, PAUSE_MS, byHash)
        else fail(new RedisFailure(readCode(error)))
      }
      attempt(byHash)
    })
}

type Send = (redis: CloudRedis, script: Script, key: string, values: Values) => Promise<unknown>

const byText: Send = (redis, { text }, key, values) => redis.eval(text, 1, key, ...values)

const byHash: Send = (redis, script, key, values) =>
  redis.evalsha ? redis.evalsha(script.sha, 1, key, ...values) : byText(redis, script, key, values)

/** What the server answered, in contrast to what happened on the way to it. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}

function isUnknownScript(error: unknown): boolean {
  return isReply(error) && findTransientWord(error.message) === 'NOSCRIPT'
}

function mayPass(error: unknown): boolean {
  if (isReply(error)) return findTransientWord(error.message) !== undefined
  // Not of the network: there is no Redis to call, or no such method.
  return error instanceof Error && !(error instanceof TypeError) && !('errCode' in error)
}

function readCode(error: unknown): string {
  const { errCode, code, name = 'unknown' } = error as { errCode?: unknown; code?: unknown; name?: string }
  if (isReply(error)) return findErrorWord(error.message) ?? name
  return String(errCode ?? code ?? name)
}
