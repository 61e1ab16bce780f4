import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { DatabaseError } from '../database/index'
import { currentCall, runInScope, type Call } from '../runtime/call'
import type { ClientInfo } from '../runtime/client-info'
import type { UniCloudApi } from '../runtime/unicloud'
import { isJsonObject, own } from '../shared/json'
import { toAnswer } from '../shared/uni-cloud-error'
import { ClientDbError, HookRefusal, quote, syntaxError } from './errors'

/** How the cloud code of a project is loaded and run. */
export interface CloudCode {
  load(file: string): unknown
  /** What it finds as `uniCloud`. */
  api(): UniCloudApi
  /** The directories of cloud functions; `uni-clientDB-actions` lies in them. */
  readonly roots: readonly string[]
  readonly timeoutMs: number
}

export type Hook = (...params: unknown[]) => unknown

/** A file of `uni-clientDB-actions`. */
export interface Action {
  readonly before: Hook | undefined
  readonly after: Hook | undefined
}

/** Whose query it is. */
export interface HookCaller {
  readonly clientInfo: ClientInfo
  readonly uniIdToken: string | undefined
}

const MAX_DEPTH = 16
const MAX_ACTIONS = 10
const ACTION = /^[\w-]{1,64}$/
const OPERATIONS = ['Read', 'Count', 'Create', 'Update', 'Delete']
const TRIGGERS = new Set(OPERATIONS.flatMap((name) => [`before${name}`, `after${name}`]))

/**
 * Cloud code of a project that runs with queries of pages and of `databaseForJQL`: the triggers of `<collection>.schema.ext.js`
 * and the actions of `uni-clientDB-actions`. A file is loaded by the first query that needs it; one that cannot be loaded
 * refuses what it would have watched.
 */
export class Hooks {
  private readonly files = new Map<string, string>()
  private readonly known = new Map<string, ReadonlyMap<string, Hook>>()

  /** The first directory wins, as for schemas. */
  constructor(
    private readonly code: CloudCode,
    directories: readonly string[],
    private readonly log: Pick<Logger, 'warn' | 'error'>,
  ) {
    for (const directory of directories) {
      for (const file of readdirSync(directory)) {
        const [, collection] = /^(.+)\.schema\.ext\.js$/.exec(file) ?? []
        if (collection !== undefined && !this.files.has(collection)) this.files.set(collection, join(directory, file))
      }
    }
  }

  /** The triggers of a collection by their names. Throws ClientDbError where they cannot be loaded. */
  triggers(collection: string): ReadonlyMap<string, Hook> | undefined {
    const file = this.files.get(collection)
    if (file === undefined) return undefined
    const known = this.known.get(file)
    if (known) return known
    const triggers = this.readTriggers(file, this.load(file, `The triggers of ${quote(collection)}`))
    this.known.set(file, triggers)
    return triggers
  }

  /** `'a,b'` or nothing. Throws ClientDbError for what is not an action of the project. */
  actions(given: unknown): { names: string[]; actions: Action[] } {
    if (given === undefined || given === null || given === '') return { names: [], actions: [] }
    if (typeof given !== 'string') throw syntaxError('action() takes a text')
    const names = given.split(',', MAX_ACTIONS + 1).map((name) => name.trim())
    if (names.length > MAX_ACTIONS) throw syntaxError(`action() takes at most ${MAX_ACTIONS} names`)
    // Each sees what the one before has done only after the query: twice the same would count a visit twice.
    if (new Set(names).size < names.length) throw syntaxError('action() names an action twice')
    return { names, actions: names.map((name) => this.readAction(name)) }
  }

  /** Runs a hook as cloud code of the call. What it throws on purpose is a HookRefusal. */
  async run(hook: Hook, params: readonly unknown[], { clientInfo, uniIdToken }: HookCaller): Promise<unknown> {
    const depth = (currentCall()?.depth ?? 0) + 1
    if (depth > MAX_DEPTH)
      throw syntaxError(`Triggers and functions call each other more than ${MAX_DEPTH} levels deep`)
    const of = { functionName: 'DCloud-clientDB', functionType: 'cloudfunction', isTimed: false } as const
    const call: Call = { ...of, requestId: clientInfo.requestId, clientInfo, uniIdToken, depth }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      const { timeoutMs } = this.code
      const give = () =>
        reject(new ClientDbError('SYSTEM_ERROR', `A trigger or action took longer than ${timeoutMs} ms`))
      timer = setTimeout(give, timeoutMs)
    })
    try {
      return await Promise.race([runInScope({ api: this.code.api(), call }, async () => hook(...params)), late])
    } catch (thrown) {
      const error: unknown = thrown ?? new Error('A trigger or an action has failed with nothing')
      // What went wrong with the query before is handed to an action, which may throw it again.
      throw params.includes(error) ? error : toRefusal(error)
    } finally {
      clearTimeout(timer)
    }
  }

  private readTriggers(file: string, exported: unknown): ReadonlyMap<string, Hook> {
    const given = isJsonObject(exported) ? own(exported, 'trigger') : undefined
    const named = Object.entries(isJsonObject(given) ? given : {}).filter(([, hook]) => typeof hook === 'function')
    const lost = named.map(([name]) => name).filter((name) => !TRIGGERS.has(name))
    if (lost.length > 0) this.log.warn({ file, triggers: lost }, 'these triggers are never run')
    return new Map(named.filter(([name]) => TRIGGERS.has(name)) as [string, Hook][])
  }

  private readAction(name: string): Action {
    const places = ACTION.test(name) ? this.code.roots : []
    const file = places.map((root) => join(root, 'uni-clientDB-actions', `${name}.js`)).find((one) => existsSync(one))
    if (file === undefined) throw syntaxError(`There is no action ${quote(name)} in uni-clientDB-actions`)
    const exported = this.load(file, `The action ${quote(name)}`)
    const hook = (member: 'before' | 'after') => {
      const found = isJsonObject(exported) ? own(exported, member) : undefined
      return typeof found === 'function' ? (found as Hook) : undefined
    }
    return { before: hook('before'), after: hook('after') }
  }

  private load(file: string, what: string): unknown {
    try {
      return runInScope({ api: this.code.api() }, () => this.code.load(file))
    } catch (err) {
      this.log.error({ file, err }, 'cloud code of the database could not be loaded')
      throw new ClientDbError('SYSTEM_ERROR', `${what} could not be loaded; the server's log says why`)
    }
  }
}

/**
 * What stops a query on purpose is told to the page: `throw new Error('…')`, and errors with an `errCode`. Every other error, of
 * Node, of the database or of a mistake in the code, stays in the log: its words may hold paths and values.
 */
function toRefusal(error: unknown): unknown {
  if (error instanceof ClientDbError) return error
  if (error instanceof DatabaseError) return new Error('The database refused a trigger or an action', { cause: error })
  const { errCode, errMsg } = toAnswer(error) ?? {}
  if (typeof errCode === 'string' || typeof errCode === 'number') {
    // A page takes 0 and an empty text for success.
    return new HookRefusal(errCode || 'SYSTEM_ERROR', typeof errMsg === 'string' ? errMsg : '')
  }
  const isPlain = error instanceof Error && Object.getPrototypeOf(error) === Error.prototype && !('code' in error)
  return isPlain ? new HookRefusal('SYSTEM_ERROR', error.message) : error
}
