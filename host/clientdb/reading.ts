import { setImmediate as nextTurn } from 'node:timers/promises'

import { toDistinct, type Document } from '../database/index'
import type { JsonObject } from '../shared/json'
import type { Around } from './around'
import { getPaths, type Column } from './columns'
import { compute, groupRows, matchRows, shapeRows } from './compute'
import { all, ALWAYS, isAlways, pathsIn, type Criterion } from './criteria'
import { notSupported, quote, syntaxError } from './errors'
import { findLinks, join, keysAt, uniqueKeys, type Link } from './links'
import type { Caller } from './permission'
import { findNamed, findPath, type Order } from './orders'
import type { DataRequest, Source } from './request'
import type { Schema } from './schema'
import { sortRows } from './sorting'
import { isNamed, PermittedSource, type Data } from './source'

export const DEFAULT_LIMIT = 100
export const MAX_LIMIT = 1000
/** Longer lists are not handed to the database: each document would be compared with all of the values. */
const MAX_LISTED_KEYS = 400

/**
 * A query of one collection or of several that are joined. Every collection is read within what the schema permits of it, as if
 * it were asked for alone; only what may be seen is joined, computed, grouped and sorted then. One collection, and a page of
 * the first of several, is found by the database itself; what conditions, groups and orders look at in joined documents is
 * read as a whole, within the bounds of an aggregation.
 */
export class Reading {
  private readonly request: DataRequest
  private readonly sources: readonly [PermittedSource, ...PermittedSource[]]
  private readonly links: readonly Link[]
  /** What is left of the condition when documents are joined. */
  private readonly rest: Criterion
  private readonly joinedPaths: ReadonlySet<string>

  constructor(
    given: DataRequest,
    schemas: readonly Schema[],
    caller: Caller,
    private readonly database: Data,
    private readonly around: Around,
  ) {
    const request = fold(given)
    this.links = findLinks(schemas, request.foreignKey, (at, path) => isNamed(request.sources[at]?.columns, path))
    this.joinedPaths = new Set(
      this.links.map(({ kind, field, collection }) => (kind === 'refers' ? field : `${field}.${collection}`)),
    )
    this.checkOrders(given)
    const { own, rest } = this.divide(request)
    this.rest = rest
    const [main, ...others] = request.sources
    if (others.some(({ skip, limit }) => skip > 0 || limit !== undefined)) {
      throw notSupported('skip() and limit() of a collection that is joined to the first')
    }
    const open = (source: Source, at: number) => new PermittedSource(source, schemas[at]!, caller, database)
    this.sources = [open({ ...main, where: all([main.where, own]) }, 0), ...others.map((one, at) => open(one, at + 1))]
    this.request = request
    this.demandAll()
  }

  async get(): Promise<JsonObject> {
    const { wantsOne, wantsCount } = this.request
    if (wantsCount) this.main.demandCount()
    await this.check()
    return this.around.run('read', this.main.asked, {}, async () => {
      const { rows, count } = this.isPaged ? await this.readPage() : await this.readWhole()
      const total = async () => count ?? (await this.main.count())
      const counted = wantsCount ? { count: await this.around.count(this.main.asked, total) } : {}
      return { data: wantsOne ? rows[0] : rows, affectedDocs: rows.length, ...counted }
    })
  }

  async count(): Promise<JsonObject> {
    this.main.demandCount()
    await this.check()
    return this.around.run('count', this.main.asked, {}, async () => {
      const total = this.isPaged ? await this.main.count() : (await this.readWhole()).count
      return { total, affectedDocs: total }
    })
  }

  /** Everything is permitted before anything of the project runs. */
  private async check(): Promise<void> {
    if (this.isPaged) for (const { path } of this.storedOrders ?? []) this.main.demand(path)
    for (const source of this.sources) await source.check()
  }

  private get main(): PermittedSource {
    return this.sources[0]
  }

  /** The part of the condition that only looks at what is stored in the first collection, and the other part. */
  private divide({ where, sources: [main] }: DataRequest): { own: Criterion; rest: Criterion } {
    if (main.columns || main.skip > 0 || main.limit !== undefined) return { own: ALWAYS, rest: where }
    const parts = where.kind === 'and' ? where.of : [where]
    const isOwn = (part: Criterion) => pathsIn(part).every((path) => !this.findLink(path))
    return { own: all(parts.filter(isOwn)), rest: all(parts.filter((part) => !isOwn(part))) }
  }

