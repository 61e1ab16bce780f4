/**
 * clientDB: what a page asks of the database through `uniCloud.database()`, within the permissions of
 * `<collection>.schema.json`. A request is read into a small tree of comparisons (criteria.ts), what the schema demands of
 * the caller is read into the same tree, and both are one condition of one statement: nothing outside of it is touched.
 * Whatever is not understood is refused by its name.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Logger } from 'pino'
import { DatabaseError, isDuplicateKey, type Database } from '../database/index'
import type { ClientInfo } from '../runtime/client-info'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import { Hooked } from './around'
import { Budget } from './budget'
import { readCalls } from './chain'
import { ClientDbError, HookRefusal, notSupported, syntaxError, type ClientDbCode } from './errors'
import { Execution } from './execute'
import { GottenDocuments } from './gotten'
import { Hooks, type CloudCode, type HookCaller } from './hooks'
import { readLogin, type Login } from './login'
import type { Caller } from './permission'
import { readRequest } from './request'
import { Schemas } from './schemas'
import { Renewal } from './renewal'
import { TokenConfigs } from './uni-id'

export type { CloudCode } from './hooks'

interface ClientDbOptions {
  readonly database: Pick<Database, 'collection' | 'command'>
  /** The project's database directories, its own first. */
  readonly schemaDirectories: readonly string[]
  /** The copies of the common module uni-config-center. */
  readonly configDirectories: readonly string[]
  /** Whether cloud functions ask, which may read passwords where the schema permits it. */
  readonly isForCloudCode?: boolean
  /** For triggers and actions of the project. */
  readonly code: CloudCode
  readonly now: () => number
  readonly log: Pick<Logger, 'warn' | 'error'>
}

/** What a page sends to the function `DCloud-clientDB`, or a cloud function through `databaseForJQL()`. */
interface ClientDbCall {
  readonly event: JsonObject
  readonly clientInfo: ClientInfo
  readonly uniIdToken: string | undefined
  /** Given by a cloud function: the query runs for this user, whatever the token says. */
  readonly user?: Pick<Login, 'uid' | 'role' | 'permission'> | undefined
  /** A cloud function asks for no triggers, from within one for example. */
  readonly skipsTriggers?: boolean | undefined
}

/** What is the same for all queries of a call. */
interface Asking {
  readonly caller: Caller
  readonly budget: Budget
  readonly hookCaller: HookCaller
  readonly skipsTriggers: boolean
}

const MAX_COMMANDS = 20
const NO_USER = 'TOKEN_INVALID_ANONYMOUS_USER'

/** Answers what pages ask; a refusal is an answer with a `code` too, as the client's library expects. */
export class ClientDb {
  private readonly schemas: Schemas
  private readonly tokens: TokenConfigs
  private readonly hooks: Hooks

  constructor(private readonly options: ClientDbOptions) {
    this.schemas = new Schemas(options.schemaDirectories, options.log)
    this.tokens = new TokenConfigs(options.configDirectories, options.log)
    this.hooks = new Hooks(options.code, options.schemaDirectories, options.log)
  }

  async call({ event, clientInfo, uniIdToken, user, skipsTriggers = false }: ClientDbCall): Promise<JsonObject> {
    try {
      const { caller, renewal } = await this.readCaller(clientInfo, uniIdToken, user)
      const renew = async () => {
        try {
          return await renewal?.issue(caller.nowMs, caller.clientIP)
        } catch (error) {
          // What was asked for has been done, and the old token still counts.
          this.options.log.error({ err: error, requestId: clientInfo.requestId }, 'clientDB could not renew a token')
          return undefined
        }
      }
      const budget = new Budget()
      const asking = { caller, budget, hookCaller: { clientInfo, uniIdToken }, skipsTriggers }
      const several = own(event, 'multiCommand')
      if (own(event, 'redirectTo') !== undefined) throw notSupported('the secure network')
      if (several === undefined) return success({ ...(await this.run(event, asking)), ...(await renew()) })
      if (!Array.isArray(several) || several.length === 0 || several.length > MAX_COMMANDS) {
        throw syntaxError(`multiSend() takes 1 to ${MAX_COMMANDS} queries`)
      }
      const dataList: JsonObject[] = []
      for (const one of several) {
        // Statements are synchronous: requests that came meanwhile have their turn between two of them.
        await nextTurn()
        const answer = await this.run(isJsonObject(one) ? one : {}, asking).then(success, (error: unknown) => {
          return this.toRefusal(error, clientInfo)
        })
        dataList.push(answer)
      }
      return success({ dataList, ...(await renew()) })
    } catch (error) {
      return this.toRefusal(error, clientInfo)
    }
  }

