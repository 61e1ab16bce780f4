import { nameUnknownMembersOf } from '../shared/unknown-members'
import { Aggregation } from './aggregate'
import { parseChange } from './change'
import { invalid, unsupported } from './errors'
import type { Condition } from './filter'
import { EVERYTHING, parseFilter, withId } from './filter'
import { fieldPath } from './names'
import type { Order } from './order'
import { parseOrder } from './order'
import type { Projection } from './projection'
import { parseProjection } from './projection'
import type { DocumentTable, NewDocument } from './driver'
import type { AcceptsOperator } from './raw-operators'
import type { Document } from './values'
import { checkId, documentText, encodeValue, holdsFields } from './values'

export interface Environment {
  readonly now: () => number
  readonly randomId: () => string
  /** Another collection for the same caller. */
  readonly tables: (collection: string) => DocumentTable
  readonly acceptsOperator?: AcceptsOperator
}

export interface GetReply {
  affectedDocs: number
  data: Document[]
}
export interface UpdateReply {
  updated: number
  affectedDocs: number
}
export interface RemoveReply {
  deleted: number
  affectedDocs: number
}
export interface UpdateAndReturnReply {
  updated: number
  doc: Document | null
}
export interface SetReply {
  updated: number
  affectedDocs: number
  /** The `_id` if the document was created, null if it replaced another. */
  upsertedId: string | null
}

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

interface QueryState {
  /** Undefined until where() is called. */
  readonly condition: Condition | undefined
  readonly orders: readonly Order[]
  readonly skip: number
  readonly limit: number | undefined
  readonly projection: Projection | undefined
}

const START: QueryState = { condition: undefined, orders: [], skip: 0, limit: undefined, projection: undefined }

/** A query under construction; each method answers a new one. */
export class Query {
  constructor(
    protected readonly table: DocumentTable,
    protected readonly environment: Environment,
    protected readonly state: QueryState = START,
  ) {}

  /** A second where() narrows the first. */
  where(query: unknown): Query {
    const condition = parseFilter(query, this.environment.now, this.environment.acceptsOperator)
    const before = this.state.condition
    return this.#with({ condition: before ? { kind: 'and', of: [before, condition] } : condition })
  }

  orderBy(field: string, direction?: string): Query {
    return this.#with({ orders: [...this.state.orders, parseOrder(field, direction)] })
  }

  /** At most 1000 documents, as on uniCloud: more is cut to that. */
  limit(count: number): Query {
    if (!Number.isInteger(count) || count < 1) throw invalid('limit() takes an integer of at least 1')
    return this.#with({ limit: Math.min(count, MAX_LIMIT) })
  }

  skip(count: number): Query {
    if (!Number.isSafeInteger(count) || count < 0) throw invalid('skip() takes an integer of at least 0')
    return this.#with({ skip: count })
  }

  field(fields: unknown): Query {
    return this.#with({ projection: parseProjection(fields) })
  }

  async get(): Promise<GetReply> {
    const { condition = EVERYTHING, orders, skip, limit = DEFAULT_LIMIT, projection } = this.state
    const found = await this.table.find(condition, { orders, skip, limit })
    const data = projection ? found.map(projection) : found
    return { affectedDocs: data.length, data }
  }

  async count(): Promise<{ total: number; affectedDocs: number }> {
    const total = await this.table.count(this.state.condition ?? EVERYTHING)
    return { total, affectedDocs: total }
  }

  async update(change: unknown): Promise<UpdateReply> {
    const condition = this.#writeCondition('update')
    const steps = parseChange(change, this.environment.now)
    const updated = await this.table.update(condition, steps)
    return { updated, affectedDocs: updated }
  }

  /** Changes the first match in the query's order. */
  async updateAndReturn(change: unknown): Promise<UpdateAndReturnReply> {
    const condition = this.#writeCondition('updateAndReturn')
    const steps = parseChange(change, this.environment.now)
    const doc = await this.table.updateOne(condition, this.state.orders, steps)
    return { updated: doc ? 1 : 0, doc: doc ?? null }
  }

  async remove(): Promise<RemoveReply> {
    const condition = this.#writeCondition('remove')
    const deleted = await this.table.remove(condition)
    return { deleted, affectedDocs: deleted }
  }

  /** Refuses what MongoDB would carry out on more documents than the caller meant. */
  #writeCondition(method: string): Condition {
    const { condition, skip, limit, orders } = this.state
    if (!condition || isEmpty(condition)) {
      throw invalid(
        `${method}() needs where() with a condition; every document is where({ _id: command.exists(true) })`,
      )
    }
    if (method !== 'updateAndReturn' && (skip > 0 || limit !== undefined || orders.length > 0)) {
      throw invalid(`${method}() touches every match: it cannot be combined with limit(), skip() or orderBy()`)
    }
    return condition
  }

  #with(change: Partial<QueryState>): Query {
    return new Query(this.table, this.environment, { ...this.state, ...change })
  }
}