  private findLink(path: string): Link | undefined {
    return this.links.find(({ field }) => path === field || path.startsWith(`${field}.`))
  }

  /** Whatever is looked at in joined documents is demanded of the collection that it comes from. */
  private demandAll(): void {
    const { columns, group, isDistinct } = this.request
    const touched = [...pathsIn(this.rest), ...getPaths(columns ?? [])]
    if (group && !columns)
      touched.push(...getPaths(group.by), ...group.fields.flatMap(({ operation }) => operation.paths))
    // Groups, and rows of which each is there once, are sorted by what is in them.
    if (!group && !isDistinct) touched.push(...this.orders.flatMap(({ path }) => (path === undefined ? [] : [path])))
    for (const path of touched) this.touch(path)
    for (const { field, at, keys } of this.links) {
      this.main.touchKey(field)
      for (const key of keys) this.sources[at]!.touchKey(key)
    }
    if (group?.fields.some(({ isCount, operation }) => isCount || operation.paths.length === 0)) this.main.demandCount()
  }

  private touch(path: string): void {
    const joined = this.findJoined(path)
    if (!joined) this.main.touch(path)
    for (const { at, below } of joined ?? []) this.sources[at]!.touch(below)
  }

  /** What a path looks at in joined documents; undefined where it looks at what is stored in the first collection. */
  private findJoined(path: string): { at: number; below: string }[] | undefined {
    const link = this.findLink(path)
    const rest = path.slice((link?.field.length ?? 0) + 1)
    // All of a joined document is what its collection lets be seen.
    if (link?.kind === 'refers') return rest === '' ? [] : [{ at: link.at, below: rest }]
    return (
      link &&
      this.links.flatMap(({ field, collection, at }) => {
        const isIn = field === link.field && rest.startsWith(`${collection}.`)
        return isIn ? [{ at, below: rest.slice(collection.length + 1) }] : []
      })
    )
  }

  /**
   * Refuses an order by a name that the rows do not have when they are sorted: it would order nothing. Groups and distinct
   * rows are left as they are by it: pages of uni-admin sort the one group that they ask for by a field of the documents.
   */
  private checkOrders({ columns, orders, group, isDistinct, sources }: DataRequest): void {
    if (group || isDistinct) return
    const isIn = (path: string, at: number) => {
      const left = sources[at]!.columns
      return !left || path === '_id' || findNamed(left, path) !== undefined
    }
    const isThere = (name: string) => {
      const path = findPath(columns, name)
      if (path === undefined) return true
      const joined = this.findJoined(path)
      if (joined?.length !== 0) return joined?.every(({ at, below }) => isIn(below, at)) ?? isIn(path, 0)
      // The joined documents themselves, or nothing that they have.
      const rest = path.slice((this.findLink(path)?.field.length ?? 0) + 1)
      return rest === '' || rest === '_value'
    }
    const lost = orders.find(({ path }) => !isThere(path))
    if (lost) throw syntaxError(`orderBy() names ${quote(lost.path)}, which is not among what is sorted`)
  }

  /** What is sorted by, under its name before field(); undefined for the result of an operation. */
  private get orders(): readonly { path: string | undefined; name: string; direction: Order['direction'] }[] {
    const { columns, orders } = this.request
    return orders.map(({ path: name, direction }) => ({ path: findPath(columns, name), name, direction }))
  }

  /** The orders as the database has them, or undefined where they look at what it does not have. */
  private get storedOrders(): Order[] | undefined {
    const orders: Order[] = []
    for (const { path, direction } of this.orders) {
      const stored = path === undefined || this.findLink(path) ? undefined : this.main.storedPath(path)
      if (stored === undefined) return undefined
      orders.push({ path: stored, direction })
    }
    return [...orders, ...this.main.orders]
  }

  private get isPaged(): boolean {
    const { group, isDistinct } = this.request
    const { skip, limit } = this.main.source
    const isNarrowed = skip > 0 || limit !== undefined
    return isAlways(this.rest) && !group && !isDistinct && !isNarrowed && this.storedOrders !== undefined
  }

  private get limit(): number {
    const { wantsOne, limit = DEFAULT_LIMIT } = this.request
    return wantsOne ? 1 : Math.min(limit, MAX_LIMIT)
  }

  private async readPage(): Promise<{ rows: Document[]; count: undefined }> {
    const page = { orders: this.storedOrders ?? [], skip: this.request.skip, limit: this.limit }
    const documents = await this.joinAll(await this.main.read(page))
    return { rows: await this.shapeRows(documents), count: undefined }
  }

