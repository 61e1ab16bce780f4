import { setImmediate as nextTurn } from 'node:timers/promises'
import { nameUnknownMembersOf } from '../shared/unknown-members'
import { DatabaseError, unsupported } from './errors'
import { evaluate } from './evaluate'
import type { Condition } from './filter'
import { EVERYTHING } from './filter'
import { Grouping, groupTogether } from './grouping'
import { moveProjectBack, readKept } from './lead'
import { compileMatcher } from './match'
import { fieldPath } from './names'
import type { Order } from './order'
import { parseOrder } from './order'
import type { Stage } from './pipeline'
import { Pipeline } from './pipeline'
import type { DocumentTable, Page } from './driver'
import type { AcceptsOperator } from './raw-operators'
import type { Document } from './values'
import { isDate } from './values'

export interface AggregateReply {
  affectedDocs: number
  data: Document[]
}

/** How many documents a collection may give, and a stage leave: all of them are in memory at once. */
export const MAX_DOCUMENTS = 10_000
/**
 * How many documents may be joined by all lookup()s of one call: each one that is put into another counts, and each that a
 * stage of a lookup()'s pipeline is given.
 */
export const MAX_JOINED = 50_000
/** What is done with so many documents is done before other calls have their turn. */
const DOCUMENTS_IN_TURN = 500

type Readable = Pick<DocumentTable, 'find' | 'count' | 'scan'>

/** `collection().aggregate()`: stages, and `end()`, which runs them. */
export class Aggregation extends Pipeline {
  constructor(
    private readonly name: string,
    private readonly environment: {
      readonly now: () => number
      readonly tables: (collection: string) => Readable
      readonly acceptsOperator?: AcceptsOperator
    },
  ) {
    super(environment.now, environment.acceptsOperator)
  }

  /** What the last stage leaves. Leading match(), sort(), skip() and limit(), or match() and count(), are done by SQL. */
  async end(): Promise<AggregateReply> {
    const data = await new Run(this.environment.tables).start(this.name, this.stages)
    return { affectedDocs: data.length, data }
  }
}

nameUnknownMembersOf(Aggregation, 'aggregate()', (member) => {
  throw unsupported(member)
})

/** One call of end(). */
class Run {
  #joined = 0

  constructor(private readonly table: (collection: string) => Readable) {}

  async start(collection: string, stages: readonly Stage[]): Promise<Document[]> {
    const { condition, page, rest } = splitLead(stages)
    const [next] = rest
    if (page === ALL && next?.kind === 'count') {
      const counted = toCount(next.name, await this.table(collection).count(condition))
      return this.#run(rest.slice(1), counted)
    }
    const at = page === ALL ? rest.findIndex((stage) => !isForEach(stage)) : -1
    const grouping = openGrouping(rest[at])
    if (!grouping) return this.#run(rest, await this.#read(collection, condition, page))
    const before = rest.slice(0, at)
    const matches = condition === EVERYTHING ? () => true : compileMatcher(condition)
    for await (const documents of this.table(collection).scan(condition)) {
      grouping.add(await this.#run(before, documents.filter(matches)))
    }
    return this.#run(rest.slice(at + 1), grouping.finish())
  }

  async #run(stages: readonly Stage[], documents: Document[], variables?: Document): Promise<Document[]> {
    let left = documents
    for (const stage of stages) {
      if (variables) this.#charge(left.length)
      const given = left.length
      if (given > MAX_DOCUMENTS && !takesGroups(stage)) throw tooManyGroups(stage)
      left = await this.#step(stage, left, variables)
      // What a group() has left may be more, as long as no stage adds to it.
      if (left.length > Math.max(given, MAX_DOCUMENTS)) throw tooMany(`${nameStage(stage)} leaves`)
    }
    return left
  }

