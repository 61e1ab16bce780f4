import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { adminRoutes, type AdminDeps, Alerts, CaptchaModule, openSms } from './admin/index'
import type { ClientDb, CloudCode } from './clientdb/index'
import { openDatabase, openPostgres, type HostDatabase } from './database/index'
import { openDevelopment } from './development/index'
import { Drain } from './drain'
import { CloudLoader } from './functions/load'
import { FunctionRegistry } from './functions/registry'
import { CloudResolver } from './functions/resolve'
import { findUniIdConfig, scanProject, type ProjectScan } from './functions/scan'
import { gatewayRoute } from './gateway/route'
import { AccessTokens } from './gateway/token'
import { isLoopback } from './http/address'
import { healthRoutes } from './http/health'
import { urlAccessRoutes } from './http/route'
import { staticRoutes } from './http/static'
import { widgetRoutes } from './http/widget'
import { measureRequests, Metrics, metricsRoute, toMetricsText } from './metrics/index'
import { createLog } from './log'
import { prepareDatabase } from './prepare-database'
import { openRedis, type HostRedis } from './redis/index'
import { currentCall, runInScope } from './runtime/call'
import { loadCommonModule } from './runtime/common-module'
import { EndHooks } from './runtime/end-hooks'
import { installGlobals } from './runtime/globals'
import { Invoker } from './runtime/invoker'
import type { RunJql } from './runtime/jql'
import { createSendSms, type SmsModule } from './runtime/send-sms'
import { createUniCloud, withNamedFailures, type UniCloudApi } from './runtime/unicloud'
import { installationSecret, toModuleSecret } from './secret'
import { createServer } from './server'
import { LazyStorage } from './storage/open'
import { storageRoutes } from './storage/routes'
import { withDefaults, type HostSettings } from './settings'
import { warnAboutLocalWrites, warnAboutSecretMismatch } from './multi-machine'
import { DatabaseClaims } from './timers/database-claims'
import { systemClock } from './timers/clock'
import { RedisClaims } from './timers/redis-claims'
import { Timers } from './timers/timers'

export type { HostSettings } from './settings'
export type { Clock } from './timers/clock'

const PAGES_UPLOAD = 'Pages may upload files; FILE_UPLOADS=functions leaves that to cloud functions.'

/** A running host. */
export interface Host {
  /** `http://<address>:<port>`. */
  url: string
  /** What is served: how many cloud functions are loaded, which are not and why, and whether pages may upload files. */
  loaded: string
  /**
   * Finishes the requests in flight, stops the timers and closes the database. Connections that lie idle are kept for
   * `lingerMs`, so that a client that uses one again is answered. Called again, it may only become shorter.
   */
  close(lingerMs?: number): Promise<void>
  /** Logs what cloud code threw without being awaited; the process that owns the host hears of that. */
  logUnhandled(error: unknown): void
}

/** Starts a host: scans and loads the project's cloud functions, opens its database and listens. */
export async function startHost(given: Partial<HostSettings>): Promise<Host> {
  const settings = withDefaults(given)
  const log = createLog(settings)
  const clock = settings.clock ?? systemClock
  const development = openDevelopment(settings, () => clock.now())
  mkdirSync(settings.dataDir, { recursive: true })
  const key = installationSecret(settings.dataDir, log)
  const isOneOfSeveral = settings.redisUrls.length > 0 && !settings.singleMachine
  const database = await connectDatabase(settings, log, () => clock.now(), isOneOfSeveral)
  const stops: (() => Promise<void> | void)[] = [() => database.close()]
  let closing: Promise<void> | undefined
  try {
    const scan = scanProject(settings.projectDir)
    await prepareDatabase(scan.databases, database, log)
    const metrics = new Metrics()
    const redis = connectRedis(settings, log, metrics)
    if (redis) stops.unshift(() => redis.close())
    if (redis && isOneOfSeveral) warnAboutSecretMismatch(redis, key, log)
    const endHooks = new EndHooks(log)
    stops.unshift(() => endHooks.run())
    let url = ''
    const ownUrl = toOwnUrl(settings, () => url, log)
    const fileUploads = settings.fileUploads ?? (hasUniId(scan) ? 'clients' : 'functions')
    const storage = new LazyStorage({ ...settings, fileUploads, key, now: () => clock.now(), ownUrl })
    const { functions, invoker, captcha, sms, code } = loadFunctions(
      settings,
      scan,
      database,
      redis,
      { ...storage.api, ...development?.api, ...metrics.api, ...endHooks.api },
      log,
      toModuleSecret(key),
    )
    stops.unshift(() => invoker.settled())

    const app = await createServer(settings, log)
    stops.unshift(() => app.close())
    measureRequests(app, functions, metrics)
    const drain = new Drain()
    stops.unshift(() => drain.run(app))
    healthRoutes(app, database, redis, drain)
    const rules = { ...settings, tokens: new AccessTokens(key, () => clock.now()), now: () => clock.now() }
    const clientDb = openClientDb(scan, database.within(MAX_PAGE_ROWS), log, () => clock.now(), code)
    gatewayRoute(app, rules, { invoker, clientDb, files: storage }, settings.allowedOrigins, log)
    storageRoutes(app, storage, settings.allowedOrigins)
    urlAccessRoutes(app, functions, invoker)
    development?.routes(app)
    const gather = settings.gatherMetrics?.(() => metrics.snapshot())
    metricsRoute(app, settings.metricsToken, async () => (gather ? toMetricsText(await gather()) : metrics.text()))
    administration(app, settings, captcha, { key, log, now: () => clock.now(), sms })
    widgetRoutes(app, settings.widgetFile)
    staticRoutes(app, settings.staticDir, settings.policySources)
    await redis?.known
    url = reachable(await app.listen({ host: settings.host, port: settings.port }), app)

    const alerts = startAlerts(settings, captcha, { log, count: metrics.api.count, now: () => clock.now() })
    if (alerts) stops.unshift(() => alerts.stop())
    const timers = new Timers(invoker, redis ? new RedisClaims(redis) : new DatabaseClaims(database), clock, log)
    timers.start(functions.all())
    stops.unshift(() => timers.stop())
    return {
      url,
      loaded: functions.summary() + (fileUploads === 'clients' ? `\n${PAGES_UPLOAD}` : ''),
      close(lingerMs = 0) {
        drain.linger(lingerMs)
        return (closing ??= runAll(stops))
      },
      logUnhandled: (err) => log.error({ err }, 'cloud code failed outside a call'),
    }
  } catch (error) {
    await runAll(stops).catch(() => {})
    throw error
  }
}

