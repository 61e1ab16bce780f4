import type { ErrorName, Failure } from '../errors'
import { failure, isCaptchaError } from '../errors'
import type { ClientInfo } from '../kit/platform'
import type { Language } from '../kit/values'
import { readLanguage } from '../kit/values'
import type { Request } from './request'
import { readRequest } from './request'
import type { Statistics } from '../statistics/statistics'
import type { CaptchaEvent } from '../statistics/statistics-table'
import type { Stores } from '../store/store'

/** What a call reads from its surroundings; production dependencies are put together in `index.ts`. */
export interface CallDeps {
  /** the content of config.json as it is now, unchecked */
  config(): unknown
  /** the stores that this configuration names; throws `createFail` where it names none that there is */
  stores(config: unknown): Stores
  caller(): ClientInfo
  /** epoch milliseconds */
  now(): number
  /** called, never awaited */
  onEvent(name: CaptchaEvent, scene: string, config: unknown): void
  /** what tapped answers are hashed with; undefined where there is no secret to draw it from, left out where nothing needs one */
  tapKey?(config: unknown): Buffer | undefined
  /** left out where nothing is counted */
  statistics?: Pick<Statistics, 'solved' | 'refused' | 'due'>
}

/** Whether there is a secret, which work is asked for with. */
export function hasSecret({ tapKey }: CallDeps, config: unknown): boolean {
  return !tapKey || tapKey(config) !== undefined
}

/** A call of a public function: everything it needs, read once. */
export interface Call extends Request {
  /** as the caller gave them; what is not part of a request is still unchecked */
  params: Record<string, unknown>
  language: Language
  config: unknown
  stores: Stores
  /** when it began, epoch milliseconds */
  now: number
}

interface EndpointOptions {
  /** the answer to an error that is not the module's own */
  unexpected?: ErrorName
  /** what is counted when a call ends with one of these errors */
  events?: Partial<Record<ErrorName, CaptchaEvent>>
}

/** Makes a public function of what is done with a read call: it answers, whatever happens, and never throws. */
export type Endpoint = <Answer>(
  run: (call: Call) => Promise<Answer>,
  options?: EndpointOptions,
) => (params: unknown) => Promise<Answer | Failure>

/** The one place where a call begins and where an error becomes an answer. */
export function createEndpoint(deps: CallDeps): Endpoint {
  let opened: Pick<Call, 'config' | 'stores'> | undefined

  /** The same configuration object has the same stores. */
  function readSettings(): Pick<Call, 'config' | 'stores'> {
    const config = deps.config()
    if (!opened || opened.config !== config) opened = { config, stores: deps.stores(config) }
    return opened
  }

  return (run, { unexpected = 'interior', events = {} } = {}) =>
    async (params) => {
      const caller = deps.caller()
      const language = readLanguage(params, caller)
      const written = deps.statistics?.due()
      let call: Call | undefined
      try {
        const request = readRequest(params, caller)
        const { config, stores } = readSettings()
        call = { ...request, params: params as Call['params'], language, config, stores, now: deps.now() }
        return await run(call)
      } catch (error) {
        const event = isCaptchaError(error) ? events[error.row] : undefined
        if (event && call) deps.onEvent(event, call.slot.scene, call.config)
        if (event === 'refused' && call) deps.statistics?.refused(call.columns.ip, call.slot.subject, call.config)
        return failure(error, unexpected, language)
      } finally {
        if (written) await written
      }
    }
}