  async #step(stage: Stage, documents: Document[], variables?: Document): Promise<Document[]> {
    switch (stage.kind) {
      case 'skip':
        return documents.slice(stage.count)
      case 'limit':
        return documents.slice(0, stage.count)
      case 'count':
        return toCount(stage.name, documents.length)
      case 'sort':
        return evaluate({ $sort: Object.fromEntries(stage.fields) }, documents, variables)
      case 'match':
        return documents.filter(compileMatcher(stage.condition))
      case 'lookup':
        return this.#lookup(stage, documents)
      case 'join':
        return this.#join(stage, documents, variables)
      case 'mongo':
        if (stage.name === '$unwind') checkUnwound(stage.operand, documents)
        if (stage.name === '$group') return groupAll(stage, documents, variables)
        if (stage.name === '$project') return project(stage.operand, documents, variables)
        return evaluate({ [stage.name]: stage.operand }, documents, variables)
    }
  }

  /** The stages on documents that no collection has to give. */
  async over(stages: readonly Stage[], documents: Document[]): Promise<Document[]> {
    return this.#run(stages, documents)
  }

  /** Only what can be found from these documents is read. */
  async #lookup({ from, as, local, foreign }: Stage & { kind: 'lookup' }, documents: Document[]): Promise<Document[]> {
    const [localPath, foreignPath] = [local.split('.'), foreign.split('.')]
    const wanted = documents.map((document) => valuesByKey(document, localPath))
    const byKey = new Map<string, Document[]>()
    for (const found of await this.#read(from, amongValues(foreign, wanted))) {
      for (const key of valuesByKey(found, foreignPath).keys()) {
        const same = byKey.get(key)
        if (same) same.push(found)
        else byKey.set(key, [found])
      }
    }
    return documents.map((document, n) => {
      const matches = new Set([...wanted[n]!.keys()].flatMap((key) => byKey.get(key) ?? []))
      this.#charge(matches.size)
      return put(document, as, [...matches])
    })
  }

  async #join(
    { from, as, variables, stages }: Stage & { kind: 'join' },
    documents: Document[],
    outer?: Document,
  ): Promise<Document[]> {
    const { condition, page, rest } = splitLead(stages)
    const found = await this.#read(from, condition, page)
    const joint: Document[] = []
    for (const document of documents) {
      const [bound] = evaluate({ $replaceRoot: { newRoot: variables } }, [document], outer)
      const joined = await this.#run(rest, found, { ...outer, ...toNulls(variables), ...bound })
      // What SQL alone has found went through no stage, and stands in the document all the same.
      this.#charge(joined.length)
      joint.push(put(document, as, joined))
    }
    return joint
  }

  #charge(documents: number): void {
    this.#joined += documents
    if (this.#joined > MAX_JOINED) {
      throw new DatabaseError(
        'database-too-many-rows',
        `lookup() would join more than ${MAX_JOINED} documents: narrow both sides by match() or limit() before it`,
      )
    }
  }

  async #read(collection: string, condition: Condition, page: Page = ALL): Promise<Document[]> {
    const limit = Math.min(page.limit, MAX_DOCUMENTS + 1)
    const found = await this.table(collection).find(condition, { ...page, limit })
    if (found.length > MAX_DOCUMENTS) throw tooMany(`the collection ${JSON.stringify(collection)} gives`)
    return found
  }
}

const ALL: Page = { orders: [], skip: 0, limit: Infinity }

/** What SQL does of a pipeline: each match() that leads, then a sort() which a limit() bounds, a skip() and a limit(). */
function splitLead(given: readonly Stage[]): { condition: Condition; page: Page; rest: readonly Stage[] } {
  const stages = moveProjectBack(given)
  const end = stages.findIndex(({ kind }) => kind !== 'match')
  const matches = (end < 0 ? stages : stages.slice(0, end)) as (Stage & { kind: 'match' })[]
  const conditions = matches.map(({ condition }) => condition)
  const condition: Condition = conditions.length > 0 ? { kind: 'and', of: conditions } : EVERYTHING
  const after = stages.slice(matches.length)
  let at = 0
  const take = <Kind extends Stage['kind']>(kind: Kind) => {
    const stage = after[at]
    if (stage?.kind !== kind) return undefined
    at++
    return stage as Stage & { kind: Kind }
  }
  const [sort, skip, limit] = [take('sort'), take('skip'), take('limit')]
  const fields = sort?.fields ?? []
  // A place in an array is nothing that SQL sorts by.
  const isSortable = fields.every(([name]) => !fieldPath(name).mayBePlace)
  if (!limit || !isSortable) return { condition, page: ALL, rest: after }
  const orders: Order[] = fields.map(([name, direction]) => parseOrder(name, direction === 1 ? 'asc' : 'desc'))
  return { condition, page: { orders, skip: skip?.count ?? 0, limit: limit.count }, rest: after.slice(at) }
}

/** As in MongoDB there is no document where there is nothing to count. */
function toCount(name: string, count: number): Document[] {
  return count > 0 ? [{ [name]: count }] : []
}

/** Before a list of any length becomes as many documents. */
function checkUnwound(operand: unknown, documents: readonly Document[]): void {
  const path = (typeof operand === 'string' ? operand : String((operand as Document).path)).slice(1).split('.')
  let total = 0
  for (const document of documents) {
    const list = path.reduce<unknown>((value, name) => (isFields(value) ? value[name] : undefined), document)
    total += Array.isArray(list) ? list.length : 1
    if (total > MAX_DOCUMENTS) throw tooMany('unwind() leaves')
  }
}

/** Whether a stage makes of each document what it makes of it alone. */
function isForEach(stage: Stage): boolean {
  return stage.kind === 'match' || (stage.kind === 'mongo' && stage.name !== '$group')
}

