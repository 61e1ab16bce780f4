import { parseProjection, type Database, type Document } from '../database/index'
import { Access, askForPermitted, checkReach } from './access'
import type { Budget } from './budget'
import { getPaths } from './columns'
import { shapeRows } from './compute'
import { all, pathsIn, type Criterion } from './criteria'
import { notSupported, quote, syntaxError } from './errors'
import type { Caller } from './permission'
import { findPath, type Order } from './orders'
import type { Source } from './request'
import type { Field, Schema } from './schema'
import { sortRows } from './sorting'
import { toWhere, narrow } from './statement'

/** What a request works with. */
export type Data = Pick<Database, 'collection' | 'command'> & { readonly budget: Budget }

interface Page {
  readonly orders: readonly Order[]
  readonly skip: number
  readonly limit: number
}

/** Whether a field is still there, under its own name, when field() has been applied. */
export function isNamed(columns: Source['columns'], path: string): boolean {
  return path === '_id' || (columns?.some((column) => column.path === path && column.name === path) ?? true)
}

/**
 * One collection as one caller may read it. What anybody looks at is demanded of the documents first; what must not be seen is
 * cut off as soon as they are read, so that nothing that follows can come across it.
 */
export class PermittedSource {
  private readonly access: Access
  private readonly rule: Criterion
  private readonly demands: Criterion[]
  private readonly hidden: readonly string[]
  /** The fields that are demanded with everything in them: there is nothing to hide in them. */
  private readonly named = new Set<string>()
  private demanded: Criterion | undefined
  /** What the documents are sorted by, under stored names. */
  readonly orders: readonly Order[]

  constructor(
    readonly source: Source,
    readonly schema: Schema,
    private readonly caller: Caller,
    private readonly database: Data,
  ) {
    const { where, columns } = source
    this.access = new Access(schema, caller, where)
    this.rule = this.access.collection('read')
    this.demands = [this.rule]
    for (const path of pathsIn(where)) this.demand(path)
    const shown = getPaths(columns ?? []).map((path) => this.access.field(path, 'read'))
    this.orders = source.orders.map(({ path: name, direction }) => {
      const path = this.storedPath(name)
      if (path === undefined)
        throw notSupported(`the operation ${quote(name)} as an order before getTemp() and in a tree`)
      this.demand(path)
      return { path, direction }
    })
    // field() answers the id as well, where the caller may see it: one that it names is demanded of the documents.
    const asksId = columns?.some(({ path }) => path === '_id') ?? false
    const fields = columns ? new Map([...schema.fields].filter(([name]) => name === '_id')) : schema.fields
    this.hidden = asksId ? [] : this.access.hidden(this.asked, shown, fields as ReadonlyMap<string, Field>)
    this.demands.push(...shown)
  }

  /** Demands what looking at a field of the stored documents demands. */
  demand(path: string): void {
    this.demands.push(this.access.field(path, 'read'))
    this.named.add(path)
    this.demanded = undefined
  }

  demandCount(): void {
    this.demands.push(this.access.collection('count'))
  }

  /** Demands what looking at a field of the documents that read() answers demands. */
  touch(path: string): void {
    if (!this.source.columns) this.demand(path)
  }

  /** Demands a field that documents are joined by; it has to be among those that are read. */
  touchKey(path: string): void {
    const { columns, collection } = this.source
    if (!isNamed(columns, path)) throw syntaxError(`field() of ${collection} leaves out ${path}, by which it is joined`)
    this.demand(path)
  }

  /** The stored field that a name in the answer stands for, or undefined for what is computed. */
  storedPath(name: string): string | undefined {
    return findPath(this.source.columns, name)
  }

  /** What is asked of the stored documents, with what is taken as said. */
  get asked(): Criterion {
    return askForPermitted(this.source.where, this.rule, this.caller)
  }

  /** Throws ClientDbError where what is asked for is not permitted. */
  async check(): Promise<void> {
    await this.criterion()
  }

  /** One page, at most 1000 documents. */
  async read({ orders, skip, limit }: Page, among?: Criterion): Promise<Document[]> {
    return this.cut(await this.readRaw({ orders, skip, limit }, among))
  }

  /** The same before anything is cut off. */
  async readRaw({ orders, skip, limit }: Page, among?: Criterion): Promise<Document[]> {
    this.database.budget.checkLeft()
    let query = narrow(this.database, this.source.collection, await this.criterion(among))
    for (const { path, direction } of orders) query = query?.orderBy(path, direction)
    const documents = (await query?.skip(skip).limit(limit).get())?.data ?? []
    this.database.budget.chargeReads(documents.length)
    return documents
  }

  /** All of them, as many as an aggregation may give. */
  async readAll(orders: readonly Order[], among?: Criterion): Promise<Document[]> {
    return this.cut(await this.readAllRaw(orders, among))
  }

  async readAllRaw(orders: readonly Order[], among?: Criterion): Promise<Document[]> {
    this.database.budget.checkLeft()
    const condition = toWhere(await this.criterion(among), this.database.command)
    if (condition === undefined) return []
    const { data } = await this.database.collection(this.source.collection).aggregate().match(condition).end()
    this.database.budget.chargeReads(data.length)
    return sortRows(this.database, data, orders)
  }

  async count(among?: Criterion): Promise<number> {
    return this.countMatches(await this.criterion(among))
  }

  /** What the caller may see of the documents. */
  async cut(documents: readonly Document[]): Promise<Document[]> {
    const { columns } = this.source
    const isNamed = (path: string) => [...this.named].some((name) => path === name || path.startsWith(`${name}.`))
    const hidden = this.hidden.filter((path) => !isNamed(path)).map((path) => [path, false])
    const omit = hidden.length > 0 ? parseProjection(Object.fromEntries(hidden)) : undefined
    const visible = omit ? documents.map(omit) : [...documents]
    if (columns) return shapeRows(this.database, visible, columns)
    for (const document of visible) this.database.budget.chargeFor(document)
    return visible
  }

  /** The condition that runs: what was asked and everything that is demanded, in one statement. */
  private async criterion(among?: Criterion): Promise<Criterion> {
    const { where } = this.source
    if (!this.demanded) {
      const demanded = all(this.demands)
      await checkReach(this.asked, demanded, this.caller, (criterion) => this.countMatches(criterion))
      this.demanded = demanded
    }
    return all([where, this.demanded, ...(among ? [among] : [])])
  }

  private async countMatches(criterion: Criterion): Promise<number> {
    return (await narrow(this.database, this.source.collection, criterion)?.count())?.total ?? 0
  }
}
