import { aggregateDocuments, DatabaseError, toValueText, type Database, type Document } from '../database/index'
import type { Budget } from './budget'
import type { Column, GroupColumn } from './columns'
import type { Criterion } from './criteria'
import { syntaxError } from './errors'
import type { Operation } from './operation'
import { set, shape, valueAt } from './shape'
import type { Data } from './source'
import { toWhere } from './statement'

type Work = Pick<Data, 'command' | 'budget'>
/** A comparison with so many values of a list is worth one with a single value. */
const LISTED_VALUES = 20

type Pipeline = ReturnType<Database['command']['aggregate']['pipeline']>

/** The results of the operations among the columns, for each document in their order. */
export async function compute(
  { command, budget }: Work,
  documents: readonly Document[],
  columns: readonly Column[],
): Promise<unknown[][]> {
  const operations = columns.flatMap(({ operation }) => (operation ? [operation] : []))
  if (operations.length === 0) return []
  chargeOperations(budget, documents, operations)
  // The names are ours: what is computed can neither hide nor show a field.
  const fields = operations.map((operation, at) => [`c${at}`, operation.toExpression('')])
  const pipeline = command.aggregate.pipeline().project({ _id: 0, ...Object.fromEntries(fields) })
  const results = await run(documents, pipeline)
  return results.map((result) => operations.map((_, at) => result[`c${at}`]))
}

/** No result is longer than what its operation looks at and says. */
function chargeOperations(budget: Budget, documents: readonly Document[], operations: readonly Operation[]): void {
  const wanted = operations.map(({ paths, length }) => ({ length, paths: paths.map((path) => path.split('.')) }))
  for (const document of documents) {
    for (const { paths, length } of wanted) {
      budget.charge(length)
      for (const path of paths) budget.chargeAt(document, path)
    }
  }
}

/** The documents as the columns ask for them. */
export async function shapeRows(
  work: Work,
  documents: readonly Document[],
  columns: readonly Column[],
  joined?: ReadonlySet<string>,
): Promise<Document[]> {
  const computed = await compute(work, documents, columns)
  const paths = columns.flatMap(({ path }) => (path === undefined ? [] : [path.split('.')]))
  return documents.map((document, at) => {
    for (const path of paths) work.budget.chargeWay(document, path)
    const row = shape(document, columns, computed[at], joined)
    work.budget.chargeFor(row)
    return row
  })
}

/** One row for each group, with what it is grouped by and what is computed of it. */
export async function groupRows(
  work: Work,
  rows: readonly Document[],
  by: readonly Column[],
  fields: readonly GroupColumn[],
): Promise<Document[]> {
  const keys = await readKeys(work, rows, by)
  const operations = fields.map(({ operation }) => operation)
  chargeOperations(work.budget, rows, operations)
  const places = new Map<string, number>()
  // Groups are numbered: what is grouped by may be lists, whose values mingo would take apart.
  const numbered = rows.map((row, at) => {
    const text = toValueText(keys[at])
    const known = places.get(text) ?? at
    places.set(text, known)
    return { at: known, row }
  })
  const results = fields.map(({ operator, operation }, at) => {
    return [`f${at}`, { [operator]: operation.toExpression('row.') }]
  })
  const groups = { _id: '$at', ...Object.fromEntries(results) }
  const grouped = await run(numbered, work.command.aggregate.pipeline().group(groups))
  return grouped.map((group) => {
    const row: Document = {}
    const key = keys[group['_id'] as number] ?? []
    for (const [at, { name }] of by.entries()) set(row, name.split('.'), key[at])
    for (const [at, { name }] of fields.entries()) set(row, name.split('.'), group[`f${at}`])
    return row
  })
}

/** The values that each row is grouped by; nothing is null. */
async function readKeys(work: Work, rows: readonly Document[], by: readonly Column[]): Promise<unknown[][]> {
  const computed = await compute(work, rows, by)
  return rows.map((row, at) => {
    const results = [...(computed[at] ?? [])]
    return by.map(({ path }) => {
      if (path !== undefined) work.budget.chargeWay(row, path.split('.'))
      const key = (path === undefined ? results.shift() : valueAt(row, path.split('.'))) ?? null
      work.budget.chargeFor(key)
      return key
    })
  })
}

/** The rows that fulfil the criterion; every value that it is compared with is charged first. */
export async function matchRows(
  { command, budget }: Work,
  rows: readonly Document[],
  criterion: Criterion,
): Promise<Document[]> {
  const condition = toWhere(criterion, command)
  if (condition === undefined) return []
  for (const row of rows) chargeComparisons(budget, row, criterion)
  return run(rows, command.aggregate.pipeline().match(condition))
}

function chargeComparisons(budget: Budget, row: Document, criterion: Criterion): void {
  if (criterion.kind !== 'test') {
    for (const part of criterion.of) chargeComparisons(budget, row, part)
    return
  }
  const { path, operator, value } = criterion
  budget.chargeWay(row, path.split('.'))
  const found = valueAt(row, path.split('.'))
  const times = operator === 'in' ? 1 + value.length / LISTED_VALUES : 1
  budget.chargeComparisons(times * (Array.isArray(found) ? 1 + found.length : 1))
  if (operator === 'regex') budget.chargeFor(found)
}

async function run(rows: readonly Document[], pipeline: Pipeline): Promise<Document[]> {
  try {
    return await aggregateDocuments([...rows], pipeline)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.errCode !== 'database-invalid-argument') throw error
    // Its words may hold stored values.
    throw syntaxError('An operation of field(), groupBy() or groupField() does not fit what is stored')
  }
}