/** Whether a stage may be given as many documents as a group() leaves: each of them costs it little, whatever is in it. */
function takesGroups(stage: Stage): boolean {
  if (stage.kind === 'mongo' && stage.name === '$project') return readKept(stage.operand) !== undefined
  return ['sort', 'skip', 'limit', 'count'].includes(stage.kind) || openGrouping(stage) !== undefined
}

function openGrouping(stage: Stage | undefined): Grouping | undefined {
  return stage?.kind === 'mongo' && stage.name === '$group' ? Grouping.open(stage.operand as Document) : undefined
}

/** Some at a time, between which other calls have their turn. */
async function* toTurns(documents: Document[]): AsyncGenerator<Document[]> {
  for (let at = 0; at < documents.length; at += DOCUMENTS_IN_TURN) {
    if (at > 0) await nextTurn()
    yield documents.slice(at, at + DOCUMENTS_IN_TURN)
  }
}

/** Whole fields are taken without mingo, which copies all of a document to leave most of it out. */
async function project(operand: unknown, documents: Document[], variables?: Document): Promise<Document[]> {
  const kept = readKept(operand)
  if (!kept) return evaluate({ $project: operand }, documents, variables)
  const names = kept.some((name) => name.includes('.')) ? undefined : new Set(kept)
  const left: Document[] = []
  for await (const some of toTurns(documents)) {
    left.push(...(names ? some.map((one) => pick(one, names)) : evaluate({ $project: operand }, some, variables)))
  }
  return left
}

function pick(document: Document, names: ReadonlySet<string>): Document {
  return Object.fromEntries(Object.entries(document).filter(([name]) => names.has(name)))
}

async function groupAll(
  stage: Stage & { kind: 'mongo' },
  documents: Document[],
  variables?: Document,
): Promise<Document[]> {
  const grouping = openGrouping(stage)
  if (!grouping) return groupTogether(stage.operand as Document, documents, variables)
  for await (const some of toTurns(documents)) grouping.add(some, variables)
  return grouping.finish()
}

/** What documents of another collection have at a path, to be one of these values. */
function amongValues(foreign: string, wanted: readonly Map<string, unknown>[]): Condition {
  const values = [...new Map(wanted.flatMap((one) => [...one])).values()]
  // An _id is always text.
  const possible = foreign === '_id' ? values.filter((value) => typeof value === 'string') : values
  return { kind: 'test', path: fieldPath(foreign), operator: '$in', value: possible }
}

/** What a path leads to, through arrays and into the last one, by what makes two values the same; nothing is null. */
function valuesByKey(document: Document, path: readonly string[]): Map<string, unknown> {
  const found = valuesAt(document, path)
  const values = found.length > 0 ? found : [null]
  return new Map(values.map((value) => [toKey(value), value]))
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [name, ...rest] = path
  if (name === undefined) return Array.isArray(value) ? value.flatMap((one) => valuesAt(one, [])) : [value ?? null]
  if (Array.isArray(value)) {
    const places = /^\d+$/.test(name) && Number(name) < value.length ? valuesAt(value[Number(name)], rest) : []
    return [...places, ...value.filter(isFields).flatMap((one) => valuesAt(one, path))]
  }
  return isFields(value) && Object.hasOwn(value, name) ? valuesAt(value[name], rest) : []
}

function isFields(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isDate(value)
}

function toKey(value: unknown): string {
  if (isDate(value)) return `date ${value.getTime()}`
  return `${typeof value} ${value === 0 ? 0 : JSON.stringify(value)}`
}

/** A copy of the document with the value at a path, through copies of what leads there. */
function put(document: Document, path: string, value: unknown): Document {
  const [name = '', ...rest] = path.split('.')
  if (rest.length === 0) return { ...document, [name]: value }
  const below = document[name]
  return { ...document, [name]: put(isFields(below) ? below : {}, rest.join('.'), value) }
}

/** A variable of a field that the document lacks is there all the same. */
function toNulls(variables: Document): Document {
  return Object.fromEntries(Object.keys(variables).map((name) => [name, null]))
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

function tooManyGroups(stage: Stage): DatabaseError {
  return new DatabaseError(
    'database-too-many-rows',
    `${nameStage(stage)} takes at most ${MAX_DOCUMENTS} documents, and group() leaves more for it: narrow them by limit() before it`,
  )
}

/** What the stages of `command.aggregate.pipeline()` leave of documents that are in memory, within the same bounds. */
export async function aggregateDocuments(documents: Document[], pipeline: Pipeline): Promise<Document[]> {
  const run = new Run(() => {
    throw unsupported('lookup() from documents in memory')
  })
  return run.over(pipeline.stages, documents)
}
