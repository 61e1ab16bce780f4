import type { Database, Document } from '../database/index'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import { Access, checkReach } from './access'
import { checkChoices } from './choices'
import { all, ALWAYS, pathsIn, type Criterion } from './criteria'
import { invalidData, syntaxError } from './errors'
import type { Caller } from './permission'
import type { Column, DataRequest } from './request'
import type { Field, Schema } from './schema'
import { narrow } from './statement'
import { pathsWritten, readChange, readDocuments } from './validate'
import { readStored } from './values'

type Data = Pick<Database, 'collection' | 'command'>

/** One request of one caller on one collection, within what the schema permits. */
export class Execution {
  private readonly access: Access

  constructor(
    private readonly request: DataRequest,
    private readonly schema: Schema,
    private readonly caller: Caller,
    private readonly database: Data,
  ) {
    this.access = new Access(schema, caller)
  }

  /** The answer without its code. Throws ClientDbError for what is refused. */
  async run(): Promise<JsonObject> {
    switch (this.request.action) {
      case 'get':
        return this.get()
      case 'count': {
        const total = await this.count(await this.reach([this.access.collection('count'), ...this.readDemands()]))
        return { total, affectedDocs: total }
      }
      case 'add':
        return this.add()
      case 'update':
        return this.update()
      case 'remove': {
        this.checkNarrowed()
        const demanded = this.access.collection('delete')
        const criterion = await this.reach([demanded, ...this.whereDemands(demanded)])
        const reply = await narrow(this.database, this.request.collection, criterion)?.remove()
        const deleted = reply?.deleted ?? 0
        return { deleted, affectedDocs: deleted }
      }
    }
  }

  private async get(): Promise<JsonObject> {
    const { columns, orders, skip, limit, wantsOne, wantsCount, where, collection } = this.request
    const counting = wantsCount ? [this.access.collection('count')] : []
    const shown = (columns ?? []).map(({ path }) => this.access.field(path, 'read'))
    const sorted = orders.map(({ path }) => this.access.field(path, 'read'))
    const hidden = columns ? [] : this.access.hidden(where, shown)
    // field() answers the id as well, where the caller may see it: one that it names is demanded of the documents above.
    const asksId = columns?.some(({ path }) => path === '_id') ?? true
    const hidesId = !asksId && this.access.hidden(where, shown, this.idAlone()).length > 0
    const criterion = await this.reach([...counting, ...this.readDemands(), ...shown, ...sorted])
    const query = narrow(this.database, collection, criterion)
    let found = query
    for (const { path, direction } of orders) found = found?.orderBy(path, direction)
    found = found?.skip(skip)
    if (wantsOne) found = found?.limit(1)
    else if (limit !== undefined) found = found?.limit(limit)
    if (columns) found = found?.field(['_id', ...columns.map(({ path }) => path)])
    else if (hidden.length > 0) found = found?.field(Object.fromEntries(hidden.map((path) => [path, false])))
    const { data } = (await found?.get()) ?? { data: [] as Document[] }
    const rows = columns ? data.map((document) => rename(document, columns, hidesId)) : data
    const count = wantsCount ? { count: (await query?.count())?.total ?? 0 } : {}
    return { data: wantsOne ? rows[0] : rows, affectedDocs: rows.length, ...count }
  }

  private async add(): Promise<JsonObject> {
    this.checkWritable()
    const permitted = this.access.collection('create')
    const given = readStored(this.request.data, this.caller)
    const written = this.writeDemands(Array.isArray(given) ? given : [given])
    // There is no document yet: rules that ask about one refuse.
    await checkReach(ALWAYS, all([permitted, ...written]), this.caller, async () => 0)
    const documents = readDocuments(given, this.schema, this.caller)
    await checkChoices(documents, this.schema, this.database)
    const target = this.database.collection(this.request.collection)
    return { ...(await (Array.isArray(given) ? target.add(documents) : target.add(documents[0]!))) }
  }

  private async update(): Promise<JsonObject> {
    this.checkNarrowed()
    this.checkWritable()
    const permitted = this.access.collection('update')
    const given = readStored(this.request.data, this.caller)
    const written = this.writeDemands([given])
    const criterion = await this.reach([permitted, ...written, ...this.whereDemands(permitted)])
    const change = readChange(given, this.schema, this.caller)
    await checkChoices([change], this.schema, this.database)
    const reply = await narrow(this.database, this.request.collection, criterion)?.update(change)
    const updated = reply?.updated ?? 0
    return { updated, affectedDocs: updated }
  }

  private writeDemands(documents: readonly unknown[]): Criterion[] {
    const paths = documents.flatMap((document) => (isJsonObject(document) ? pathsWritten(document) : []))
    return [...new Set(paths)].map((path) => this.access.field(path, 'write'))
  }

  /** The condition that runs: what was asked and everything that is demanded, in one statement. */
  private async reach(demands: readonly Criterion[]): Promise<Criterion> {
    const { where } = this.request
    const demanded = all(demands)
    await checkReach(where, demanded, this.caller, (criterion) => this.count(criterion))
    return all([where, demanded])
  }

  private async count(criterion: Criterion): Promise<number> {
    return (await narrow(this.database, this.request.collection, criterion)?.count())?.total ?? 0
  }

  private readDemands(): Criterion[] {
    return [this.access.collection('read'), ...this.fieldDemands(pathsIn(this.request.where))]
  }

  /**
   * A condition of a write tells by its count what it looks at: that has to be readable, but for `_id` and what the rule
   * itself looks at.
   */
  private whereDemands(permitted: Criterion): Criterion[] {
    const paths = pathsIn(this.request.where)
    const free = new Set(['_id', ...pathsIn(permitted)])
    const mustRead = paths.some((path) => !free.has(path)) ? [this.access.collection('read')] : []
    return [...mustRead, ...this.fieldDemands(paths)]
  }

  private fieldDemands(paths: readonly string[]): Criterion[] {
    return [...new Set(paths)].map((path) => this.access.field(path, 'read'))
  }

  private idAlone(): ReadonlyMap<string, Field> {
    return new Map([...this.schema.fields].filter(([name]) => name === '_id'))
  }

  private checkNarrowed(): void {
    if (!this.request.isNarrowed || pathsIn(this.request.where).length === 0) {
      throw syntaxError(`${this.request.action}() needs doc() or where() with a condition`)
    }
  }

  private checkWritable(): void {
    const { writeProblem } = this.schema
    if (writeProblem) throw invalidData(`The schema cannot be used: ${writeProblem}`)
  }
}

/** The document with the names that field() gave. */
function rename(document: Document, columns: readonly Column[], hidesId: boolean): Document {
  const { _id, ...others } = document
  const renamed = columns.filter(({ path, name }) => path !== name)
  if (renamed.length === 0) return hidesId ? others : document
  const kept = columns.filter(({ path, name }) => path === name)
  const row: Document = hidesId ? {} : { _id }
  for (const { path } of kept) {
    const [first = ''] = path.split('.')
    if (Object.hasOwn(document, first)) row[first] = document[first]
  }
  for (const { path, name } of renamed) {
    const value = valueAt(document, path.split('.'))
    if (value !== undefined) row[name] = value
  }
  return row
}

function valueAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value
  if (Array.isArray(value)) return value.map((one) => valueAt(one, [name, ...rest])).filter((one) => one !== undefined)
  const isObject = typeof value === 'object' && value !== null && !(value instanceof Date)
  return isObject ? valueAt(own(value as JsonObject, name), rest) : undefined
}
