import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { parsePostgresAddress } from './database/address'
import { isAddressRange } from './http/address'
import { ALLOWED_POLICY_SOURCES, parsePolicySources, type PolicySources } from './http/page-policy'
import { SITE_METHODS } from './http/route'
import { FILE_LINKS, FILE_UPLOADS, toFootprint, type FileSettings } from './storage/settings'
import { readRedisAddress, RedisAddressError, type RedisNode } from './redis/address'
import type { Snapshot } from './metrics/index'
import type { Clock } from './timers/clock'

/** Everything that can be set about a host; `startHost` takes it, `main.ts` reads it from the environment. */
export interface HostSettings extends Omit<FileSettings, 'fileUploads'> {
  /** Null: `clients` where the project has uni-id, whose users upload avatars; else `functions`. */
  fileUploads: FileSettings['fileUploads'] | null
  /** The uni-app project: its cloud functions lie in its uniCloud directories and in its uni_modules. */
  projectDir: string
  /** Holds `unicloud.db` and `secret`; made when missing. */
  dataDir: string
  host: string
  /** 0 takes a free port. */
  port: number
  spaceId: string
  clientSecret: string
  /** CIDRs whose `X-Forwarded-For` is believed. */
  trustedProxies: string[]
  /** Origins that may read the gateway's answers across origins; `*` is every origin. */
  allowedOrigins: string[]
  /** The built H5 application, or null to serve none. */
  staticDir: string | null
  /** The built web component; nothing is served in its place where it is not there. */
  widgetFile: string
  /** What its pages may load and call beyond this host, by directive of the Content-Security-Policy. */
  policySources: PolicySources
  databaseSynchronous: 'normal' | 'full'
  /** `postgres://…`, or null: then the database is the file `unicloud.db`. May hold a password. */
  databaseUrl: string | null
  /** Connections of one process to PostgreSQL, at most. */
  databaseConnections: number
  /** How long PostgreSQL works on one statement, at most. */
  databaseStatementTimeoutMs: number
  /**
   * `redis://…`, `redis+cluster://…` or `redis+sentinel://…`, `rediss…` for TLS; several `redis://…` are the nodes of a
   * cluster, without one there is no Redis. May hold a password.
   */
  redisUrls: string[]
  /** The names of all keys in Redis begin with it and a colon; null: with the space id. */
  redisPrefix: string | null
  /** Where nodes are reached, by the `host:port` that a cluster or Sentinel announces. */
  redisNatMap: Record<string, RedisNode>
  /** Certificates of authorities in PEM for `rediss…`; null: the system's. */
  redisTlsCa: string | null
  /** What the Sentinels themselves ask for; null: nothing. */
  redisSentinelPassword: string | null
  /** Takes a Redis whose maxmemory-policy is not `noeviction`. */
  redisAllowEviction: boolean
  /** No other machine uses this Redis: nothing is warned of that the others would not see. */
  singleMachine: boolean
  functionTimeoutMs: number
  /** Requests a minute and address before 429; 0 means unlimited. */
  floodLimitPerMinute: number
  /** The largest body of a request; the administration has a limit of its own. */
  bodyLimitBytes: number
  /** All bodies that one process is receiving together; beyond it the oldest of the address that holds most is given up. */
  receivingLimitBytes: number
  /** Connections to one process. */
  maxConnections: number
  /** Connections to one process from one address, or one IPv6 /64; trusted proxies are not counted. */
  maxConnectionsPerAddress: number
  /** Opens the administration, at least 24 characters; null: there is none. */
  adminToken: string | null
  /** Where the administration is, its routes below it; `/admin` when left out. */
  adminPath: string
  /** The administration's own page, built; where it is not there, the H5 application's page is used. */
  adminPageDir: string | null
  /** Alerts for a scene and hour: a share of right answers below this percentage, more refusals than this; null: none. */
  alertPassRatePercent: number | null
  alertRefusedPerHour: number | null
  /** Where alerts are posted to as well; may hold a key. */
  alertWebhook: string | null
  /** Opens `/metrics` to clients that send it, at least 24 characters; null: to programs on this machine alone. */
  metricsToken: string | null
  logLevel: LogLevel
  /** Shows SMS codes on a page instead of sending them; on a loopback `host` and without `trustedProxies` only. */
  isDevelopment: boolean
  /** The number of this process among several, in each of its log lines. */
  workerId?: number | undefined
  /** Given this process's own metrics, how those of all processes are had; its own alone when left out. */
  gatherMetrics?: (own: () => Promise<Snapshot>) => () => Promise<Snapshot[]>
  /** Where log lines go; standard output when left out. */
  logStream?: Writable
  /** The time that timers and signatures go by; the real one when left out. */
  clock?: Clock
  /** Called when the database's file was removed or replaced: the process has to end, or there would be two databases. */
  onDatabaseReplaced?: (error: Error) => void
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
type LogLevel = (typeof LOG_LEVELS)[number]

const MIN_TOKEN_LENGTH = 24

export const DEFAULT_CLIENT_SECRET = 'local-client-secret'

/** Settings with every default filled in; paths become absolute. Throws SettingError for a token that is too short. */
export function withDefaults(given: Partial<HostSettings>): HostSettings {
  for (const [name, token] of Object.entries({ ADMIN_TOKEN: given.adminToken, METRICS_TOKEN: given.metricsToken })) {
    // The token itself is in no message.
    if (typeof token === 'string' && token.length < MIN_TOKEN_LENGTH) {
      throw new SettingError(`${name} has to be at least ${MIN_TOKEN_LENGTH} characters, or not be set.`)
    }
  }
  checkRedis(given)
  checkDatabase(given)
  const projectDir = resolve(given.projectDir ?? process.cwd())
  const dataDir = resolve(given.dataDir ?? join(projectDir, '.data'))
  const settings: HostSettings = {
    host: '127.0.0.1',
    port: 3000,
    spaceId: 'uni-captcha-local',
    clientSecret: DEFAULT_CLIENT_SECRET,
    trustedProxies: [],
    allowedOrigins: [],
    policySources: {},
    databaseSynchronous: 'normal',
    databaseUrl: null,
    databaseConnections: 10,
    databaseStatementTimeoutMs: 10_000,
    redisUrls: [],
    redisPrefix: null,
    redisNatMap: {},
    redisTlsCa: null,
    redisSentinelPassword: null,
    redisAllowEviction: false,
    singleMachine: false,
    functionTimeoutMs: 10_000,
    floodLimitPerMinute: 6000,
    bodyLimitBytes: 64 * 1024,
    receivingLimitBytes: 32 * 1024 * 1024,
    maxConnections: 10_000,
    maxConnectionsPerAddress: 512,
    adminToken: null,
    adminPath: '/admin',
    adminPageDir: null,
    alertPassRatePercent: null,
    alertRefusedPerHour: null,
    alertWebhook: null,
    metricsToken: null,
    logLevel: 'info',
    isDevelopment: false,
    fileUploads: null,
    fileLinks: 'public',
    fileLinkSeconds: 7200,
    fileLimitBytes: 20 * 1024 * 1024,
    fileQuotaBytes: 1024 ** 3,
    fileTypes: [],
    fileUploadsPerHour: 200,
    fileBytesPerHour: 200 * 1024 * 1024,
    publicUrl: null,
    ...given,
    projectDir,
    dataDir,
    filesDir: resolve(given.filesDir ?? join(dataDir, 'files')),
    widgetFile: given.widgetFile ?? join(__dirname, 'uni-captcha-widget.js'),
    staticDir: given.staticDir === null ? null : resolve(given.staticDir ?? join(projectDir, 'dist/build/h5')),
  }
  if (settings.receivingLimitBytes < settings.bodyLimitBytes) {
    throw new SettingError('RECEIVING_LIMIT_BYTES has to be at least BODY_LIMIT_BYTES, or no such body could come.')
  }
  const largestBytes = toFootprint(settings.fileLimitBytes)
  if (settings.fileQuotaBytes < largestBytes) {
    throw new SettingError(
      `FILE_QUOTA_BYTES has to be at least ${largestBytes}, what a file of FILE_LIMIT_BYTES takes, or none could come.`,
    )
  }
  if (settings.fileBytesPerHour > 0 && settings.fileBytesPerHour < settings.fileLimitBytes) {
    throw new SettingError(
      'FILE_BYTES_PER_HOUR has to be 0 or at least FILE_LIMIT_BYTES, or no such file could come from a page.',
    )
  }
  return settings
}

/** Settings that cannot be used; a line of its message names the variable, the value and what is allowed. */
export class SettingError extends Error {
  override name = 'SettingError'
}

type Environment = Record<string, string | undefined>

/**
 * Reads the settings from environment variables; an empty variable counts as not set. Throws SettingError with a line for
 * each variable that cannot be used.
 */
export function settingsFromEnvironment(env: Environment, cwd: string): HostSettings {
  const text = (name: string) => env[name]?.trim() || undefined
  const projectDir = resolve(cwd, text('PROJECT_DIR') ?? '.')
  const given: Partial<HostSettings> = { projectDir, dataDir: resolve(cwd, text('DATA_DIR') ?? '.data') }
  const problems: string[] = []
  const put = <K extends keyof HostSettings>(key: K, read: () => HostSettings[K] | undefined) => {
    try {
      const value = read()
      if (value !== undefined) given[key] = value
    } catch (error) {
      if (!(error instanceof SettingError)) throw error
      problems.push(error.message)
    }
  }
  put('host', () => text('HOST'))
  put('port', () => wholeNumber(env, 'PORT', 0, 65_535))
  put('spaceId', () => matching(env, 'SPACE_ID', /^[\w.-]{1,64}$/, 'of 1 to 64 letters, digits, ".", "_" or "-"'))
  put('clientSecret', () => text('CLIENT_SECRET'))
  put('trustedProxies', () =>
    list(env, 'TRUSTED_PROXIES', isAddressRange, 'IP addresses or CIDR ranges such as 10.0.0.0/8'),
  )
  put('allowedOrigins', () => list(env, 'ALLOWED_ORIGINS', isOrigin, 'origins such as https://example.com, or *'))
  put('policySources', () => policySources(text('CSP_SOURCES')))
  put('databaseSynchronous', () => oneOf(env, 'DB_SYNCHRONOUS', ['normal', 'full'] as const))
  put('databaseUrl', () => text('DATABASE_URL'))
  put('databaseConnections', () => wholeNumber(env, 'DATABASE_CONNECTIONS', 1, 1000))
  put('databaseStatementTimeoutMs', () => wholeNumber(env, 'DATABASE_STATEMENT_TIMEOUT_MS', 100, 600_000))
  put('redisUrls', () =>
    text('REDIS_URL')
      ?.split(',')
      .flatMap((one) => one.trim() || []),
  )
  put('redisPrefix', () =>
    matching(env, 'REDIS_PREFIX', /^[\w.:-]{1,64}$/, 'of 1 to 64 letters, digits, ".", "_", ":" or "-"'),
  )
  put('redisNatMap', () => natMap(env, 'REDIS_NAT_MAP'))
  put('redisTlsCa', () => certificates(text('REDIS_TLS_CA'), cwd))
  put('redisSentinelPassword', () => text('REDIS_SENTINEL_PASSWORD'))
  put('redisAllowEviction', () => flag(env, 'REDIS_ALLOW_EVICTION'))
  put('singleMachine', () => flag(env, 'SINGLE_MACHINE'))
  put('functionTimeoutMs', () => wholeNumber(env, 'FUNCTION_TIMEOUT_MS', 1, 600_000))
  put('floodLimitPerMinute', () => wholeNumber(env, 'FLOOD_LIMIT_PER_MINUTE', 0, 1_000_000_000))
  put('bodyLimitBytes', () => wholeNumber(env, 'BODY_LIMIT_BYTES', 1024, 100 * 1024 * 1024))
  put('receivingLimitBytes', () => wholeNumber(env, 'RECEIVING_LIMIT_BYTES', 1024 * 1024, 16 * 1024 ** 3))
  put('maxConnections', () => wholeNumber(env, 'MAX_CONNECTIONS', 1, 1_000_000))
  put('maxConnectionsPerAddress', () => wholeNumber(env, 'MAX_CONNECTIONS_PER_ADDRESS', 1, 1_000_000))
  put('adminToken', () => text('ADMIN_TOKEN'))
  put('adminPath', () => adminPath(text('ADMIN_PATH')))
  put('alertPassRatePercent', () => wholeNumber(env, 'ALERT_PASS_RATE_PERCENT', 1, 100))
  put('alertRefusedPerHour', () => wholeNumber(env, 'ALERT_REFUSED_PER_HOUR', 1, 1_000_000_000))
  put('alertWebhook', () => webhook(text('ALERT_WEBHOOK')))
  put('metricsToken', () => text('METRICS_TOKEN'))
  put('fileUploads', () => oneOf(env, 'FILE_UPLOADS', FILE_UPLOADS))
  put('fileLinks', () => oneOf(env, 'FILE_LINKS', FILE_LINKS))
  put('fileLinkSeconds', () => wholeNumber(env, 'FILE_LINK_SECONDS', 1, 7 * 24 * 60 * 60))
  put('fileLimitBytes', () => wholeNumber(env, 'FILE_LIMIT_BYTES', 1, 5 * 1024 ** 3))
  put('fileQuotaBytes', () => wholeNumber(env, 'FILE_QUOTA_BYTES', 1, 2 ** 50))
  put('fileTypes', () =>
    list(env, 'FILE_TYPES', (one) => /^[a-z\d]{1,16}$/.test(one), 'extensions such as jpg,png,pdf'),
  )
  put('fileUploadsPerHour', () => wholeNumber(env, 'FILE_UPLOADS_PER_HOUR', 0, 1_000_000_000))
  put('fileBytesPerHour', () => wholeNumber(env, 'FILE_BYTES_PER_HOUR', 0, 2 ** 50))
  put('publicUrl', () => publicUrl(text('PUBLIC_URL')))
  put('logLevel', () => oneOf(env, 'LOG_LEVEL', LOG_LEVELS))
  const filesDir = text('FILES_DIR')
  if (filesDir) given.filesDir = resolve(cwd, filesDir)
  const staticDir = text('STATIC_DIR')
  if (staticDir) given.staticDir = resolve(cwd, staticDir)
  if (problems.length > 0) throw new SettingError(problems.join('\n'))
  return withDefaults(given)
}

function wholeNumber(env: Environment, name: string, min: number, max: number): number | undefined {
  const value = env[name]?.trim()
  if (!value) return undefined
  const number = Number(value)
  if (!/^\d+$/.test(value) || number < min || number > max) refuse(name, value, `a whole number from ${min} to ${max}`)
  return number
}

function policySources(value: string | undefined): PolicySources | undefined {
  if (value === undefined) return undefined
  return parsePolicySources(value) ?? refuse('CSP_SOURCES', value, ALLOWED_POLICY_SOURCES)
}

/** The address is in no message: bots have their key in it. */
function webhook(value: string | undefined): string | undefined {
  if (value === undefined || (URL.canParse(value) && new URL(value).protocol === 'https:')) return value
  throw new SettingError('ALERT_WEBHOOK has to be an address that begins with https://, or not be set.')
}

function publicUrl(value: string | undefined): string | undefined {
  const url = value?.replace(/\/+$/, '')
  if (url === undefined || isPublicUrl(url)) return url
  return refuse('PUBLIC_URL', url, 'an address such as https://example.com or https://example.com/app, without a query')
}

function isPublicUrl(url: string): boolean {
  if (!/^https?:/.test(url) || !URL.canParse(url)) return false
  const { origin, pathname } = new URL(url)
  return url === origin + (pathname === '/' ? '' : pathname)
}

function flag(env: Environment, name: string): boolean | undefined {
  const value = oneOf(env, name, ['1', '0', 'true', 'false'] as const)
  return value === undefined ? undefined : value === '1' || value === 'true'
}

function oneOf<T extends string>(env: Environment, name: string, allowed: readonly T[]): T | undefined {
  const value = env[name]?.trim()
  if (!value) return undefined
  return allowed.find((one) => one === value) ?? refuse(name, value, `one of ${allowed.join(', ')}`)
}

function matching(env: Environment, name: string, pattern: RegExp, allowed: string): string | undefined {
  const value = env[name]?.trim()
  if (!value) return undefined
  return pattern.test(value) ? value : refuse(name, value, `a text ${allowed}`)
}

function list(env: Environment, name: string, ok: (one: string) => boolean, allowed: string): string[] | undefined {
  const parts = env[name]?.split(',').map((one) => one.trim())
  const values = parts?.filter((one) => one !== '')
  for (const one of values ?? []) if (!ok(one)) refuse(name, one, `a comma-separated list of ${allowed}`)
  return values?.length ? values : undefined
}

/** The first part of each path that the host itself answers at. */
const HOST_PATHS = new Set([
  'unicloud',
  'http',
  'healthz',
  'readyz',
  'metrics',
  'development',
  'assets',
  'static',
  'widget',
  ...[...SITE_METHODS.keys()].map((path) => path.slice(1)),
])

function adminPath(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const path = value.replace(/\/$/, '')
  const [, first = ''] = path.split('/')
  if (path.length <= 64 && /^(\/[\w-]+)+$/.test(path) && !HOST_PATHS.has(first)) return path
  return refuse('ADMIN_PATH', value, 'a path such as /captcha-admin that the host does not use for anything else')
}

/** Throws for an address of PostgreSQL that cannot be used. */
function checkDatabase({ databaseUrl }: Partial<HostSettings>): void {
  if (typeof databaseUrl !== 'string') return
  try {
    parsePostgresAddress(databaseUrl)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // The address itself is in no message: it may hold a password.
    throw new SettingError(`DATABASE_URL ${error.message}.`)
  }
}

/** Throws for an address of Redis that cannot be used, and for a setting that means nothing for it. */
function checkRedis({ redisUrls = [], redisTlsCa, redisSentinelPassword }: Partial<HostSettings>): void {
  if (redisUrls.length === 0) return
  try {
    const { tls, kind } = readRedisAddress(redisUrls)
    if (typeof redisTlsCa === 'string' && !tls) {
      throw new SettingError('REDIS_TLS_CA is set, but REDIS_URL is without TLS; it has to begin with rediss.')
    }
    if (typeof redisSentinelPassword === 'string' && kind !== 'sentinel') {
      throw new SettingError('REDIS_SENTINEL_PASSWORD is set, but REDIS_URL does not begin with redis+sentinel://.')
    }
  } catch (error) {
    throw error instanceof RedisAddressError ? new SettingError(error.message) : error
  }
}

/** `announced=reachable`, both `host:port`. */
function natMap(env: Environment, name: string): Record<string, RedisNode> | undefined {
  const allowed = 'announced=reachable, both host:port, such as 10.0.0.1:6379=redis-1.example:6379'
  const pattern = /^(?<announced>[^=]+:\d+)=\[?(?<host>[\w.:-]+?)\]?:(?<port>\d{1,5})$/
  const entries = list(env, name, (one) => pattern.test(one), allowed)?.map((one) => {
    const { announced = '', host = '', port } = pattern.exec(one)!.groups!
    return [announced.replace(/[[\]]/g, ''), { host, port: Number(port) }] as const
  })
  return entries && Object.fromEntries(entries)
}

/** The PEM text of a file. */
function certificates(file: string | undefined, cwd: string): string | undefined {
  if (file === undefined) return undefined
  try {
    const pem = readFileSync(resolve(cwd, file), 'utf8')
    if (!new X509Certificate(pem).fingerprint256) throw new TypeError('no certificate')
    return pem
  } catch (error) {
    const { code = 'not a certificate' } = error as { code?: string }
    return refuse('REDIS_TLS_CA', file, `a readable file with certificates in PEM (${code})`)
  }
}

function refuse(name: string, value: string, allowed: string): never {
  throw new SettingError(`${name} is ${JSON.stringify(value)}, but it has to be ${allowed}.`)
}

function isOrigin(value: string): boolean {
  return value === '*' || (URL.canParse(value) && new URL(value).origin === value)
}
