import { isJsonObject, type JsonObject } from '../shared/json'
import { Access, checkReach } from './access'
import type { Around } from './around'
import { checkChoices } from './choices'
import { all, ALWAYS, pathsIn, type Criterion } from './criteria'
import { invalidData, syntaxError } from './errors'
import type { Caller } from './permission'
import { Reading } from './reading'
import type { DataRequest } from './request'
import type { Schema } from './schema'
import type { Data } from './source'
import { narrow } from './statement'
import { readTree } from './tree'
import { pathsWritten, readChange, readDocuments } from './validate'
import { readStored } from './values'

/** One request of one caller, within what the schemas of its collections permit; writes are for one collection. */
export class Execution {
  private readonly access: Access
  private readonly schema: Schema
  private readonly collection: string

  constructor(
    private readonly request: DataRequest,
    private readonly schemas: readonly [Schema, ...Schema[]],
    private readonly caller: Caller,
    private readonly database: Data,
    private readonly around: Around,
  ) {
    this.schema = schemas[0]
    this.collection = this.schema.collection
    this.access = new Access(this.schema, caller, request.where)
  }

  /** The answer without its code. Throws ClientDbError for what is refused. */
  async run(): Promise<JsonObject> {
    switch (this.request.action) {
      case 'get': {
        const { tree } = this.request
        return tree
          ? readTree(this.request, tree, this.schema, this.caller, this.database, this.around)
          : new Reading(this.request, this.schemas, this.caller, this.database, this.around).get()
      }
      case 'count':
        return new Reading(this.request, this.schemas, this.caller, this.database, this.around).count()
      case 'add':
        return this.add()
      case 'update':
        return this.update()
      case 'remove': {
        this.checkNarrowed()
        const demanded = this.access.collection('delete')
        const criterion = await this.reach([demanded, ...this.whereDemands(demanded)])
        return this.around.run('delete', this.request.where, {}, async () => {
          const deleted = (await narrow(this.database, this.collection, criterion)?.remove())?.deleted ?? 0
          return { deleted, affectedDocs: deleted }
        })
      }
    }
  }

  private async add(): Promise<JsonObject> {
    this.checkWritable()
    const permitted = this.access.collection('create')
    const given = readStored(this.request.data, this.caller)
    const written = this.writeDemands(Array.isArray(given) ? given : [given])
    // There is no document yet: rules that ask about one refuse.
    await checkReach(ALWAYS, all([permitted, ...written]), this.caller, async () => 0)
    const documents = readDocuments(given, this.schema, this.caller)
    await checkChoices(documents, this.schema, this.caller, this.database)
    const target = this.database.collection(this.collection)
    const added = { list: documents, isOne: !Array.isArray(given) }
    return this.around.run('create', ALWAYS, { added }, async () => {
      return { ...(await (added.isOne ? target.add(added.list[0]!) : target.add(added.list))) }
    })
  }

  private async update(): Promise<JsonObject> {
    this.checkNarrowed()
    this.checkWritable()
    const permitted = this.access.collection('update')
    const given = readStored(this.request.data, this.caller)
    const written = this.writeDemands([given])
    const criterion = await this.reach([permitted, ...written, ...this.whereDemands(permitted)])
    const change = { fields: readChange(given, this.schema, this.caller) }
    await checkChoices([change.fields], this.schema, this.caller, this.database)
    return this.around.run('update', this.request.where, { change }, async () => {
      const reply = await narrow(this.database, this.collection, criterion)?.update(change.fields)
      const updated = reply?.updated ?? 0
      return { updated, affectedDocs: updated }
    })
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
    return (await narrow(this.database, this.collection, criterion)?.count())?.total ?? 0
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
