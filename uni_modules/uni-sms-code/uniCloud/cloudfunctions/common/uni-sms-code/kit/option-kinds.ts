import type { Texts } from '../errors'

/** One setting: its default, what it allows, and what it is for. `read` gives undefined for a bad value. */
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

/** Live configurations hold numbers as strings: `"60"` is 60. */
export function integer(row: Described<number> & { min: number; max: number }): OptionKind<number> {
  return {
    ...row,
    allowed: `integer ${row.min}–${row.max}`,
    read(value) {
      const number = typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value
      const inside = typeof number === 'number' && Number.isInteger(number) && number >= row.min && number <= row.max
      return inside ? number : undefined
    },
  }
}

export function oneOf<const T extends string>(row: Described<NoInfer<T>> & { choices: readonly T[] }): OptionKind<T> {
  return {
    ...row,
    allowed: row.choices.map((choice) => `"${choice}"`).join(' / '),
    read: (value) => row.choices.find((choice) => choice === value),
  }
}

/** Some of the choices in an order of their own, none twice. */
export function listOf<const T extends string>(
  row: Described<NoInfer<T>[]> & { choices: readonly T[] },
): OptionKind<T[]> {
  return {
    ...row,
    allowed: `list of ${row.choices.map((choice) => `"${choice}"`).join(' / ')}, none twice`,
    read(value) {
      const isList = Array.isArray(value) && value.every((one) => row.choices.includes(one as T))
      return isList && new Set(value).size === value.length ? (value as T[]) : undefined
    },
  }
}

export function matching(row: Described<string> & { pattern: RegExp; allowed: string }): OptionKind<string> {
  return { ...row, read: (value) => (typeof value === 'string' && row.pattern.test(value) ? value : undefined) }
}

/** A group that may be repeated without end: `((\\d+)+)+` tries for half a minute on twenty digits. */
const REPEATED_GROUP = /\)(\*|\+|\{\d+,\d*\})/

/** The source of a regular expression that has to match a whole text. */
export function expression(row: Described<string>): OptionKind<string> {
  return {
    ...row,
    allowed: 'regular expression of at most 200 characters, no repeated groups',
    read(value) {
      if (typeof value !== 'string' || value.length > 200 || REPEATED_GROUP.test(value)) return undefined
      try {
        return new RegExp(value).source && value
      } catch {
        return undefined
      }
    },
  }
}
