import type { Document } from '../database/index'
import { own, type JsonObject } from '../shared/json'
import { matchRows } from './compute'
import { any, pathsIn, type Criterion } from './criteria'
import { ClientDbError, notSupported, syntaxError } from './errors'
import { keysAt, toKeyText } from './links'
import type { Caller } from './permission'
import type { Tree } from './options'
import { DEFAULT_LIMIT, MAX_LIMIT } from './reading'
import type { DataRequest } from './request'
import type { Schema } from './schema'
import { PermittedSource, type Data } from './source'
import { toWhere } from './statement'

/** How often documents may stand in an answer; where several have the same key, their children stand below each of them. */
const MAX_NODES = 10_000

/**
 * What `getTree` and `getTreePath` ask for: documents of one collection below others, by a field with a `parentKey`. The
 * condition and the permissions hold for the documents of every level.
 */
export async function readTree(
  request: DataRequest,
  tree: Tree,
  schema: Schema,
  caller: Caller,
  database: Data,
): Promise<JsonObject> {
  const { wantsOne, wantsCount, where, columns, skip, limit = DEFAULT_LIMIT } = request
  const [main] = request.sources
  const isPlain = pathsIn(main.where).length === 0 && !main.columns && main.orders.length + main.skip === 0
  if (!isPlain || main.limit !== undefined) throw notSupported(`${tree.kind} of what getTemp() has narrowed`)
  const { field, key } = findParent(schema, tree.parentField)
  const source = new PermittedSource({ ...main, where, columns, orders: request.orders }, schema, caller, database)
  const { orders } = source
  const start = tree.startWith ?? any(['', null].map((value) => ({ kind: 'test', path: field, operator: 'eq', value })))
  for (const path of [field, key, ...pathsIn(start)]) source.demand(path)
  if (wantsCount) source.demandCount()
  const nodes = new Nodes(source, field, key, tree.limitLevel)
  const page = { orders, skip, limit: wantsOne ? 1 : Math.min(limit, MAX_LIMIT) }
  if (tree.kind === 'getTreePath') {
    const data = await nodes.above(await source.readRaw(page, start))
    const counted = wantsCount ? { count: await source.count(start) } : {}
    return { data: wantsOne ? data[0] : data, affectedDocs: data.length, ...counted }
  }
  const documents = await source.readAllRaw(orders)
  const condition = toWhere(start, database.command)
  const first = condition === undefined ? [] : await matchRows(database, documents, condition)
  const data = await nodes.below(documents, first.slice(skip, skip + page.limit))
  const counted = wantsCount ? { count: first.length } : {}
  return { data: wantsOne ? data[0] : data, affectedDocs: data.length, ...counted }
}

/** The field that names the parent of a document, and the field of the parent that it names. */
function findParent(schema: Schema, chosen: string | undefined): { field: string; key: string } {
  const found = [...schema.fields].flatMap(([field, { definition }]) => {
    const key = own(definition, 'parentKey')
    return typeof key === 'string' && (chosen === undefined || chosen === field) ? [{ field, key }] : []
  })
  const [only, ...more] = found
  if (!only) throw syntaxError(`The schema of ${schema.collection} has no parentKey${chosen ? ` for ${chosen}` : ''}`)
  if (more.length > 0)
    throw syntaxError(`The schema of ${schema.collection} has several parentKeys; parentKey() chooses`)
  return only
}

class Nodes {
  private count = 0

  constructor(
    private readonly source: PermittedSource,
    private readonly field: string,
    private readonly key: string,
    private readonly limitLevel: number,
  ) {}

  /** The first documents, each with its `children`. */
  async below(documents: readonly Document[], first: readonly Document[]): Promise<Document[]> {
    const visible = new Map((await this.source.cut(documents)).map((one, at) => [documents[at]!, one]))
    const children = new Map<string, Document[]>()
    for (const document of documents) {
      for (const parent of keysAt(document, this.field).map(toKeyText)) {
        const known = children.get(parent)
        if (known) known.push(document)
        else children.set(parent, [document])
      }
    }
    const build = (document: Document, level: number): Document => {
      this.charge()
      const isLast = level >= this.limitLevel
      const below = isLast ? [] : keysAt(document, this.key).flatMap((one) => children.get(toKeyText(one)) ?? [])
      return { ...visible.get(document), children: below.map((child) => build(child, level + 1)) }
    }
    return first.map((document) => build(document, 0))
  }

  /** Each of the last documents below all that are above it. */
  async above(last: readonly Document[]): Promise<Document[]> {
    const parents = new Map<string, Document>()
    let frontier = last
    for (let level = 0; level < this.limitLevel && frontier.length > 0; level++) {
      const wanted = frontier.flatMap((document) => keysAt(document, this.field))
      const value = [...new Set(wanted)].filter((one) => one !== '' && !parents.has(toKeyText(one)))
      if (value.length === 0) break
      const among: Criterion = { kind: 'test', path: this.key, operator: 'in', value }
      frontier = await this.source.readAllRaw([], among)
      for (const parent of frontier) {
        for (const text of keysAt(parent, this.key).map(toKeyText)) if (!parents.has(text)) parents.set(text, parent)
      }
    }
    const paths = last.map((document) => this.findPath(document, parents))
    return Promise.all(
      paths.map(async (path) => {
        const visible = await this.source.cut(path)
        return visible.reduce((below, parent) => ({ ...parent, children: [below] }))
      }),
    )
  }

  /** From the document up to the highest that is there. */
  private findPath(document: Document, parents: ReadonlyMap<string, Document>): Document[] {
    const path = [document]
    while (path.length <= this.limitLevel) {
      this.charge()
      const [parent] = keysAt(path.at(-1)!, this.field).map((one) => parents.get(toKeyText(one)))
      if (!parent) break
      path.push(parent)
    }
    return path
  }

  private charge(): void {
    this.count += 1
    if (this.count > MAX_NODES) {
      throw new ClientDbError('uni-cloud-too-many-rows', `The tree would have more than ${MAX_NODES} documents in it`)
    }
  }
}
