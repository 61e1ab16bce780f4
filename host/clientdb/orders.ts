import { syntaxError } from './errors'
import { checkPath } from './paths'

export interface Order {
  readonly path: string
  readonly direction: 'asc' | 'desc'
}

/** Each one is compared for each document. */
const MAX_ORDERS = 10

/** What the calls of orderBy() ask for together, from what each was given. Throws ClientDbError. */
export function readOrders(calls: readonly (readonly unknown[])[]): Order[] {
  const orders: Order[] = []
  for (const text of calls.flatMap(readTexts)) {
    if (orders.length >= MAX_ORDERS) throw syntaxError(`orderBy() takes at most ${MAX_ORDERS} fields`)
    orders.push(readOrder(text))
  }
  return orders
}

/** `('a desc, b')` or `('a', 'desc')`. */
function readTexts([given, direction]: readonly unknown[]): string[] {
  if (given === undefined || given === null || given === '') return []
  if (typeof given !== 'string') throw syntaxError('orderBy() takes a text')
  if (direction === undefined || direction === null) return given.split(',', MAX_ORDERS + 1)
  if (typeof direction !== 'string') throw syntaxError('orderBy() takes asc or desc as its second text')
  return [`${given} ${direction}`]
}

function readOrder(text: string): Order {
  const [path = '', order = 'asc', ...more] = text.trim().split(/\s+/)
  if (more.length > 0 || (order !== 'asc' && order !== 'desc')) {
    throw syntaxError('orderBy() takes fields, each with asc or desc')
  }
  return { path: checkPath(path), direction: order }
}

interface Named {
  readonly name: string
}

/** The column that has this name, or that the name lies in: `user as u` has `u.name`. */
export function findNamed<Column extends Named>(columns: readonly Column[], name: string): Column | undefined {
  return columns.find((column) => name === column.name || name.startsWith(`${column.name}.`))
}

/** What a name stands for before field(); undefined for the result of an operation. */
export function findPath(
  columns: readonly (Named & { readonly path: string | undefined })[] | undefined,
  name: string,
): string | undefined {
  const column = findNamed(columns ?? [], name)
  if (!column) return name
  return column.path === undefined ? undefined : column.path + name.slice(column.name.length)
}
