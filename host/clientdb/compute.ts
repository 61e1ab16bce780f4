import { aggregateDocuments, DatabaseError, toValueText, type Database, type Document } from '../database/index'
import type { Column, GroupColumn } from './columns'
import { syntaxError } from './errors'
import type { Order } from './request'
import { set, valueAt } from './shape'

type Command = Pick<Database, 'command'>
type Pipeline = ReturnType<Database['command']['aggregate']['pipeline']>

/** The results of the operations among the columns, for each document in their order. */
export async function compute(
  { command }: Command,
  documents: readonly Document[],
  columns: readonly Column[],
): Promise<unknown[][]> {
  const operations = columns.flatMap(({ operation }) => (operation ? [operation] : []))
  if (operations.length === 0) return []
  // The names are ours: what is computed can neither hide nor show a field.
  const fields = operations.map((operation, at) => [`c${at}`, operation.toExpression('')])
  const pipeline = command.aggregate.pipeline().project({ _id: 0, ...Object.fromEntries(fields) })
  const results = await run(documents, pipeline)
  return results.map((result) => operations.map((_, at) => result[`c${at}`]))
}

/** One row for each group, with what it is grouped by and what is computed of it. */
export async function groupRows(
  { command }: Command,
  rows: readonly Document[],
  by: readonly Column[],
  fields: readonly GroupColumn[],
): Promise<Document[]> {
  const keys = await readKeys({ command }, rows, by)
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
  const grouped = await run(numbered, command.aggregate.pipeline().group(groups))
  return grouped.map((group) => {
    const row: Document = {}
    const key = keys[group['_id'] as number] ?? []
    for (const [at, { name }] of by.entries()) set(row, name.split('.'), key[at])
    for (const [at, { name }] of fields.entries()) set(row, name.split('.'), group[`f${at}`])
    return row
  })
}

/** The values that each row is grouped by; nothing is null. */
async function readKeys(database: Command, rows: readonly Document[], by: readonly Column[]): Promise<unknown[][]> {
  const computed = await compute(database, rows, by)
  return rows.map((row, at) => {
    const results = [...(computed[at] ?? [])]
    return by.map(({ path }) => (path === undefined ? results.shift() : valueAt(row, path.split('.'))) ?? null)
  })
}

export async function matchRows(
  { command }: Command,
  rows: readonly Document[],
  condition: object,
): Promise<Document[]> {
  return run(rows, command.aggregate.pipeline().match(condition))
}

export async function sortRows(
  { command }: Command,
  rows: readonly Document[],
  orders: readonly Order[],
): Promise<Document[]> {
  if (orders.length === 0) return [...rows]
  const sorted = Object.fromEntries(orders.map(({ path, direction }) => [path, direction === 'asc' ? 1 : -1]))
  return run(rows, command.aggregate.pipeline().sort(sorted))
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
