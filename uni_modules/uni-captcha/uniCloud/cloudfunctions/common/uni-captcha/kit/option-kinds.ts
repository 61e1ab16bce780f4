import type { Texts } from '../../../../../types/protocol'

export const AN_OBJECT: Texts = { 'zh-Hans': '对象', en: 'an object' }

/** One option: its default, what it allows, and what it is for. `read` gives undefined for a bad value. */
export interface OptionKind<T> {
  default: T
  /** in words, for errors and tables: `integer 1–6` */
  allowed: Texts
  read(value: unknown): T | undefined
  /** the nearest value that is allowed, for options of which DCloud's module took any */
  nearest?(value: unknown): T | undefined
  /** its value appears in no error and on no page */
  isSecret?: true
  doc: Texts
}

export interface Described<T> {
  default: T
  doc: Texts
}

type Bounded = Described<number> & { min: number; max: number }

/** Live configurations hold numbers as strings: `"150"` is 150, `"15px"` and `""` are mistakes. */
export function integer(row: Bounded): OptionKind<number> {
  return {
    ...row,
    allowed: { 'zh-Hans': `整数 ${row.min}–${row.max}`, en: `integer ${row.min}–${row.max}` },
    read(value) {
      const number = toNumber(value)
      return number !== undefined && Number.isInteger(number) && number >= row.min && number <= row.max
        ? number
        : undefined
    },
  }
}

/** As `integer`, for numbers with decimals. */
export function decimal(row: Bounded): OptionKind<number> & Bounded & { isDecimal: true } {
  return {
    ...row,
    allowed: { 'zh-Hans': `数字 ${row.min}–${row.max}`, en: `number ${row.min}–${row.max}` },
    read(value) {
      const number = toNumber(value)
      return number !== undefined && number >= row.min && number <= row.max ? number : undefined
    },
    isDecimal: true,
  }
}

/** As `integer`, where a number out of bounds is taken as the nearest one within, as long as its user is told. */
export function lenientInteger(row: Bounded): OptionKind<number> {
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
    allowed: sameText('true / false'),
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
    allowed: sameText(row.choices.map((choice) => `"${choice}"`).join(' / ')),
    read: (value) => meaning.get(value),
  }
}

export function text(row: Described<string> & { maxLength: number }): OptionKind<string> {
  return {
    ...row,
    allowed: {
      'zh-Hans': `最长 ${row.maxLength} 个字符`,
      en: `string of at most ${row.maxLength} characters`,
    },
    read: (value) => (typeof value === 'string' && value.length <= row.maxLength ? value : undefined),
  }
}

/** Some of the choices in an order of their own, none twice. */
export function listOf<const T extends string>(
  row: Described<NoInfer<T>[]> & { choices: readonly T[] },
): OptionKind<T[]> {
  return {
    ...row,
    allowed: {
      'zh-Hans': `不重复的列表：${row.choices.map((choice) => `"${choice}"`).join(' / ')}`,
      en: `list of ${row.choices.map((choice) => `"${choice}"`).join(' / ')}, none twice`,
    },
    read(value) {
      const isList = Array.isArray(value) && value.every((one) => row.choices.includes(one as T))
      return isList && new Set(value).size === value.length ? (value as T[]) : undefined
    },
  }
}

export function matching(row: Described<string> & { pattern: RegExp; allowed: Texts }): OptionKind<string> {
  return { ...row, read: (value) => (typeof value === 'string' && row.pattern.test(value) ? value : undefined) }
}

/** A group that may be repeated without end: `((\\d+)+)+` tries for half a minute on twenty digits. */
const REPEATED_GROUP = /\)(\*|\+|\{\d+,\d*\})/

/** The source of a regular expression that has to match a whole text. */
export function expression(row: Described<string>): OptionKind<string> {
  return {
    ...row,
    allowed: {
      'zh-Hans': '最长 200 个字符的正则表达式，不含重复的分组',
      en: 'regular expression of at most 200 characters, no repeated groups',
    },
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

/** Origins of sites as browsers send them: scheme and host in lower case, a port where it is not the usual one. */
export function originList(row: Described<string[]>): OptionKind<string[]> {
  const isOrigin = (one: unknown) =>
    typeof one === 'string' && /^https?:\/\/[^/\s?#@]+$/.test(one) && !/[A-Z]/.test(one)
  return {
    ...row,
    allowed: {
      'zh-Hans': '小写的来源列表，如 ["https://example.com"]',
      en: 'list of origins such as ["https://example.com"], in lower case',
    },
    read: (value) => (Array.isArray(value) && value.every(isOrigin) ? (value as string[]) : undefined),
  }
}

/** What a table of options says once it is read. */
export type Values<Table> = { [Name in keyof Table]: Table[Name] extends OptionKind<infer Value> ? Value : never }

/** Of every secret that signs or hashes: fewer characters can be guessed. */
export const MIN_SECRET_LENGTH = 32

/** A value that no error and no page may repeat; without one its default is the empty string. */
export function secret(row: { doc: Texts }): OptionKind<string> {
  return {
    ...row,
    default: '',
    isSecret: true,
    allowed: {
      'zh-Hans': `最短 ${MIN_SECRET_LENGTH} 个字符`,
      en: `string of at least ${MIN_SECRET_LENGTH} characters`,
    },
    read: (value) => (typeof value === 'string' && value.length >= MIN_SECRET_LENGTH ? value : undefined),
  }
}

/** A text that needs no translation. */
export function sameText(text: string): Texts {
  return { 'zh-Hans': text, en: text }
}
