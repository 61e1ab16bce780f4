import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { DatabaseError } from '../database/index'
import type { CloudFunction, FunctionRegistry } from '../functions/registry'
import { GatewayError } from '../shared/gateway-error'
import { runInScope, type Call, type HttpInfo } from './call'
import { toClientInfo, type ClientInfo } from './client-info'
import { callCloudObject, callTiming, type Invocation, type SpaceInfo } from './cloud-object'
import { toAnswer, UniCloudError } from '../shared/uni-cloud-error'
import { missingParamsHint } from './missing-params'
import { toPlainContext } from './plain-context'
import type { UniCloudApi } from './unicloud'

/** What a caller asks of a function; `params` for a cloud object, `event` for a plain function. */
export interface Request {
  functionName: string
  method?: string
  params?: unknown[]
  event?: unknown
  clientInfo: ClientInfo
  uniIdToken?: string
  httpInfo?: HttpInfo
  depth?: number
  /** Whether the function that calls runs by its timer. */
  isTimed?: boolean
}

const MAX_DEPTH = 16

/** Runs cloud functions: within their time, in the scope of their caller, with every fault turned into a GatewayError. */
export class Invoker {
  private opened: { api: UniCloudApi; functions: FunctionRegistry } | undefined
  private readonly running = new Set<Promise<unknown>>()

  constructor(
    private readonly space: SpaceInfo,
    private readonly timeoutMs: number,
    private readonly log: Logger,
    /** In development a page is told what went wrong. */
    private readonly isDevelopment = false,
  ) {}

  /** Functions are loaded after the invoker is made, because they call each other through it. */
  open(api: UniCloudApi, functions: FunctionRegistry): void {
    this.opened = { api, functions }
  }

  newRequestId(): string {
    return randomUUID()
  }

  /** The function's answer: what it returned, or a thrown `{ errCode, errMsg }`. Throws GatewayError for everything else. */
  async invoke(request: Request): Promise<unknown> {
    const target = this.scope.functions.get(request.functionName)
    const depth = request.depth ?? 0
    if (depth > MAX_DEPTH) {
      throw new GatewayError('InternalError', `Cloud functions call each other more than ${MAX_DEPTH} levels deep`)
    }
    const call = toCall(request, target)
    const method = target.kind === 'cloudobject' ? (request.method ?? '') : 'main'
    const invocation = { call, method, params: request.params ?? [] }
    const given = target.kind === 'cloudobject' ? invocation : { ...invocation, params: [request.event] }
    return this.track(target, given, target.timeoutMs ?? this.timeoutMs, () => {
      if (target.kind === 'cloudobject') return callCloudObject(target, invocation, this.space)
      return target.methods.get('main')?.call(target.exported, request.event, toPlainContext(call, this.space))
    })
  }

  /** Runs a function because its timer says so. */
  async invokeTiming(target: CloudFunction, event: Record<string, unknown>, timeoutMs: number): Promise<unknown> {
    const server = { clientIP: '', userAgent: '', source: 'timing', requestId: this.newRequestId() } as const
    const clientInfo = toClientInfo({}, server)
    const call = toCall({ functionName: target.name, clientInfo, isTimed: true }, target)
    const invocation: Invocation = { call, method: '_timing', params: [event] }
    return this.track(target, invocation, timeoutMs, () => {
      if (target.kind === 'cloudobject') return callTiming(target, invocation, this.space)
      return target.timing?.call(target.exported, event, toPlainContext(call, this.space))
    })
  }

  /** Waits for the calls that are still within their time. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.running)
  }

  private track(
    target: CloudFunction,
    invocation: Invocation,
    timeoutMs: number,
    run: () => unknown,
  ): Promise<unknown> {
    const tracked = this.withinTime(target, invocation, timeoutMs, run)
    this.running.add(tracked)
    const forget = () => this.running.delete(tracked)
    tracked.then(forget, forget)
    return tracked
  }

  private async withinTime(
    target: CloudFunction,
    invocation: Invocation,
    timeoutMs: number,
    run: () => unknown,
  ): Promise<unknown> {
    const { call } = invocation
    const { api } = this.scope
    const limit = timeLimit(timeoutMs)
    const work = runInScope({ api, call }, async () => run())
    const end = () => {
      call.isTimed = false
    }
    // After the time-out the result is not used any more.
    work.then(end, end)
    try {
      const outcome = await Promise.race([work.then((value) => ({ value })), limit.reached])
      if (outcome) return outcome.value
    } catch (thrown) {
      return this.answerOrFault(thrown, target, invocation)
    } finally {
      limit.cancel()
    }
    this.log.error({ function: target.name, requestId: call.requestId, timeoutMs }, 'cloud function timed out')
    throw new GatewayError(
      'FunctionTimeout',
      `${target.name} gave no answer within ${timeoutMs} ms (request ${call.requestId})`,
    )
  }

  private answerOrFault(thrown: unknown, target: CloudFunction, invocation: Invocation): unknown {
    const { call } = invocation
    if (thrown instanceof GatewayError) throw thrown
    // Passed on as it was caught: the words are for the calling function, not for its client.
    if (thrown instanceof UniCloudError && thrown.cause instanceof GatewayError && thrown.cause.cause)
      throw thrown.cause
    // A failure of the database carries an errCode too, but is not an answer for callers.
    const answer = thrown instanceof DatabaseError ? undefined : toAnswer(thrown)
    if (answer) return answer
    const err = thrown instanceof Error ? thrown : new Error(`threw a ${typeof thrown}, not an Error`)
    const hint = missingParamsHint(err, target.name, invocation)
    this.log.error({ function: target.name, requestId: call.requestId, err, hint }, hint ?? 'cloud function failed')
    // The error's own words may hold paths, queries or keys: they stay in the log, but for development.
    const said = this.isDevelopment ? `${target.name} failed: ${hint ?? err.message}` : undefined
    throw new GatewayError(
      'InternalError',
      said ?? `${target.name} failed; the server's log says why (request ${call.requestId})`,
      { cause: err },
    )
  }

  private get scope(): { api: UniCloudApi; functions: FunctionRegistry } {
    if (this.opened) return this.opened
    throw new GatewayError('InternalError', 'Cloud functions are loading and cannot be called yet')
  }
}

function toCall(request: Request, target: CloudFunction): Call {
  const { clientInfo, uniIdToken, httpInfo, depth = 0, isTimed = false } = request
  const of = { functionName: target.name, functionType: target.kind }
  return { ...of, requestId: clientInfo.requestId, clientInfo, uniIdToken, httpInfo, depth, isTimed }
}

function timeLimit(ms: number): { reached: Promise<undefined>; cancel: () => void } {
  let cancel = () => {}
  const reached = new Promise<undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms)
    cancel = () => clearTimeout(timer)
  })
  return { reached, cancel: () => cancel() }
}