/** Where a request began, an object of its could pass for an operator; a timer is sent nothing. */
function acceptsOperator(): boolean {
  return currentCall()?.isTimed === true
}

/** PostgreSQL where there is an address of one, and the file in `dataDir` otherwise. */
async function connectDatabase(
  settings: HostSettings,
  log: Logger,
  now: () => number,
  isOneOfSeveral: boolean,
): Promise<HostDatabase> {
  const { databaseUrl: url, databaseConnections, databaseStatementTimeoutMs, dataDir } = settings
  if (url !== null) {
    const onWait = (message: string) => log.warn(`waiting for PostgreSQL: ${message}`)
    const limits = { maxConnections: databaseConnections, statementTimeoutMs: databaseStatementTimeoutMs }
    return openPostgres({ url, ...limits, now, onWait, acceptsOperator })
  }
  return openDatabase({
    file: join(dataDir, 'unicloud.db'),
    synchronous: settings.databaseSynchronous,
    now,
    acceptsOperator,
    onReplaced: (error) => {
      log.fatal(error.message)
      settings.onDatabaseReplaced?.(error)
    },
    ...(isOneOfSeveral && { onWrite: warnAboutLocalWrites(log) }),
  })
}

function connectRedis(settings: HostSettings, log: Logger, metrics: Metrics): HostRedis | undefined {
  const { redisUrls: urls, redisPrefix, spaceId, redisNatMap: natMap, redisTlsCa: ca } = settings
  if (urls.length === 0) return undefined
  const { redisSentinelPassword: sentinelPassword, redisAllowEviction: isEvictionAllowed } = settings
  const prefix = `${(redisPrefix ?? spaceId).replace(/:$/, '')}:`
  const given = { urls, prefix, natMap, ca: ca ?? undefined, sentinelPassword, isEvictionAllowed }
  return openRedis(given, log, (problem) => metrics.setRedisProblem(problem))
}

function loadFunctions(
  settings: HostSettings,
  scan: ProjectScan,
  database: HostDatabase,
  redis: HostRedis | undefined,
  extras: UniCloudApi,
  log: Logger,
  secret: string,
): {
  functions: FunctionRegistry
  invoker: Invoker
  captcha: CaptchaModule | undefined
  sms: ReturnType<typeof openSms>
  code: CloudCode
} {
  const warn = (message: string) => log.warn(message)
  scan.warnings.forEach(warn)
  const space = { provider: 'aliyun', spaceId: settings.spaceId }
  const resolver = new CloudResolver(settings.projectDir, scan, warn)
  const loader = new CloudLoader(resolver)
  const invoker = new Invoker(space, settings.functionTimeoutMs, log, settings.isDevelopment)
  const now = () => (settings.clock ?? systemClock).now()
  const code = {
    load: (file: string) => loader.load(file),
    api: () => api,
    roots: scan.roots,
    timeoutMs: settings.functionTimeoutMs,
  }
  const runJql = openClientDb(scan, database.api, log, now, code, true)
  const project = { dir: settings.projectDir, scan, resolver, loader }
  const sendSms = createSendSms(() => loadCommonModule<SmsModule>('uni-sms-code', ['sendOwnCode'], project, api, log))
  const own = { ...createUniCloud(database, invoker, space, log, secret, runJql, redis), sendSms }
  const api: UniCloudApi = withNamedFailures({ ...own, ...extras })
  installGlobals(api)
  const functions = runInScope({ api }, () => new FunctionRegistry(scan, loader, log))
  invoker.open(api, functions)
  const isNeeded = settings.adminToken !== null || hasAlerts(settings)
  const captcha = isNeeded ? CaptchaModule.load(project, api, log) : undefined
  const sms = openSms(captcha && project, api, log)
  return { functions, invoker, captcha, sms, code }
}

