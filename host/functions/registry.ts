import type { Logger } from 'pino'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import { GatewayError } from '../shared/gateway-error'
import type { CloudLoader } from './load'
import type { FoundFunction, ProjectScan } from './scan'

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/** A function that can be called: its methods (one named `main` for a plain function), and what its manifest says. */
export interface CloudFunction {
  name: string
  kind: 'cloudobject' | 'cloudfunction'
  /** What the module exported: methods find each other and its other values through `this`. */
  exported: object
  /** Callable from outside. A map, so that no name reaches a prototype. */
  methods: Map<string, AnyFunction>
  before?: AnyFunction
  after?: AnyFunction
  timing?: AnyFunction
  timeoutMs: number | undefined
  trigger: { name: string; cron: string } | undefined
}

/** Loads every function of a project once. One that fails is logged here and answers a clear error when called. */
export class FunctionRegistry {
  private readonly loaded = new Map<string, CloudFunction>()
  /** Why, by name: a sentence with the file. */
  private readonly broken = new Map<string, string>()

  constructor(scan: ProjectScan, loader: CloudLoader, log: Logger) {
    for (const found of scan.functions.values()) {
      try {
        this.loaded.set(found.name, toCloudFunction(found, loader.load(found.entry), log))
      } catch (err) {
        const cause = err instanceof Error ? err.message : `it threw a ${typeof err}`
        this.broken.set(found.name, `${found.name} (${found.entry}: ${cause.split('\n')[0]})`)
        log.error({ function: found.name, file: found.entry, err }, 'cloud function could not be loaded')
      }
    }
  }

  /** Throws GatewayError for an unknown name and for a function that failed to load. */
  get(name: string): CloudFunction {
    const found = this.loaded.get(name)
    if (found) return found
    if (this.broken.has(name)) {
      throw new GatewayError(
        'FunctionLoadError',
        `The cloud function ${name} could not be loaded; the server's log says why`,
      )
    }
    throw new GatewayError(
      'FunctionNotFound',
      `FUNCTION_NOT_FOUND: no cloud function is named ${JSON.stringify(name.slice(0, 64))}`,
    )
  }

  /** How many functions are loaded, and each that is not with its file and the cause. */
  summary(): string {
    const [loaded, all] = [this.loaded.size, this.loaded.size + this.broken.size]
    if (this.broken.size === 0) return `${loaded} cloud functions are loaded.`
    return `${loaded} of ${all} cloud functions are loaded. Not loaded: ${[...this.broken.values()].join('; ')}.`
  }

  all(): CloudFunction[] {
    return [...this.loaded.values()]
  }
}

function toCloudFunction(found: FoundFunction, exported: unknown, log: Logger): CloudFunction {
  const { name, kind, manifest } = found
  const config = own(manifest, 'cloudfunction-config')
  const settings = isJsonObject(config) ? config : {}
  const object = exportedObject(exported)
  const base = {
    name,
    kind,
    exported: object,
    timeoutMs: readTimeout(settings),
    trigger: readTrigger(name, settings, log),
  }
  const members = ownFunctions(object)
  if (kind === 'cloudfunction') {
    const main = members.get('main')
    if (!main) throw new TypeError(`${found.entry} has to export a function named main`)
    return { ...base, methods: new Map([['main', main]]), timing: main }
  }
  if (members.size === 0) throw new TypeError(`${found.entry} has to export an object with methods`)
  const methods = new Map([...members].filter(([method]) => !method.startsWith('_') && method !== 'constructor'))
  return {
    ...base,
    methods,
    before: members.get('_before'),
    after: members.get('_after'),
    timing: members.get('_timing'),
  }
}

/** `module.exports = {…}`, or the default export of a module that was TypeScript. */
function exportedObject(exported: unknown): object {
  if (typeof exported !== 'object' || exported === null) return {}
  const isModule = '__esModule' in exported && 'default' in exported
  return isModule && typeof exported.default === 'object' && exported.default ? exported.default : exported
}

function ownFunctions(exported: object): Map<string, AnyFunction> {
  const members = new Map<string, AnyFunction>()
  for (const [key, value] of Object.entries(exported)) {
    if (typeof value === 'function') members.set(key, value as AnyFunction)
  }
  return members
}

function readTimeout(config: JsonObject): number | undefined {
  const seconds = own(config, 'timeout')
  return typeof seconds === 'number' && seconds > 0 && seconds <= 600 ? seconds * 1000 : undefined
}

function readTrigger(name: string, config: JsonObject, log: Logger): CloudFunction['trigger'] {
  const triggers = own(config, 'triggers')
  if (!Array.isArray(triggers)) return undefined
  const timers = triggers.filter(isJsonObject).filter((trigger) => own(trigger, 'type') === 'timer')
  if (timers.length > 1) log.warn({ function: name }, 'a cloud function has one timer; only the first of them runs')
  const [timer] = timers
  const cron = timer && own(timer, 'config')
  if (typeof cron !== 'string') return undefined
  const label = timer && own(timer, 'name')
  return { name: typeof label === 'string' ? label : name, cron }
}
