import type { Texts } from '../errors'
import { parseColor } from '../render/color'

/** One option: its default, what it allows, and what it is for. `read` gives undefined for a bad value. */
export interface OptionKind<T> {
  default: T
  /** in words, for errors and tables: `integer 1–6` */
  allowed: string
  read(value: unknown): T | undefined
  /** the nearest value that is allowed, for options of which DCloud's module took any */
  nearest?(value: unknown): T | undefined
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
      const number = toNumber(value)
      return number !== undefined && Number.isInteger(number) && number >= row.min && number <= row.max
        ? number
        : undefined
    },
  }
}

/** As `integer`, where a number out of bounds is taken as the nearest one within, as long as its user is told. */
export function lenientInteger(row: Described<number> & { min: number; max: number }): OptionKind<number> {
  return {
    ...integer(row),
    nearest(value) {
      const number = toNumber(value)
      return number === undefined ? undefined : Math.min(row.max, Math.max(row.min, Math.round(number)))
    },
  }
}

function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\s*-?\d{1,9}(\.\d{1,9})?\s*$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
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
  return {
    ...row,
    allowed: '"" / #rgb / #rrggbb / #rrggbbaa / rgb() / hsl() / white',
    read: (value) => (typeof value === 'string' && parseColor(value) ? value : undefined),
  }
}

export function text(row: Described<string> & { maxLength: number }): OptionKind<string> {
  return {
    ...row,
    allowed: `string of at most ${row.maxLength} characters`,
    read: (value) => (typeof value === 'string' && value.length <= row.maxLength ? value : undefined),
  }
}
