import type { Logger } from 'pino'
import type { CloudLoader } from '../functions/load'
import type { CloudResolver } from '../functions/resolve'
import type { ProjectScan } from '../functions/scan'
import { isJsonObject } from '../shared/json'
import { isCode } from '../secret'
import { runInScope } from '../runtime/call'
import type { UniCloudApi } from '../runtime/unicloud'
import type {
  Check,
  Failure,
  OptionGroup,
  Preview,
  RefusedCallers,
  SceneHour,
} from '../../uni_modules/uni-captcha/types/protocol'

interface Stores {
  counters: {
    hit(key: string, windowMs: number, limit: number, cost: number): Promise<{ count: number; retryAfterMs: number }>
    clear(key: string): Promise<void>
  }
  once: {
    claim(nonce: string, ttlMs: number): Promise<string | undefined>
    release(nonce: string, token: string): Promise<void>
    remainingMs(nonce: string): Promise<number>
  }
}

/** What `uni-captcha/admin` exports. The host knows it by this shape alone: it never imports a plugin. */
export interface AdminModule {
  stores(): Stores
  configFile(): string
  checkConfig(config: unknown): Check
  preview(config: unknown, scene: string, locale: string): Promise<Preview | Failure>
  optionTable(): OptionGroup[]
  readStatistics(span: { from: number; to: number }): Promise<SceneHour[]>
  readRefused(span: { from: number; to: number }): Promise<RefusedCallers>
}

const API: readonly (keyof AdminModule)[] = [
  'stores',
  'configFile',
  'checkConfig',
  'preview',
  'optionTable',
  'readStatistics',
  'readRefused',
]

/** Where a project's modules are loaded from. */
export interface AdminProject {
  dir: string
  scan: ProjectScan
  resolver: CloudResolver
  loader: CloudLoader
}

/** The project's own common module, loaded from disk as cloud code loads it; each call runs as cloud code does. */
export class CaptchaModule {
  private constructor(
    private readonly admin: AdminModule,
    private readonly api: UniCloudApi,
  ) {}

  /** Undefined where the project has no uni-captcha, or one that cannot be administered: DCloud's own, or a broken one. */
  static load(project: AdminProject, api: UniCloudApi, log: Logger): CaptchaModule | undefined {
    const admin = loadAdmin<AdminModule>('uni-captcha', API, project, api, log)
    return admin && new CaptchaModule(admin, api)
  }

  run<T>(work: (api: AdminModule) => T): T {
    return runInScope({ api: this.api }, () => work(this.admin))
  }
}

/** The `admin` of a common module, if it has one that exports functions of all these names. */
export function loadAdmin<Admin>(
  module: string,
  names: readonly (keyof Admin & string)[],
  project: AdminProject,
  api: UniCloudApi,
  log: Logger,
): Admin | undefined {
  for (const directory of project.scan.commonModules.get(module) ?? []) {
    const file = resolved(project.resolver, `${directory}/admin`, `${project.dir}/package.json`)
    if (file === undefined) continue
    try {
      const admin = runInScope({ api }, () => project.loader.load(file))
      if (isJsonObject(admin) && names.every((name) => typeof admin[name] === 'function')) return admin as Admin
    } catch (err) {
      log.error({ err }, `the administration of ${module} could not be loaded`)
    }
  }
  return undefined
}

function resolved(resolver: CloudResolver, request: string, from: string): string | undefined {
  try {
    return resolver.resolve(request, from).file
  } catch (error) {
    if (isCode(error, 'MODULE_NOT_FOUND')) return undefined
    throw error
  }
}
