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

/** About as many as the value has as JSON, told without making that. */
export function countCharacters(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null || isDate(value)) return 8
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + countCharacters(one) + 1, 2)
  return Object.entries(value).reduce((sum, [name, one]) => sum + name.length + 4 + countCharacters(one), 2)
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
