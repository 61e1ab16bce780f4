import type { Texts } from '../errors'
import type { Layer } from '../kit/layers'
import { findValue } from '../kit/layers'
import type { Described, OptionKind, Values } from '../kit/option-kinds'
import { AN_OBJECT, flag, integer } from '../kit/option-kinds'
import { CONTROL, isRecord, own } from '../kit/values'
import { badConfig } from './options'

/** `sha256-` and the URL-safe base64 of the hash, without padding. */
const SECRET_HASH = /^sha256-[\w-]{43}$/
/** No name that means something to every object. */
const SITE_KEY = /^(?!(__proto__|constructor|prototype)$)[\w-]{1,64}$/
const MAX_SECRETS = 2
const MAX_HOSTS = 100
const MAX_SCENES = 100
const MAX_SITES = 1000

/** In place of a host: requests that name no page, as those of native applications do. */
export const NO_ORIGIN = 'no-origin'

const A_SITE_KEY: Texts = {
  'zh-Hans': '站点标识：1–64 个字母、数字、"_" 或 "-"',
  en: 'a site key of 1–64 letters, digits, "_" or "-"',
}
const AT_MOST_SITES: Texts = { 'zh-Hans': `至多 ${MAX_SITES} 个站点`, en: `at most ${MAX_SITES} sites` }

function list(
  row: Described<string[]> & { min: number; max: number; item: Texts; isItem: (one: string) => boolean },
): OptionKind<string[]> {
  return {
    ...row,
    allowed: {
      'zh-Hans': `${row.min}–${row.max} 项不重复的列表：${row.item['zh-Hans']}`,
      en: `list of ${row.min}–${row.max}, none twice: ${row.item.en}`,
    },
    read(value) {
      const isList = Array.isArray(value) && value.length >= row.min && value.length <= row.max
      const isRight = isList && value.every((one) => typeof one === 'string' && row.isItem(one))
      return isRight && new Set(value).size === value.length ? (value as string[]) : undefined
    },
  }
}

/** THE SITES' TABLE: what each site in the key `sites` of config.json says. */
export const SITE = {
  secrets: list({
    default: [],
    min: 1,
    max: MAX_SECRETS,
    item: { 'zh-Hans': '"sha256-" 开头的密钥散列', en: 'hashes of secrets that begin with "sha256-"' },
    isItem: (one) => SECRET_HASH.test(one),
    doc: {
      'zh-Hans': '密钥的散列，由管理页或 uni-captcha-host site 命令生成；轮换期间两个同时有效',
      en: 'Hashes of secrets, made on the administration page or by uni-captcha-host site; both of two are valid during a rotation',
    },
  }),
  hosts: list({
    default: [],
    min: 1,
    max: MAX_HOSTS,
    item: {
      'zh-Hans': `小写的域名，如 "example.com"、"*.example.com"；"${NO_ORIGIN}" 表示不带来源的请求（App）`,
      en: `host names in lower case such as "example.com" or "*.example.com"; "${NO_ORIGIN}" means requests without an origin (native apps)`,
    },
    isItem: isHostPattern,
    doc: { 'zh-Hans': '可以使用此站点的页面所在的域名', en: 'Hosts whose pages may use the site' },
  }),
  scenes: list({
    default: [],
    min: 1,
    max: MAX_SCENES,
    item: { 'zh-Hans': '1–64 个字符的场景名', en: 'scene names of 1–64 characters' },
    isItem: (one) => one !== '' && one.length <= 64 && !CONTROL.test(one),
    doc: { 'zh-Hans': '此站点可以使用的场景', en: 'Scenes that the site may use' },
  }),
  tokenSeconds: integer({
    default: 120,
    min: 1,
    max: 3600,
    doc: { 'zh-Hans': '令牌的有效期（秒）', en: 'Token lifetime (seconds)' },
  }),
  whenNeeded: flag({
    default: false,
    doc: {
      'zh-Hans': '调用不频繁时直接给出令牌，频繁时才要求验证（按 guard 的设置；guard.failuresOnly 的场景始终要求）',
      en: 'Give a token at once while calls are few, and ask for a captcha only when they are frequent (as guard says; always in scenes with guard.failuresOnly)',
    },
  }),
}

type SiteOptionName = keyof typeof SITE

/** A site whose every value has been checked. */
export type Site = { key: string } & Values<typeof SITE>

const known = new WeakMap<object, Map<string, Site>>()

/** All sites by their keys, none where there is no `sites`. Throws `createFail` with the path of a mistake. */
export function readSites(config: unknown): Map<string, Site> {
  if (!isRecord(config)) return new Map()
  const before = known.get(config)
  if (before) return before
  const sites = new Map(Object.entries(readTable(config)).map(([key, values]) => [key, readSite(key, values)]))
  known.set(config, sites)
  return sites
}

function readTable(config: Record<string, unknown>): Record<string, unknown> {
  const table = own(config, 'sites')
  if (table === undefined) return {}
  if (!isRecord(table)) throw badConfig('sites', table, AN_OBJECT)
  const count = Object.keys(table).length
  if (count > MAX_SITES) throw badConfig('sites', count, AT_MOST_SITES)
  return table
}

function readSite(key: string, values: unknown): Site {
  if (!SITE_KEY.test(key)) throw badConfig('sites', key, A_SITE_KEY)
  if (!isRecord(values)) throw badConfig(`sites.${key}`, values, AN_OBJECT)
  const layers: Layer[] = [{ path: `sites.${key}.`, values }]
  const find = <T>(kind: OptionKind<T>, name: SiteOptionName) => findValue(kind, name, layers, badConfig)
  const required = (name: 'secrets' | 'hosts' | 'scenes') => {
    if (own(values, name) === undefined) throw badConfig(`sites.${key}.${name}`, undefined, SITE[name].allowed)
    try {
      return find(SITE[name], name)
    } catch (error) {
      // A secret in plain text is a mistake that has to be mended and must not be repeated.
      throw name === 'secrets' ? badConfig(`sites.${key}.secrets`, '••••••••', SITE.secrets.allowed) : error
    }
  }
  return {
    key,
    secrets: required('secrets'),
    hosts: required('hosts'),
    scenes: required('scenes'),
    tokenSeconds: find(SITE.tokenSeconds, 'tokenSeconds'),
    whenNeeded: find(SITE.whenNeeded, 'whenNeeded'),
  }
}

/** Whether a host may use a site; `*.` stands for one name or more, and never for none. */
export function allowsHost({ hosts }: Pick<Site, 'hosts'>, hostname: string): boolean {
  return hosts.some((host) => (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : host === hostname))
}

/** A host as browsers write it: lower case, ASCII, without port. */
function isHostPattern(host: string): boolean {
  if (host === NO_ORIGIN) return true
  const name = host.startsWith('*.') ? host.slice(2) : host
  if (name === '' || name.length > 253 || /[/?#@\\\s*]/.test(name)) return false
  try {
    return new URL(`http://${name}`).host === name && !/:\d+$/.test(name.replace(/\[.*\]/, ''))
  } catch {
    return false
  }
}
