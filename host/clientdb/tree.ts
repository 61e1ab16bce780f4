import type { Document } from '../database/index'
import { own, type JsonObject } from '../shared/json'
import type { Around } from './around'
import type { Budget } from './budget'
import { matchRows } from './compute'
import { any, pathsIn, type Criterion } from './criteria'
import { ClientDbError, notSupported, syntaxError } from './errors'
import { keysAt, toFinder, toKeyText, uniqueKeys, type Key } from './links'
import type { Caller } from './permission'
import type { Tree } from './options'
import { DEFAULT_LIMIT, MAX_LIMIT } from './reading'
import type { DataRequest } from './request'
import type { Schema } from './schema'
import { PermittedSource, type Data } from './source'

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
  around: Around,
): Promise<JsonObject> {
  const { wantsOne, wantsCount, where, columns, skip, limit = DEFAULT_LIMIT } = request
  const [main] = request.sources
  const isPlain = pathsIn(main.where).length === 0 && !main.columns && main.orders.length + main.skip === 0
  if (!isPlain || main.limit !== undefined) throw notSupported(`${tree.kind} of what getTemp() has narrowed`)
  const { field, key } = findParent(schema, tree.parentField)
  const source = new PermittedSource({ ...main, where, columns, orders: request.orders }, schema, caller, database)
  const { orders, asked } = source
  const start = tree.startWith ?? any(['', null].map((value) => ({ kind: 'test', path: field, operator: 'eq', value })))
  for (const path of [field, key, ...pathsIn(start)]) source.demand(path)
  if (wantsCount) source.demandCount()
  const nodes = new Nodes(source, field, key, tree.limitLevel, database.budget)
  const page = { orders, skip, limit: wantsOne ? 1 : Math.min(limit, MAX_LIMIT) }
  const answer = async (data: Document[], count: () => Promise<number>) => {
    const counted = wantsCount ? { count: await around.count(asked, count) } : {}
    return { data: wantsOne ? data[0] : data, affectedDocs: data.length, ...counted }
  }
  await source.check()
  return around.run('read', asked, {}, async () => {
    if (tree.kind === 'getTreePath') {
      return answer(await nodes.above(await source.readRaw(page, start)), () => source.count(start))
    }
    const documents = await source.readAllRaw(orders)
    const first = await matchRows(database, documents, start)
    return answer(await nodes.below(documents, first.slice(skip, skip + page.limit)), async () => first.length)
  })
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

/** What a path is made of: the keys of its parents, its own, and what the caller may see of it. */
interface Step {
  readonly up: readonly Key[]
  readonly own: readonly Key[]
  readonly visible: Document
}

class Nodes {
  private count = 0

  constructor(
    private readonly source: PermittedSource,
    private readonly field: string,
    private readonly key: string,
    private readonly limitLevel: number,
    private readonly budget: Budget,
  ) {}

  /** The first documents, each with its `children`. */
  async below(documents: readonly Document[], first: readonly Document[]): Promise<Document[]> {
    const visible = new Map((await this.source.cut(documents)).map((one, at) => [documents[at]!, one]))
    const findChildren = toFinder(documents, [this.field], (found) => this.charge(found))
    const build = (document: Document, level: number): Document => {
      const seen = visible.get(document)
      this.budget.chargeFor(seen)
      if (level >= this.limitLevel) return { ...seen, children: [] }
      this.budget.chargeAt(document, this.key.split('.'))
      const children = findChildren(keysAt(document, this.key))
      return { ...seen, children: children.map((child) => build(child, level + 1)) }
    }
    this.charge(first.length)
    return first.map((document) => build(document, 0))
  }

  /** Each of the last documents below all that are above it. */
  async above(last: readonly Document[]): Promise<Document[]> {
    const parents = new Map<string, Step>()
    const ends = await this.open(last)
    let frontier: readonly Step[] = ends
    for (let level = 0; level < this.limitLevel && frontier.length > 0; level++) {
      const wanted = uniqueKeys(frontier.flatMap(({ up }) => up))
      const value = wanted.filter((one) => one !== '' && !parents.has(toKeyText(one)))
      if (value.length === 0) break
      const among: Criterion = { kind: 'test', path: this.key, operator: 'in', value }
      frontier = await this.open(await this.source.readAllRaw([], among))
      for (const parent of frontier) {
        for (const text of parent.own.map(toKeyText)) if (!parents.has(text)) parents.set(text, parent)
      }
    }
    return ends.map((end) => {
      const path = this.findPath(end, parents).map(({ visible }) => visible)
      return path.reduce((below, parent) => ({ ...parent, children: [below] }))
    })
  }

  private async open(documents: readonly Document[]): Promise<Step[]> {
    const visible = await this.source.cut(documents)
    return documents.map((document, at) => {
      return { up: keysAt(document, this.field), own: keysAt(document, this.key), visible: visible[at]! }
    })
  }

  /** From the document up to the highest that is there. */
  private findPath(end: Step, parents: ReadonlyMap<string, Step>): Step[] {
    const path: Step[] = []
    let next: Step | undefined = end
    while (next && path.length <= this.limitLevel) {
      this.charge(1)
      this.budget.chargeFor(next.visible)
      path.push(next)
      const [first]: readonly Key[] = next.up
      next = first === undefined ? undefined : parents.get(toKeyText(first))
    }
    return path
  }

  private charge(documents: number): void {
    this.count += documents
    if (this.count > MAX_NODES) {
      throw new ClientDbError('uni-cloud-too-many-rows', `The tree would have more than ${MAX_NODES} documents in it`)
    }
  }
}
