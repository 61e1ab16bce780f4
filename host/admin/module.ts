import type { Logger } from 'pino'
import { loadCommonModule, type CloudProject } from '../runtime/common-module'
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

/** The project's own common module, loaded from disk as cloud code loads it; each call runs as cloud code does. */
export class CaptchaModule {
  private constructor(
    private readonly admin: AdminModule,
    private readonly api: UniCloudApi,
  ) {}

  /** Undefined where the project has no uni-captcha, or one that cannot be administered: DCloud's own, or a broken one. */
  static load(project: CloudProject, api: UniCloudApi, log: Logger): CaptchaModule | undefined {
    const admin = loadCommonModule<AdminModule>('uni-captcha/admin', API, project, api, log)
    return admin && new CaptchaModule(admin, api)
  }

  run<T>(work: (api: AdminModule) => T): T {
    return runInScope({ api: this.api }, () => work(this.admin))
  }
}
