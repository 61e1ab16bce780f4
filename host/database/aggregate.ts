import { Aggregator, ProcessingMode } from 'mingo'
import { nameUnknownMembersOf } from '../shared/unknown-members'
import { DatabaseError, invalid, unsupported } from './errors'
import type { Condition } from './filter'
import { EVERYTHING } from './filter'
import { mongoQuery } from './match'
import { fieldPath } from './names'
import type { Order } from './order'
import { parseOrder } from './order'
import type { Stage } from './pipeline'
import { Pipeline } from './pipeline'
import type { Page, Table } from './table'
import type { Document } from './values'

export interface AggregateReply {
  affectedDocs: number
  data: Document[]
}

/** How many documents a stage may leave, and a collection give: all of them are in memory at once. */
export const MAX_DOCUMENTS = 10_000
/** How often a document of one collection may be compared with one of another in a lookup() with a pipeline. */
export const MAX_PAIRS = 200_000
/** Scripts are off: $where, $function and $accumulator run none, wherever an operand comes from. */
const OPTIONS = { scriptEnabled: false }

/** `collection().aggregate()`: stages, and `end()`, which runs them. */
export class Aggregation extends Pipeline {
  constructor(
    private readonly name: string,
    private readonly table: (collection: string) => Pick<Table, 'find'>,
    now: () => number,
  ) {
    super(now)
  }

  /** What the last stage leaves. What leads by match(), and by sort() with limit(), is done by SQL. */
  async end(): Promise<AggregateReply> {
    const { condition, page, rest } = splitLead(this.stages)
    const data = this.#run(rest, this.#read(this.name, condition, page))
    return { affectedDocs: data.length, data }
  }

  #run(stages: readonly Stage[], documents: Document[]): Document[] {
    return stages.reduce((before, stage) => {
      const after = this.#step(stage, before)
      if (after.length > MAX_DOCUMENTS) throw tooMany(`${nameStage(stage)} leaves`)
      return after
    }, documents)
  }

  #step(stage: Stage, documents: Document[]): Document[] {
    if (stage.kind === 'skip') return documents.slice(stage.count)
    if (stage.kind === 'limit') return documents.slice(0, stage.count)
    if (stage.kind === 'count') return documents.length > 0 ? [{ [stage.name]: documents.length }] : []
    return evaluate([this.#toMongo(stage, documents)], documents)
  }

  /** The stage in MongoDB's own notation, with the documents of the other collection where it joins one. */
  #toMongo(stage: Stage, documents: readonly Document[]): Document {
    switch (stage.kind) {
      case 'match':
        return { $match: mongoQuery(stage.condition) }
      case 'sort':
        return { $sort: Object.fromEntries(stage.fields) }
      case 'skip':
      case 'limit':
      case 'count':
        return { [`$${stage.kind}`]: stage.kind === 'count' ? stage.name : stage.count }
      case 'lookup':
        return { $lookup: this.#lookup(stage, documents) }
      case 'join':
        return { $lookup: this.#join(stage, documents) }
      case 'mongo':
        return { [stage.name]: stage.operand }
    }
  }

  /** Only what can be found from these documents is read. */
  #lookup({ from, as, local, foreign }: Stage & { kind: 'lookup' }, documents: readonly Document[]): Document {
    const wanted = [...new Set(documents.flatMap((document) => valuesAt(document, local.split('.'))))]
    const path = fieldPath(foreign)
    const condition: Condition = { kind: 'test', path, operator: '$in', value: wanted }
    return { from: this.#read(from, condition), localField: local, foreignField: foreign, as }
  }

  #join({ from, as, variables, stages }: Stage & { kind: 'join' }, documents: readonly Document[]): Document {
    const { condition, page, rest } = splitLead(stages)
    const found = this.#read(from, condition, page)
    if (found.length * documents.length > MAX_PAIRS) {
      throw new DatabaseError(
        'database-too-many-rows',
        `lookup() with a pipeline would compare ${documents.length} documents with ${found.length} of ${JSON.stringify(from)}:` +
          ` more than ${MAX_PAIRS} pairs; narrow one side by match() or limit() before it, or use localField and foreignField`,
      )
    }
    return { from: found, let: variables, pipeline: rest.map((stage) => this.#toMongo(stage, found)), as }
  }

  #read(collection: string, condition: Condition, page: Page = ALL): Document[] {
    const limit = Math.min(page.limit, MAX_DOCUMENTS + 1)
    const found = this.table(collection).find(condition, { ...page, limit })
    if (found.length > MAX_DOCUMENTS) throw tooMany(`the collection ${JSON.stringify(collection)} gives`)
    return found
  }
}

nameUnknownMembersOf(Aggregation, 'aggregate()', (member) => {
  throw unsupported(member)
})

const ALL: Page = { orders: [], skip: 0, limit: Infinity }

/** What SQL does of a pipeline: each match() that leads, and a sort() after it where a limit() bounds it. */
function splitLead(stages: readonly Stage[]): { condition: Condition; page: Page; rest: readonly Stage[] } {
  const matches = takeWhile(stages, (stage) => stage.kind === 'match')
  const conditions = matches.map(({ condition }) => condition)
  const condition: Condition = conditions.length > 0 ? { kind: 'and', of: conditions } : EVERYTHING
  const rest = stages.slice(matches.length)
  const [sort, limit] = rest
  if (sort?.kind !== 'sort' || limit?.kind !== 'limit') return { condition, page: ALL, rest }
  const orders: Order[] = sort.fields.map(([name, direction]) => parseOrder(name, direction === 1 ? 'asc' : 'desc'))
  return { condition, page: { orders, skip: 0, limit: limit.count }, rest: rest.slice(2) }
}

function takeWhile<Kind extends Stage>(stages: readonly Stage[], is: (stage: Stage) => stage is Kind): Kind[] {
  const end = stages.findIndex((stage) => !is(stage))
  return stages.slice(0, end < 0 ? stages.length : end) as Kind[]
}

/**
 * Of copies: a document that another collection gave stands in many, and one that was unwound shares its fields.
 * What mingo finds wrong with an operand is the caller's mistake.
 */
function evaluate(stages: Document[], documents: Document[]): Document[] {
  try {
    return new Aggregator(stages, { ...OPTIONS, processingMode: ProcessingMode.CLONE_INPUT }).run(documents)
  } catch (error) {
    throw invalid(`aggregate(): ${(error as Error).message}`)
  }
}

/** What a path leads to, through arrays; nothing there is what null is compared with. */
function valuesAt(value: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (name === undefined) return Array.isArray(value) ? [value, ...value] : [value ?? null]
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, [name, ...rest]))
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [null]
  return valuesAt((value as Document)[name], rest)
}

function nameStage(stage: Stage): string {
  if (stage.kind === 'mongo') return `${stage.name.slice(1)}()`
  return stage.kind === 'join' ? 'lookup()' : `${stage.kind}()`
}

function tooMany(what: string): DatabaseError {
  return new DatabaseError(
    'database-too-many-rows',
    `${what} more than ${MAX_DOCUMENTS} documents to aggregate(): narrow them by match() or limit() first`,
  )
}