  private async run(event: JsonObject, { budget, ...asking }: Asking): Promise<JsonObject> {
    const { names, actions } = this.hooks.actions(own(event, 'action'))
    const caller = { ...asking.caller, actions: names }
    const command = own(event, 'command')
    const request = readRequest(command, caller)
    const [main, ...others] = request.sources
    const get = ({ collection }: { collection: string }) => this.schemas.get(collection)
    const { database } = this.options
    const data = { collection: (name: string) => database.collection(name), command: database.command, budget }
    const gotten = new GottenDocuments(database)
    const schemas = [get(main), ...others.map(get)] as const
    const acting = { ...caller, gotten }
    const { skipsTriggers } = asking
    const calls = readCalls(command)
    const query = { request, schema: schemas[0], caller: acting, calls, event, actions, skipsTriggers }
    const around = new Hooked(query, this.hooks, asking.hookCaller, database.command)
    return gotten.attempt(() => new Execution(request, schemas, acting, data, around).run())
  }

  private async readCaller(
    clientInfo: ClientInfo,
    token: string | undefined,
    user: ClientDbCall['user'],
  ): Promise<{ caller: Caller; renewal: Renewal | undefined }> {
    const { database, now, isForCloudCode = false } = this.options
    const nowMs = now()
    const context = { nowMs, clientIP: clientInfo.clientIP, isCloudCode: isForCloudCode }
    if (user) return { caller: { ...context, login: { ...user, problem: NO_USER } }, renewal: undefined }
    const settings = this.tokens.get(textIn(clientInfo, 'appId'), textIn(clientInfo, 'uniPlatform'))
    const login = await readLogin(token, settings?.secret, nowMs, database)
    // A cloud function hands no token back to its page.
    const renewal = isForCloudCode ? undefined : await Renewal.open(login, token, settings, nowMs, database)
    return { caller: { ...context, login: renewal?.login ?? login }, renewal }
  }

  private toRefusal(error: unknown, { requestId }: ClientInfo): JsonObject {
    if (error instanceof ClientDbError || error instanceof HookRefusal) return refusal(error.code, error.message)
    if (isDuplicateKey(error)) return refusal('DUPLICATE_KEY', 'Another document has this value already')
    if (error instanceof DatabaseError && error.errCode === 'database-too-many-rows') {
      return refusal('uni-cloud-too-many-rows', `Too much for one query of a page: ${error.message}`)
    }
    if (error instanceof DatabaseError && error.errCode === 'database-invalid-argument') {
      return refusal('SYNTAX_ERROR', error.message)
    }
    this.options.log.error({ err: error, requestId }, 'clientDB failed')
    return refusal('SYSTEM_ERROR', `The request failed; the server's log says why (request ${requestId})`)
  }
}

function textIn(info: ClientInfo, name: string): string | undefined {
  const value = info[name]
  return typeof value === 'string' ? value : undefined
}

function success(result: JsonObject): JsonObject {
  return { code: 0, errCode: 0, message: '', errMsg: '', ...result }
}

function refusal(code: ClientDbCode | HookRefusal['code'], message: string): JsonObject {
  return { code, errCode: code, message, errMsg: message }
}
