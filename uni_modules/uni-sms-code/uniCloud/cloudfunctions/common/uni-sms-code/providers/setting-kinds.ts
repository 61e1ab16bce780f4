import type { Texts } from '../errors'
import { isRecord } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

/** One setting of a provider. `read` gives undefined for a bad value; without a default the setting is required. */
export interface SettingKind<T> {
  default?: T
  /** in words, for errors and tables */
  allowed: string
  /** whether an environment variable can give it */
  isText: boolean
  doc: Texts
  read(value: unknown): T | undefined
}

/** Where a provider listens. */
export interface Endpoint {
  protocol: 'http' | 'https'
  /** with a port where it is not the protocol's own */
  host: string
}

interface Described<T> {
  default?: T
  doc: Texts
}

/** A text that matches as a whole; a number in config.json is read as its digits. */
export function text(row: Described<string> & { pattern: RegExp; allowed: string }): SettingKind<string> {
  return {
    ...row,
    isText: true,
    read(value) {
      const given = typeof value === 'number' ? String(value) : value
      return typeof given === 'string' && row.pattern.test(given) ? given : undefined
    },
  }
}

/** A key as the provider's console shows it. */
export function key(doc: Texts): SettingKind<string> {
  return text({ doc, pattern: /^[\x21-\x7e]{4,256}$/, allowed: '4–256 characters without spaces' })
}

/** `host[:port]`, by https; by http only on this machine, because requests carry codes. */
export function endpoint(row: { default: string; doc: Texts }): SettingKind<Endpoint> {
  return {
    default: { protocol: 'https', host: row.default },
    doc: row.doc,
    isText: true,
    allowed: 'host[:port], https',
    read(value) {
      const [, scheme = 'https', host, name = ''] =
        /^(?:(https?):\/\/)?(([a-z0-9][a-z0-9.-]{0,200}|\[::1\])(?::\d{1,5})?)$/i.exec(String(value)) ?? []
      const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(name)
      const protocol = scheme.toLowerCase()
      if (host === undefined || (protocol === 'http' && !isLocal)) return undefined
      return { protocol: protocol === 'http' ? 'http' : 'https', host }
    },
  }
}

/** A template's parameters by position. */
export function paramList(row: { default: string[]; doc: Texts }): SettingKind<string[]> {
  return {
    ...row,
    isText: false,
    allowed: 'texts of at most 70 characters with {code} or {minutes}',
    read: (value) => (Array.isArray(value) && value.length <= 20 && value.every(isTemplate) ? value : undefined),
  }
}

/** A template's parameters by name. */
export function paramRecord(row: { default: Record<string, string>; doc: Texts }): SettingKind<Record<string, string>> {
  return {
    ...row,
    isText: false,
    allowed: 'names with texts of at most 70 characters with {code} or {minutes}',
    read(value) {
      if (!isRecord(value) || Object.keys(value).length > 20) return undefined
      return Object.values(value).every(isTemplate) ? (value as Record<string, string>) : undefined
    },
  }
}

function isTemplate(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 70) return false
  return (value.match(/\{\w*\}/g) ?? []).every((name) => name === '{code}' || name === '{minutes}')
}
