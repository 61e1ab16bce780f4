import type { Step } from '../change'
import { toSqlPath } from './paths'
import type { Parameters } from './where'

/** An update as one SQL expression for the new `doc`. */
export interface SqlChange {
  readonly doc: string
  /** Rows for which the expression does what MongoDB would; others go through memory. */
  readonly faithful: string
  /** Whether the row changes at all. */
  readonly changes: string
}

const MAX_SET_CHARACTERS = 65_536
/** Comfortably below the 16 MB that a document may weigh; what comes near it is measured exactly in memory. */
const MAX_DOC_BYTES = 16_000_000

/** Undefined when some step has no faithful SQL form. */
export function changeSql(steps: readonly Step[], parameters: Parameters): SqlChange | undefined {
  if (!steps.every(hasSqlForm)) return undefined
  const removed: string[] = []
  const assigned: string[] = []
  const faithful = [`octet_length(t.doc) < ${MAX_DOC_BYTES}`]
  const changes: string[] = []
  for (const step of steps) {
    const { literal, parents } = toSqlPath(step.path)
    for (const parent of parents) faithful.push(isObjectOrMissing(parent))
    if (step.operator === 'set') {
      const json = parameters.bind(JSON.stringify(step.json))
      assigned.push(`${literal},json(${json})`)
      changes.push(`(t.doc -> ${literal}) IS NOT ${json}`)
    } else if (step.operator === 'inc') {
      // libsql binds every number as a float; without the cast 1 would come back as 1.0.
      const amount = `CAST(${parameters.bind(step.value)} AS INTEGER)`
      assigned.push(`${literal},coalesce(json_extract(t.doc,${literal}),0)+${amount}`)
      // Beyond 2^53 SQLite may reckon with floats, of which it writes only 15 digits.
      const held = `abs(json_extract(t.doc,${literal})) <= ${Number.MAX_SAFE_INTEGER}`
      faithful.push(
        `CASE json_type(t.doc,${literal}) WHEN 'integer' THEN ${held} ELSE json_type(t.doc,${literal}) IS NULL END`,
      )
      changes.push(step.value === 0 ? `json_type(t.doc,${literal}) IS NULL` : '1')
    } else {
      removed.push(literal)
      changes.push(`json_type(t.doc,${literal}) IS NOT NULL`)
    }
  }
  const rest = removed.length > 0 ? `json_remove(t.doc,${removed.join()})` : 't.doc'
  const doc = assigned.length > 0 ? `json_set(${rest},${assigned.join()})` : rest
  return { doc, faithful: faithful.join(' AND '), changes: `(${changes.join(' OR ')})` }
}

function hasSqlForm(step: Step): step is Extract<Step, { operator: 'set' | 'inc' | 'remove' }> {
  if (step.path.mayBePlace) return false
  if (step.operator === 'set') return JSON.stringify(step.json).length <= MAX_SET_CHARACTERS
  return step.operator === 'remove' || (step.operator === 'inc' && Number.isSafeInteger(step.value))
}

/** A date is an object inside the JSON, but nothing may be set inside it. */
function isObjectOrMissing(literal: string): string {
  const date = `${literal.slice(0, -1)}."$date"'`
  return `(coalesce(json_type(t.doc,${literal}),'object') = 'object' AND json_type(t.doc,${date}) IS NULL)`
}
