import { isJsonObject, own, type JsonObject } from '../shared/json'
import { nameUnknownMembers } from '../shared/unknown-members'
import { UniCloudError } from '../shared/uni-cloud-error'
import { currentCall } from './call'
import { toClientInfo, type ClientInfo } from './client-info'

/** The user that a query runs for in place of the one whose token came with the call. */
export interface JqlUser {
  readonly uid: string | null
  readonly role: readonly string[]
  readonly permission: readonly string[]
}

export interface JqlCall {
  readonly event: JsonObject
  readonly clientInfo: ClientInfo
  readonly uniIdToken: string | undefined
  readonly user?: JqlUser | undefined
  /** `skipTrigger` of databaseForJQL(). */
  readonly skipsTriggers?: boolean
}

/** Answers a query in the form that pages send; a `code` other than 0 is a refusal. */
export type RunJql = (call: JqlCall) => Promise<JsonObject>

/** Calls that send; every other one makes the query longer. */
const SENDING = new Set(['get', 'count', 'add', 'update', 'remove', 'end'])
/** What is a member and not a method: `db.command`, `db.command.aggregate`. */
const MEMBERS = new Set(['command', 'aggregate'])

const OPERATORS = 'operators are made by db.command, db.RegExp, db.serverDate and db.env'

interface Step {
  readonly method: string
  readonly params?: readonly unknown[]
}

/** A chain of calls as the client's library writes it down: `{ $db: [{ $method, $param }] }`. */
class Chain {
  constructor(readonly steps: readonly Step[]) {}

  toJSON(): JsonObject {
    return {
      $db: this.steps.map(({ method, params }) => ({ $method: method, ...(params && { $param: params.map(encode) }) })),
    }
  }
}

/** `new db.RegExp({ … })`, `new db.serverDate()`. */
class Constructed {
  constructor(
    private readonly method: string,
    private readonly params: readonly unknown[],
  ) {}

  toJSON(): JsonObject {
    return { $newDb: [{ $method: this.method, $param: this.params.map(encode) }] }
  }
}

/** `db.env.uid`, `db.getCloudEnv('$cloudEnv_uid')`: what the host fills in as the query runs. */
class Variable {
  constructor(private readonly name: string) {}

  toJSON(): JsonObject {
    return { $env: this.name }
  }
}

/**
 * Only what this database made becomes a mark that begins with `$`. A plain object may come from a page through a parameter
 * of the cloud function: marks in it would turn a value to compare with into an operator that matches everything.
 */
function encode(value: unknown): unknown {
  if (value instanceof Chain || value instanceof Constructed || value instanceof Variable) return value.toJSON()
  if (value instanceof RegExp) return { $regexp: { source: value.source, flags: value.flags } }
  if (value instanceof Date) return { $date: value.toISOString() }
  if (Array.isArray(value)) return value.map(encode)
  if (!isJsonObject(value)) return value
  // As JSON has it: an id of a class of its own is its text.
  const plain: unknown = typeof value['toJSON'] === 'function' ? value['toJSON']() : value
  if (plain !== value) return encode(plain)
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (key.startsWith('$')) throw refusal('SYNTAX_ERROR', `"${key.slice(0, 64)}" is not a field: ${OPERATORS}`)
      return [key, encode(one)]
    }),
  )
}

/**
 * `uniCloud.databaseForJQL({ clientInfo })`, or `({ event, context })`: what pages write, in a cloud function. The permissions
 * of the schema hold for the user of the call, or for the one that `setUser()` names.
 */
export function createDatabaseForJql(run: RunJql, failUnsupported: (member: string) => never) {
  return (options: unknown): object => {
    const caller = readCaller(options)
    const skipsTriggers = isJsonObject(options) && own(options, 'skipTrigger') === true
    let user: JqlUser | undefined
    // As over the wire: what is undefined is left out, and nothing of the caller's own objects is handed on.
    const send = async (event: unknown): Promise<JsonObject> => {
      return answer(
        await run({ event: JSON.parse(JSON.stringify(encode(event))) as JsonObject, ...caller, user, skipsTriggers }),
      )
    }
    const database = {
      collection: (...params: unknown[]) => record([{ method: 'collection', params }], send),
      command: record([{ method: 'command' }], send),
      RegExp: construct('RegExp'),
      serverDate: construct('serverDate'),
      env: { uid: new Variable('uid'), now: new Variable('now'), clientIP: new Variable('clientIP') },
      getCloudEnv: (name: unknown) => new Variable(readVariable(name)),
      setUser: (given: unknown) => void (user = readUser(given)),
      multiSend: (...chains: unknown[]) => send({ multiCommand: chains.map((command) => ({ command })) }),
    }
    return nameUnknownMembers(database, 'uniCloud.databaseForJQL()', failUnsupported)
  }
}

/** Cloud functions write it with and without `new`. */
function construct(method: string) {
  return function (...params: unknown[]): Constructed {
    return new Constructed(method, params)
  }
}

function record(steps: readonly Step[], send: (event: unknown) => Promise<unknown>): Chain {
  const chain = new Chain(steps)
  const isQuery = steps[0]?.method === 'collection'
  return new Proxy(chain, {
    get(target, name) {
      // A promise resolved with this proxy asks for "then": it is not a method.
      if (typeof name !== 'string' || name === 'then' || name in target) return Reflect.get(target, name) as unknown
      if (!isQuery && MEMBERS.has(name)) return record([...steps, { method: name }], send)
      return (...params: unknown[]) => {
        const longer = record([...steps, { method: name, params }], send)
        return isQuery && SENDING.has(name) ? send({ command: longer }) : longer
      }
    },
  })
}

function answer(result: JsonObject): JsonObject {
  const { code, message } = result
  if (code === 0) return result
  throw refusal(code as string, String(message))
}

function refusal(errCode: string, errMsg: string): UniCloudError {
  return new UniCloudError({ errCode, errMsg, errSubject: 'uniCloud.databaseForJQL' })
}

function readVariable(name: unknown): string {
  if (typeof name === 'string') return name.replace('$cloudEnv_', '')
  throw refusal('SYNTAX_ERROR', 'getCloudEnv() takes the name of a variable, as "$cloudEnv_uid"')
}

function readCaller(options: unknown): Omit<JqlCall, 'event' | 'user' | 'skipsTriggers'> {
  const given = isJsonObject(options) ? options : {}
  const [info, context, event] = ['clientInfo', 'context', 'event'].map((name) => toObject(own(given, name)))
  const call = currentCall()
  const clientIP = textIn(info, 'clientIP') ?? textIn(context, 'CLIENTIP') ?? call?.clientInfo.clientIP ?? ''
  const requestId = call?.requestId ?? ''
  const server = { clientIP, userAgent: call?.clientInfo.userAgent ?? '', source: 'function', requestId } as const
  const uniIdToken = textIn(info, 'uniIdToken') ?? textIn(event, 'uniIdToken') ?? call?.uniIdToken
  return { clientInfo: toClientInfo({ ...call?.clientInfo, ...info }, server), uniIdToken }
}

function readUser(given: unknown): JqlUser | undefined {
  if (!isJsonObject(given)) return undefined
  const texts = (name: string) => {
    const list = own(given, name)
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
  }
  return { uid: textIn(given, 'uid') ?? null, role: texts('role'), permission: texts('permission') }
}

function toObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}

function textIn(object: JsonObject | undefined, name: string): string | undefined {
  const value = object && own(object, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}