  private async readWhole(): Promise<{ rows: Document[]; count: number }> {
    const { group, isDistinct, orders, skip } = this.request
    const documents = await this.matchRest(await this.joinAll(await this.readMain()))
    const slice = (rows: readonly Document[]) => rows.slice(skip, skip + this.limit)
    if (!group && !isDistinct)
      return { rows: await this.shapeRows(slice(await this.sort(documents))), count: documents.length }
    const shaped = await this.shapeRows(documents)
    const grouped = group ? await groupRows(this.database, shaped, group.by, group.fields) : shaped
    const rows = isDistinct ? toDistinct(grouped.map(withoutId)) : grouped
    return { rows: slice(sortRows(this.database, rows, orders)), count: rows.length }
  }

  private async readMain(): Promise<Document[]> {
    const { skip, limit } = this.main.source
    const { orders } = this.main
    if (skip === 0 && limit === undefined) return this.main.readAll(orders)
    return this.main.read({ orders, skip, limit: Math.min(limit ?? DEFAULT_LIMIT, MAX_LIMIT) })
  }

  private async joinAll(documents: Document[]): Promise<Document[]> {
    const joined = new Map<Link, readonly Document[]>()
    for (const link of this.links) {
      // Statements are synchronous: requests that came meanwhile have their turn between two of them.
      await nextTurn()
      joined.set(link, await this.readJoined(link, documents))
    }
    return this.links.length > 0 ? join(documents, this.links, joined, this.database.budget) : documents
  }

  private async readJoined({ at, field, keys }: Link, documents: readonly Document[]): Promise<Document[]> {
    const source = this.sources[at]!
    const values = uniqueKeys(documents.flatMap((document) => keysAt(document, field)))
    const isListed = values.length <= MAX_LISTED_KEYS || keys.every((key) => key === '_id')
    const tests = keys.map((path): Criterion => {
      // An _id is always text.
      const value = path === '_id' ? values.filter((one) => typeof one === 'string') : values
      return { kind: 'test', path, operator: 'in', value }
    })
    return source.readAll(source.orders, isListed ? { kind: 'or', of: tests } : undefined)
  }

  private async matchRest(documents: Document[]): Promise<Document[]> {
    return isAlways(this.rest) ? documents : matchRows(this.database, documents, this.rest)
  }

  /** Sorts before field() leaves anything out; results of operations stand beside the documents. */
  private async sort(documents: readonly Document[]): Promise<Document[]> {
    if (this.orders.length === 0) return [...documents]
    const operations = (this.request.columns ?? []).filter(({ operation }) => operation)
    const computed = await compute(this.database, documents, operations)
    const wrapped = documents.map((document, at) => ({
      document,
      computed: Object.fromEntries((computed[at] ?? []).map((value, n) => [`c${n}`, value])),
    }))
    const orders = this.orders.map(({ path, name, direction }) => {
      if (path !== undefined) return { path: `document.${path}`, direction }
      const column = findNamed(operations, name)!
      return { path: `computed.c${operations.indexOf(column)}${name.slice(column.name.length)}`, direction }
    })
    return sortRows(this.database, wrapped, orders).map(({ document }) => document as Document)
  }

  private async shapeRows(documents: readonly Document[]): Promise<Document[]> {
    const { columns } = this.request
    return columns ? shapeRows(this.database, documents, columns, this.joinedPaths) : [...documents]
  }
}

/**
 * One collection that getTemp() has not narrowed is asked for at once. Where the result of an operation is an order, the columns
 * wait until all orders have been looked at: the others may be fields that they leave out.
 */
function fold(request: DataRequest): DataRequest {
  const [main, ...others] = request.sources
  const isPlain = isAlways(main.where) && !main.columns && main.orders.length === 0 && main.skip === 0
  if (others.length > 0 || !isPlain || main.limit !== undefined) return request
  const { where, columns, orders, group, isDistinct } = request
  const isComputed = (column: Column) => column.operation && orders.some(({ path }) => findNamed([column], path))
  const mustWait = !group && !isDistinct && columns?.some(isComputed)
  if (mustWait) return { ...request, sources: [{ ...main, where }], where: ALWAYS }
  return { ...request, sources: [{ ...main, where, columns }], where: ALWAYS, columns: undefined }
}

function withoutId({ _id, ...others }: Document): Document {
  return others
}
