import type { Database } from '../database/index'
import { isJsonObject, type JsonObject } from '../shared/json'
import { getPaths } from './columns'
import type { Criterion } from './criteria'
import { notSupported } from './errors'
import type { Action, HookCaller, Hooks } from './hooks'
import type { Caller } from './permission'
import type { DataRequest } from './request'
import type { Field, Schema } from './schema'
import { toWhere } from './statement'

export type OperationName = 'read' | 'count' | 'create' | 'update' | 'delete'

/** What a write is about to store; triggers and actions may change it. */
export interface Written {
  /** The documents of add(). */
  readonly added?: { list: JsonObject[]; readonly isOne: boolean }
  /** The change of update(). */
  readonly change?: { fields: JsonObject }
}

/**
 * What runs before and after the statement of a query, once everything about it is permitted and checked. `asked` is what the
 * caller may ask of stored documents of the first collection: triggers look for them by it.
 */
export interface Around {
  run(
    name: OperationName,
    asked: Criterion,
    written: Written,
    statement: () => Promise<JsonObject>,
  ): Promise<JsonObject>
  /** The number that get() answers beside the documents. */
  count(asked: Criterion, statement: () => Promise<number>): Promise<number>
}

interface Query {
  readonly request: DataRequest
  readonly schema: Schema
  readonly caller: Caller
  /** The calls of the page, `[{ $method, $param }]`, for actions to look at. */
  readonly calls: readonly JsonObject[]
  readonly event: JsonObject
  readonly actions: readonly Action[]
  readonly skipsTriggers: boolean
}

/** The triggers of the first collection, and within them the actions that the page names. */
export class Hooked implements Around {
  /** What `before…` leaves for `after…`. */
  private readonly triggerContext = {}

  constructor(
    private readonly query: Query,
    private readonly hooks: Hooks,
    private readonly hookCaller: HookCaller,
    private readonly command: Database['command'],
  ) {}

  async run(
    name: OperationName,
    asked: Criterion,
    written: Written,
    statement: () => Promise<JsonObject>,
  ): Promise<JsonObject> {
    const { wantsOne } = this.query.request
    await this.trigger('before', name, asked, written)
    const result = await this.act(name, written, statement)
    const isOne = name === 'read' && wantsOne
    // Triggers are promised a list.
    const seen = isOne ? { ...result, data: result['data'] === undefined ? [] : [result['data']] } : result
    await this.trigger('after', name, asked, written, seen)
    return isOne ? { ...seen, data: Array.isArray(seen.data) ? (seen.data as unknown[])[0] : seen.data } : seen
  }

  async count(asked: Criterion, statement: () => Promise<number>): Promise<number> {
    await this.trigger('before', 'count', asked, {})
    const result = { total: await statement() }
    await this.trigger('after', 'count', asked, {}, result)
    return result.total
  }

  private async trigger(
    when: 'before' | 'after',
    name: OperationName,
    asked: Criterion,
    written: Written,
    result?: object,
  ): Promise<void> {
    if (this.query.skipsTriggers) return
    const triggers = this.hooks.triggers(this.query.schema.collection)
    const hook = triggers?.get(when + name.charAt(0).toUpperCase() + name.slice(1))
    if (!hook) return
    const { added, change } = written
    const param = {
      ...this.describe(name, asked),
      ...(added && { addDataList: added.list }),
      ...(change && { updateData: change.fields }),
      ...(result && { result }),
    }
    await this.hooks.run(hook, [param], this.hookCaller)
  }

