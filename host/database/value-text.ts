import { isDate } from './values'

/** What makes two values the same, as a text: types, dates and the order of fields are part of it. */
export function toValueText(value: unknown): string {
  if (isDate(value)) return `date ${value.getTime()}`
  if (Array.isArray(value)) return `[${value.map(toValueText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}:${toValueText(one)}`)
    .join(',')}}`
}

/** Each value once, where it stands first. */
export function toDistinct<T>(values: readonly T[]): T[] {
  const byText = new Map<string, T>()
  for (const value of values) {
    const text = toValueText(value)
    if (!byText.has(text)) byText.set(text, value)
  }
  return [...byText.values()]
}
