type Fields = Record<string, unknown>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Both objects in a new one: nested objects are merged, any other value of `over` replaces that of `under`. */
export function merge(under: unknown, over: unknown): unknown {
  if (over === undefined) return copy(under)
  if (!isFields(under) || !isFields(over)) return copy(over)
  const merged: Fields = {}
  for (const key of Object.keys(under)) if (isSafe(key)) merged[key] = copy(under[key])
  for (const key of Object.keys(over)) if (isSafe(key)) merged[key] = merge(ownValue(merged, key), over[key])
  return merged
}

/** The own value at `a.b[0].c`, or the fallback. */
export function readPath(value: unknown, path: string, fallback: unknown): unknown {
  let at = value
  for (const key of path.split(/[.[\]]+/).filter((part) => part !== '')) {
    if (typeof at !== 'object' || at === null || !Object.prototype.hasOwnProperty.call(at, key)) return fallback
    at = (at as Fields)[key]
  }
  return at
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  return isFields(value) ? merge(value, {}) : value
}

function ownValue(object: Fields, key: string): unknown {
  return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined
}

function isSafe(key: string): boolean {
  return key !== '__proto__'
}
