import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client'
import { isJsonObject } from '../shared/json'
import { PROBLEM_KINDS, type RedisProblemKind } from '../redis/problems'
import { Histogram } from './histogram'
import { LabelValues } from './labels'

/** What one process has measured, as it goes to another. */
export type Snapshot = MetricObjectWithValues<MetricValue<string>>[]

/** What a request was for. */
export interface RequestLabels {
  kind: 'gateway' | 'url' | 'static' | 'host' | 'none'
  /** A function of this project, or empty. */
  function: string
  /** One of its methods, or empty. */
  method: string
  status: number
}

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const MESSAGE_SECONDS = [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8]
const STEP_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
/** Steps and events have names in code; scenes may come from clients. */
const MAX_NAMES = 100
const MAX_SCENES = 200
const MAX_PROVIDERS = 20
const MAX_REASONS = 40

/** The process's own: one for all hosts in it, because what watches the garbage collector cannot be taken back. */
let ofProcess: Registry | undefined

function processRegistry(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

/** What one host measures. */
export class Metrics {
  private readonly registry = Registry.merge([processRegistry()])
  private readonly steps = new LabelValues(MAX_NAMES)
  private readonly events = new LabelValues(MAX_NAMES)
  private readonly providers = new LabelValues(MAX_PROVIDERS)
  private readonly outcomes = new LabelValues(MAX_REASONS)
  private readonly reasons = new LabelValues(MAX_REASONS)
  private readonly scenes = new LabelValues(MAX_SCENES)

  private readonly requests = new Histogram(
    'unicloud_request_duration_seconds',
    'From the arrival of a request to the end of its answer.',
    REQUEST_SECONDS,
    this.registry,
  )

  private readonly durations = new Histogram(
    'unicloud_step_duration_seconds',
    'Steps of the work as cloud code reports them: drawing, each operation of a store.',
    STEP_SECONDS,
    this.registry,
  )

  private readonly eventCount = new Counter({
    name: 'unicloud_events_total',
    help: 'What happened, as cloud code reports it, by scene; scenes beyond a bound are "other".',
    labelNames: ['event', 'scene'],
    registers: [this.registry],
  })

  private readonly messageDurations = new Histogram(
    'unicloud_message_duration_seconds',
    'From handing a message to its provider to the answer, a repetition included, by provider.',
    MESSAGE_SECONDS,
    this.registry,
  )

  private readonly messageCount = new Counter({
    name: 'unicloud_messages_total',
    help: 'What providers said to messages: sent, refused with a reason, unknown.',
    labelNames: ['provider', 'outcome', 'reason'],
    registers: [this.registry],
  })

  private readonly redisProblem = new Gauge({
    name: 'unicloud_redis_problem',
    help: '1 for what keeps this host from using Redis; nothing is here without Redis.',
    labelNames: ['problem'],
    aggregator: 'max',
    registers: [this.registry],
  })

  /** What cloud code finds on `uniCloud`. None of them throws, whatever it is given. */
  readonly api = {
    observe: (step: unknown, seconds: unknown): void => {
      if (typeof seconds !== 'number' || !(seconds >= 0 && seconds < Infinity)) return
      const name = this.steps.of(step)
      this.durations.series(name, () => ({ step: name })).observe(seconds)
    },
    count: (event: unknown, scene: unknown): void => {
      this.eventCount.inc({ event: this.events.of(event), scene: this.scenes.of(scene) })
    },
    observeMessage: (handedIn: unknown): void => {
      if (!isJsonObject(handedIn)) return
      const { outcome, reason, seconds } = handedIn
      const provider = this.providers.of(handedIn['provider'])
      this.messageCount.inc({ provider, outcome: this.outcomes.of(outcome), reason: this.reasons.of(reason) })
      if (typeof seconds !== 'number' || !(seconds >= 0 && seconds < Infinity)) return
      this.messageDurations.series(provider, () => ({ provider })).observe(seconds)
    },
  }

  observeRequest({ kind, function: name, method, status: code }: RequestLabels, seconds: number): void {
    const status = `${Math.floor(code / 100)}xx`
    const labels = () => ({ kind, function: name, method, status })
    this.requests.series(`${kind}\n${name}\n${method}\n${status}`, labels).observe(seconds)
  }

  setRedisProblem(found: RedisProblemKind | undefined): void {
    for (const problem of PROBLEM_KINDS) this.redisProblem.set({ problem }, problem === found ? 1 : 0)
  }

  snapshot(): Promise<Snapshot> {
    return this.registry.getMetricsAsJSON()
  }

  /** In Prometheus's text format. */
  text(): Promise<string> {
    return this.registry.metrics()
  }
}

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE

/** The sum of what several processes have measured, in Prometheus's text format. */
export function toMetricsText(snapshots: Snapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots).metrics()
}
