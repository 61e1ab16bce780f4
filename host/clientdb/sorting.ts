import { toValueText, type Document } from '../database/index'
import type { Budget } from './budget'
import type { Order } from './orders'
import { valueAt } from './shape'

/** A value by which rows are sorted, whatever it was: its type decides first. Texts are compared by their bytes in UTF-8. */
interface SortKey {
  readonly type: number
  readonly value: number | Buffer
}

/** In the order of the database. */
const [NOTHING_LISTED, NOTHING, NUMBER, TEXT, OBJECT, BOOLEAN, DATE] = [0, 1, 2, 3, 4, 5, 6] as const

/** The rows in the order that is asked for; those that are alike stay as they are. Each value is charged, and read once. */
export function sortRows(
  { budget }: { readonly budget: Budget },
  rows: readonly Document[],
  orders: readonly Order[],
): Document[] {
  if (orders.length === 0) return [...rows]
  const wanted = orders.map(({ path, direction }) => ({ path: path.split('.'), isRising: direction === 'asc' }))
  const keyed = rows.map((row) => {
    const keys = wanted.map(({ path, isRising }) => {
      budget.chargeComparisons(1)
      budget.chargeAt(row, path)
      return toSortKey(valueAt(row, path), isRising)
    })
    return { row, keys }
  })
  const compareRows = (one: readonly SortKey[], other: readonly SortKey[]) => {
    for (const [at, { isRising }] of wanted.entries()) {
      const order = compareKeys(one[at]!, other[at]!)
      if (order !== 0) return isRising ? order : -order
    }
    return 0
  }
  return keyed.sort((a, b) => compareRows(a.keys, b.keys)).map(({ row }) => row)
}

/** As in MongoDB a list counts as the smallest value in it, or as the largest where the order falls. */
function toSortKey(value: unknown, isRising: boolean): SortKey {
  if (!Array.isArray(value)) return toPlainKey(value)
  let chosen: SortKey | undefined
  for (const one of value.flat(Infinity)) {
    const key = toPlainKey(one)
    if (!chosen || compareKeys(key, chosen) < 0 === isRising) chosen = key
  }
  return chosen ?? { type: NOTHING_LISTED, value: 0 }
}

function toPlainKey(value: unknown): SortKey {
  if (value === undefined || value === null) return { type: NOTHING, value: 0 }
  if (typeof value === 'number') return { type: NUMBER, value: Number.isNaN(value) ? -Infinity : value }
  if (typeof value === 'boolean') return { type: BOOLEAN, value: Number(value) }
  if (value instanceof Date) return { type: DATE, value: value.getTime() }
  const [type, text] = typeof value === 'string' ? [TEXT, value] : [OBJECT, toValueText(value)]
  return { type, value: Buffer.from(text) }
}

function compareKeys(one: SortKey, other: SortKey): number {
  if (one.type !== other.type) return one.type - other.type
  const [a, b] = [one.value, other.value]
  if (typeof a === 'object' && typeof b === 'object') return Buffer.compare(a, b)
  return a === b ? 0 : a < b ? -1 : 1
}
