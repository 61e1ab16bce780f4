import type { FastifySchema } from 'fastify'
import { AdminError } from './errors'
import type { NewSite, SiteValues } from './sites'

/** UTF-16 units; a configuration of a hundred scenes has some thirty thousand. */
const MAX_CONFIG_LENGTH = 100_000
/** Six bytes are the longest that JSON and UTF-8 write one unit with. */
export const CONFIG_LIMIT_BYTES = 6 * MAX_CONFIG_LENGTH + 4096
const DAY_MS = 86_400_000
const MAX_SPAN_DAYS = 31

const text = (minLength: number, maxLength: number) => ({ type: 'string', minLength, maxLength })
const CONFIG_TEXT = text(1, MAX_CONFIG_LENGTH)
const VERSION = text(1, 64)
const SITE_KEY = text(1, 64)
const SITE = {
  hosts: { type: 'array', maxItems: 100, items: text(1, 300) },
  scenes: { type: 'array', maxItems: 100, items: text(1, 64) },
}
const SITE_OPTIONS = { tokenSeconds: { type: 'integer' }, whenNeeded: { type: 'boolean' } }

/** What each route takes; Fastify refuses everything else before the route's handler runs. */
export const SCHEMAS = {
  login: body({ token: text(1, 512) }, { name: text(0, 40) }),
  preview: body({ text: CONFIG_TEXT }, { scene: text(0, 64), locale: text(0, 35) }),
  save: body({ text: CONFIG_TEXT, version: VERSION }),
  restore: body({ id: text(1, 64), version: VERSION }),
  rule: body({ network: text(1, 64), action: text(1, 16) }, { until: text(0, 40), note: text(0, 100) }),
  ruleRemoval: body({ network: text(1, 64) }),
  newSite: body({ version: VERSION, ...SITE }, { siteKey: text(0, 64), ...SITE_OPTIONS }),
  site: body({ version: VERSION, siteKey: SITE_KEY, ...SITE }, SITE_OPTIONS),
  siteKey: body({ version: VERSION, siteKey: SITE_KEY }),
  statistics: { querystring: object({ from: milliseconds(), to: milliseconds() }) },
} satisfies Record<string, FastifySchema>

export interface Credentials {
  token: string
  name?: string
}
export interface PreviewRequest {
  text: string
  scene?: string
  locale?: string
}
export interface SaveRequest {
  text: string
  version: string
}
export interface RestoreRequest {
  id: string
  version: string
}

/** One rule as config.json has it; the module says whether its values are allowed. */
export interface RuleRequest {
  network: string
  action: string
  until?: string
  note?: string
}
export interface RuleRemoval {
  network: string
}

export interface NewSiteRequest extends NewSite {
  version: string
}
export interface SiteRequest extends SiteValues {
  version: string
  siteKey: string
}

/** A name for the audit: without control and format characters. */
export function cleanName(name = ''): string {
  return name.replace(/\p{C}/gu, '').trim()
}

/** A span of at most a month, in epoch milliseconds. Throws AdminError `InvalidRequest`. */
export function readSpan(query: { from: string; to: string }): { from: number; to: number } {
  const [from, to] = [Number(query.from), Number(query.to)]
  const isSpan = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from < to
  if (!isSpan || to - from > MAX_SPAN_DAYS * DAY_MS) {
    throw new AdminError('InvalidRequest', `from, to must be milliseconds, at most ${MAX_SPAN_DAYS} days apart`)
  }
  return { from, to }
}

function milliseconds() {
  return { type: 'string', pattern: '^\\d{1,16}$' }
}

function body(required: object, optional: object = {}): FastifySchema {
  return { body: object(required, optional) }
}

function object(required: object, optional: object = {}) {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } }
}