function isEmpty(condition: Condition): boolean {
  if (condition.kind === 'and') return condition.of.every(isEmpty)
  return condition.kind === 'or' && condition.of.some(isEmpty)
}

export class Collection extends Query {
  get name(): string {
    return this.table.name
  }

  doc(id: string): DocumentReference {
    return new DocumentReference(this.table, this.environment, checkId(id, 'the id given to doc()'))
  }

  /** One document → `{ id }`; an array → `{ ids, inserted }`, all or none. */
  add(document: readonly object[]): Promise<{ ids: string[]; inserted: number }>
  add(document: object): Promise<{ id: string }>
  async add(given: unknown): Promise<{ id: string } | { ids: string[]; inserted: number }> {
    const many = Array.isArray(given)
    const documents: unknown[] = many ? (given as unknown[]) : [given]
    if (documents.length === 0) throw invalid('add() takes a document or a non-empty array of documents')
    const rows = documents.map((document) => toRow(document, this.environment))
    await this.table.insert(rows)
    const ids = rows.map(({ id }) => id)
    return many ? { ids, inserted: ids.length } : { id: ids[0] ?? '' }
  }

  aggregate(): Aggregation {
    return new Aggregation(this.table.name, this.environment)
  }
}

/** A new document as the table takes it, with an `_id` of its own or a random one. */
export function toRow(document: unknown, { randomId, now }: Pick<Environment, 'randomId' | 'now'>): NewDocument {
  if (!holdsFields(document)) throw invalid('add() takes a document or an array of documents')
  const { _id: given, ...fields } = document
  const id = given === undefined ? randomId() : checkId(given, '_id')
  return { id, text: rowText(id, fields, now) }
}

/** `collection.doc(id)`. */
export class DocumentReference {
  constructor(
    private readonly table: DocumentTable,
    private readonly environment: Environment,
    readonly id: string,
    private readonly projection?: Projection,
  ) {}

  field(fields: unknown): DocumentReference {
    return new DocumentReference(this.table, this.environment, this.id, parseProjection(fields))
  }

  async get(): Promise<GetReply> {
    const found = await this.table.find(this.#condition, { orders: [], skip: 0, limit: 1 })
    const data = this.projection ? found.map(this.projection) : found
    return { affectedDocs: data.length, data }
  }

  /** Replaces the whole document or creates it, in one step. */
  async set(document: object): Promise<SetReply> {
    if (!holdsFields(document)) throw invalid('set() takes a document')
    if (document._id !== undefined) throw invalid('set() takes a document without _id: doc() has named it')
    const text = rowText(this.id, document, this.environment.now)
    const outcome = await this.table.put(this.id, text)
    const created = outcome === 'created'
    return { updated: created ? 0 : 1, affectedDocs: 1, upsertedId: created ? this.id : null }
  }

  async update(change: unknown): Promise<UpdateReply> {
    const steps = parseChange(change, this.environment.now)
    const updated = await this.table.update(this.#condition, steps)
    return { updated, affectedDocs: updated }
  }

  async updateAndReturn(change: unknown): Promise<UpdateAndReturnReply> {
    const steps = parseChange(change, this.environment.now)
    const doc = await this.table.updateOne(this.#condition, [], steps)
    return { updated: doc ? 1 : 0, doc: doc ?? null }
  }

  async remove(): Promise<RemoveReply> {
    const deleted = await this.table.remove(this.#condition)
    return { deleted, affectedDocs: deleted }
  }

  get #condition(): Condition {
    return withId(this.id)
  }
}

nameUnknownMembersOf(Query, 'collection()', failUnsupported)
nameUnknownMembersOf(DocumentReference, 'doc()', failUnsupported)

function failUnsupported(member: string): never {
  throw unsupported(member)
}

/** Top-level names must be queryable, so they follow the rule for paths; deeper keys may be freer. */
function rowText(id: string, fields: Document, now: () => number): string {
  for (const name of Object.keys(fields)) {
    if (fields[name] !== undefined && name !== '_id') checkTopLevelName(name)
  }
  const encoded = encodeValue(fields, 'the document', now)
  return documentText({ _id: id, ...(encoded as Record<string, never>) })
}

function checkTopLevelName(name: string): void {
  if (fieldPath(name).segments.length > 1) throw invalid(`"${name}" cannot be a stored field: names hold no "."`)
}
