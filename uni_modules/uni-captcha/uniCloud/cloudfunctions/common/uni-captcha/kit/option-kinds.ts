import type { Texts } from '../errors'

/** One option: its default, what it allows, and what it is for. `read` gives undefined for a bad value. */
export interface OptionKind<T> {
  default: T
  /** in words, for errors and tables: `integer 1–6` */
  allowed: string
  read(value: unknown): T | undefined
  doc: Texts
}

interface Described<T> {
  default: T
  doc: Texts
}

/** Live configurations hold numbers as strings: `"150"` is 150, `"15px"` and `""` are mistakes. */
export function integer(row: Described<number> & { min: number; max: number }): OptionKind<number> {
  return {
    ...row,
    allowed: `integer ${row.min}–${row.max}`,
    read(value) {
      const number = typeof value === 'string' && /^\s*-?\d{1,9}\s*$/.test(value) ? Number(value) : value
      const inside = typeof number === 'number' && Number.isInteger(number) && number >= row.min && number <= row.max
      return inside ? number : undefined
    },
  }
}

export function flag(row: Described<boolean>): OptionKind<boolean> {
  return {
    ...row,
    allowed: 'true / false',
    read: (value) =>
      value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
  }
}

/** A choice among words; `alias` maps words of older configurations to the one they mean here. */
export function oneOf<const T extends string>(
  row: Described<NoInfer<T>> & { choices: readonly T[]; alias?: Record<string, NoInfer<T>> },
): OptionKind<T> {
  const meaning = new Map<unknown, T>([
    ...Object.entries<T>(row.alias ?? {}),
    ...row.choices.map((c) => [c, c] as const),
  ])
  return {
    ...row,
    allowed: row.choices.map((choice) => `"${choice}"`).join(' / '),
    read: (value) => meaning.get(value),
  }
}

export function colour(row: Described<string>): OptionKind<string> {
  const hex = /^(|#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8}))$/i
  return {
    ...row,
    allowed: '"" / #rgb / #rgba / #rrggbb / #rrggbbaa',
    read: (value) => (typeof value === 'string' && hex.test(value) ? value : undefined),
  }
}

export function text(row: Described<string> & { maxLength: number }): OptionKind<string> {
  return {
    ...row,
    allowed: `string of at most ${row.maxLength} characters`,
    read: (value) => (typeof value === 'string' && value.length <= row.maxLength ? value : undefined),
  }
}