/**
 * Documents that a statement of a page looks at. To sort them takes some 0.03 s, to search their texts 0.1 to 0.2 s; each
 * further regular expression of the same `where()`, of which clientDB takes 20, adds some 5 ms.
 */
const MAX_PAGE_ROWS = 10_000

/** Loaded by the first page, or cloud function, that asks: a host that serves captchas alone has none of it in memory. */
function openClientDb(
  scan: ProjectScan,
  database: ReturnType<ReturnType<typeof openDatabase>['within']>,
  log: Logger,
  now: () => number,
  code: CloudCode,
  isForCloudCode = false,
): RunJql {
  const options = {
    database,
    isForCloudCode,
    schemaDirectories: scan.databases,
    configDirectories: scan.commonModules.get('uni-config-center') ?? [],
    code,
    now,
    log,
  }
  let opened: Promise<ClientDb> | undefined
  const open = (): Promise<ClientDb> => {
    const opening = import('./clientdb/index').then(({ ClientDb }) => new ClientDb(options))
    // One that could not be opened is opened anew by the next call.
    opening.catch(() => {
      if (opened === opening) opened = undefined
    })
    return opening
  }
  return async (call) => (await (opened ??= open())).call(call)
}

/** The address that cloud functions give out for files; one that clients behind a proxy cannot reach is told of once. */
function toOwnUrl({ publicUrl, host, trustedProxies }: HostSettings, url: () => string, log: Logger): () => string {
  if (publicUrl !== null) return () => publicUrl
  let isTold = isLoopback(host) && trustedProxies.length === 0
  return () => {
    if (!isTold) log.warn({ url: url() }, 'files get this address; set PUBLIC_URL to the one that clients reach')
    isTold = true
    return url()
  }
}

function hasUniId({ commonModules }: ProjectScan): boolean {
  return findUniIdConfig(commonModules.get('uni-config-center') ?? []) !== undefined
}

function hasAlerts({ alertPassRatePercent, alertRefusedPerHour }: HostSettings): boolean {
  return alertPassRatePercent !== null || alertRefusedPerHour !== null
}

/** Undefined where none are asked for, or where there is nothing to count. */
function startAlerts(
  settings: HostSettings,
  module: CaptchaModule | undefined,
  deps: { log: Logger; count: Metrics['api']['count']; now(): number },
): Alerts | undefined {
  if (!hasAlerts(settings)) return undefined
  if (!module) {
    deps.log.warn('alerts are set, but the uni-captcha of this project has no statistics to read')
    return undefined
  }
  const limits = { passRatePercent: settings.alertPassRatePercent, refusedPerHour: settings.alertRefusedPerHour }
  return new Alerts({ ...deps, limits, webhook: settings.alertWebhook, module })
}

/** Without a token, and without a module that can be administered, there is nothing at its addresses. */
function administration(
  app: FastifyInstance,
  { adminToken, adminPath, adminPageDir, dataDir }: HostSettings,
  module: CaptchaModule | undefined,
  deps: Pick<AdminDeps, 'key' | 'log' | 'now' | 'sms'>,
): void {
  if (adminToken === null) return
  if (module) adminRoutes(app, { ...deps, path: adminPath, pageDir: adminPageDir, token: adminToken, dataDir, module })
  else deps.log.warn('ADMIN_TOKEN is set, but the uni-captcha of this project has no administration')
}

/** Each one runs, whatever the ones before it threw; the first failure is told when all are done. */
async function runAll(stops: (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = []
  for (const stop of stops) {
    try {
      await stop()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/** An address to open in a browser: 0.0.0.0 and :: listen everywhere but lead nowhere. */
function reachable(url: string, app: FastifyInstance): string {
  const address = app.server.address()
  if (typeof address !== 'object' || address === null) return url
  const isAny = address.address === '0.0.0.0' || address.address === '::'
  const host = isAny ? '127.0.0.1' : address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
