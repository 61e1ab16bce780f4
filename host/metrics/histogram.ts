import type { MetricObjectWithValues, MetricValue, MetricValueWithName, Registry } from 'prom-client'

type Labels = Record<string, string>

/**
 * A histogram as the registry of `prom-client` exposes it. Observing is a search and two additions: the library's own
 * takes some ten times as long (`npm run bench:histogram`), and a captcha makes a dozen observations.
 */
export class Histogram {
  readonly type = 'histogram'
  readonly aggregator = 'sum'
  private readonly all = new Map<string, Series>()

  constructor(
    readonly name: string,
    readonly help: string,
    private readonly bounds: readonly number[],
    registry: Registry,
  ) {
    registry.registerMetric(this as unknown as Parameters<Registry['registerMetric']>[0])
  }

  /** The series of a key; `labels` is asked when there is none yet. How many keys there are is the caller's to bound. */
  series(key: string, labels: () => Labels): Series {
    const known = this.all.get(key)
    if (known) return known
    const fresh = new Series(labels(), this.bounds)
    this.all.set(key, fresh)
    return fresh
  }

  async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    const { name, help, type, aggregator } = this
    const values = [...this.all.values()].flatMap((series) => series.values(name))
    return { name, help, type, aggregator, values } as unknown as MetricObjectWithValues<MetricValue<string>>
  }
}

class Series {
  private readonly counts: Float64Array
  private sum = 0

  constructor(
    private readonly labels: Labels,
    private readonly bounds: readonly number[],
  ) {
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    let i = 0
    while (i < this.bounds.length && value > this.bounds[i]!) i++
    this.counts[i]!++
    this.sum += value
  }

  values(name: string): MetricValueWithName<string>[] {
    let count = 0
    const buckets = [...this.counts].map((inBucket, i) => {
      count += inBucket
      return { metricName: `${name}_bucket`, labels: { ...this.labels, le: this.bounds[i] ?? '+Inf' }, value: count }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: this.labels, value: this.sum },
      { metricName: `${name}_count`, labels: this.labels, value: count },
    ]
  }
}