  /** What a trigger learns about the query. */
  private describe(operation: OperationName, asked: Criterion): JsonObject {
    const { request, schema, caller } = this.query
    const { sources, docId, rawWhere, skip, limit } = request
    const [main, ...others] = sources
    const isJoined = others.length > 0
    // Of a join without getTemp() uniCloud tells no condition and every field. What follows getTemp() may have other names.
    const columns = isJoined ? main.columns : (main.columns ?? request.columns)
    const { uid, role, permission } = caller.login
    const { clientInfo, uniIdToken } = this.hookCaller
    return {
      collection: schema.collection,
      operation,
      where: isJoined && !main.isTemp ? null : toPlainWhere(asked, this.command),
      field: columns ? [...new Set(getPaths(columns))] : leavesIn(schema.fields),
      docId,
      rawWhere,
      skip: operation === 'read' ? skip : undefined,
      limit: operation === 'read' ? limit : undefined,
      secondaryCollection: isJoined ? others.map(({ collection }) => collection) : undefined,
      isGetTempLookup: isJoined ? main.isTemp : undefined,
      clientInfo: { ...clientInfo, uniIdToken },
      userInfo: { uid, role: [...role], permission: [...permission] },
      triggerContext: this.triggerContext,
      isEqualToJql: () => {
        throw notSupported('isEqualToJql() of a trigger')
      },
    }
  }

  /** An error of one `before` goes to all that run after the statement; each may answer in its place, or throw another. */
  private async act(name: OperationName, written: Written, statement: () => Promise<JsonObject>): Promise<JsonObject> {
    const { actions, event } = this.query
    if (actions.length === 0) return statement()
    const state = this.toState(name, written)
    let [result, error]: [JsonObject | undefined, unknown] = [undefined, null]
    try {
      for (const { before } of actions) if (before) await this.hooks.run(before, [state, event], this.hookCaller)
      if (state['transaction'] !== undefined) throw notSupported('a transaction that an action begins')
      takeBack(state['newData'], written)
      result = await statement()
    } catch (thrown) {
      error = thrown
    }
    for (const { after } of [...actions].reverse()) {
      if (!after) continue
      try {
        const answer = await this.hooks.run(after, [state, event, error, result], this.hookCaller)
        if (isJsonObject(answer)) [result, error] = [answer, null]
      } catch (thrown) {
        error = thrown
      }
    }
    if (error !== null) throw error
    return result ?? {}
  }

  private toState(name: OperationName, { added, change }: Written): JsonObject {
    const { caller, schema, calls } = this.query
    const { uid, role, permission } = caller.login
    const find = (method: unknown) => calls.filter(({ $method }) => $method === method)
    return {
      command: {
        getMethod: find,
        getParam: ({ name: method, index = 0 }: { name: string; index?: number }) => find(method)[index]?.['$param'],
        setParam: () => {
          throw notSupported('setParam() of an action')
        },
      },
      auth: { uid, role: [...role], permission: [...permission] },
      newData: added ? (added.isOne ? added.list[0] : added.list) : (change?.fields ?? {}),
      collection: schema.collection,
      type: name === 'count' ? 'read' : name,
    }
  }
}

/** `state.newData` may have been changed, or replaced. */
function takeBack(newData: unknown, { added, change }: Written): void {
  if (added && Array.isArray(newData)) added.list = newData as JsonObject[]
  else if (added && isJsonObject(newData)) added.list = [newData]
  else if (change && isJsonObject(newData)) change.fields = newData
}

/** As where() of the database takes it; `{ _id: 'a' }` where that is all that is asked. */
function toPlainWhere(criterion: Criterion, command: Database['command']): object {
  const parts = criterion.kind === 'and' ? criterion.of : [criterion]
  const paths = parts.map((part) => (part.kind === 'test' ? part.path : undefined))
  const isPlain = paths.every((path, at) => path !== undefined && paths.indexOf(path) === at)
  if (!isPlain) return toWhere(criterion, command) ?? { _id: command.exists(false) }
  const fields = parts.map((part) => {
    if (part.kind !== 'test') return []
    const value = part.operator === 'eq' ? part.value : (toWhere(part, command) as JsonObject)[part.path]
    return [part.path, value]
  })
  return Object.fromEntries(fields) as JsonObject
}

/** The fields that hold values, `a.b` for those inside of others. */
function leavesIn(fields: ReadonlyMap<string, Field>, prefix = ''): string[] {
  return [...fields].flatMap(([name, { children }]) => {
    return children.size > 0 ? leavesIn(children, `${prefix}${name}.`) : [prefix + name]
  })
}
