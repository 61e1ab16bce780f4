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
import { ClientDbError, notSupported, syntaxError, type ClientDbCode } from './errors'
import { Execution } from './execute'
import { readLogin } from './login'
import type { Caller } from './permission'
import { readRequest } from './request'
import { Schemas } from './schemas'
import { TokenSecrets } from './uni-id'

interface ClientDbOptions {
  readonly database: Pick<Database, 'collection' | 'command'>
  /** The project's database directories, its own first. */
  readonly schemaDirectories: readonly string[]
  /** The copies of the common module uni-config-center. */
  readonly configDirectories: readonly string[]
  readonly now: () => number
  readonly log: Pick<Logger, 'warn' | 'error'>
}

/** What a page sends to the function `DCloud-clientDB`. */
interface ClientDbCall {
  readonly event: JsonObject
  readonly clientInfo: ClientInfo
  readonly uniIdToken: string | undefined
}

const MAX_COMMANDS = 20

/** Answers what pages ask; a refusal is an answer with a `code` too, as the client's library expects. */
export class ClientDb {
  private readonly schemas: Schemas
  private readonly secrets: TokenSecrets

  constructor(private readonly options: ClientDbOptions) {
    this.schemas = new Schemas(options.schemaDirectories, options.log)
    this.secrets = new TokenSecrets(options.configDirectories, options.log)
  }

  async call({ event, clientInfo, uniIdToken }: ClientDbCall): Promise<JsonObject> {
    try {
      const caller = await this.readCaller(clientInfo, uniIdToken)
      const several = own(event, 'multiCommand')
      if (own(event, 'redirectTo') !== undefined) throw notSupported('the secure network')
      if (several === undefined) return success(await this.run(event, caller))
      if (!Array.isArray(several) || several.length === 0 || several.length > MAX_COMMANDS) {
        throw syntaxError(`multiSend() takes 1 to ${MAX_COMMANDS} queries`)
      }
      const dataList: JsonObject[] = []
      for (const one of several) {
        // Statements are synchronous: requests that came meanwhile have their turn between two of them.
        await nextTurn()
        const answer = await this.run(isJsonObject(one) ? one : {}, caller).then(success, (error: unknown) => {
          return this.toRefusal(error, clientInfo)
        })
        dataList.push(answer)
      }
      return success({ dataList })
    } catch (error) {
      return this.toRefusal(error, clientInfo)
    }
  }

  private async run(asked: JsonObject, caller: Caller): Promise<JsonObject> {
    const action = own(asked, 'action')
    if (action !== undefined && action !== null && action !== '') throw notSupported('action()')
    const request = readRequest(own(asked, 'command'), caller)
    const schema = this.schemas.get(request.collection)
    return new Execution(request, schema, caller, this.options.database).run()
  }

  private async readCaller(clientInfo: ClientInfo, token: string | undefined): Promise<Caller> {
    const { database, now } = this.options
    const nowMs = now()
    const appId = clientInfo['appId']
    const secret = this.secrets.get(typeof appId === 'string' ? appId : undefined)
    const login = await readLogin(token, secret, nowMs, database)
    return { login, nowMs, clientIP: clientInfo.clientIP }
  }

  private toRefusal(error: unknown, { requestId }: ClientInfo): JsonObject {
    if (error instanceof ClientDbError) return refusal(error.code, error.message)
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

function success(result: JsonObject): JsonObject {
  return { code: 0, errCode: 0, message: '', errMsg: '', ...result }
}

function refusal(code: ClientDbCode, message: string): JsonObject {
  return { code, errCode: code, message, errMsg: message }
}
