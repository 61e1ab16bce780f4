// `npm run bench:histogram`: what observing a duration costs with the host's histogram and with prom-client's own, which
// stands beside it as long as it is several times dearer.
import { Histogram as Library, Registry } from 'prom-client'

import { Histogram } from '../host/metrics/histogram'
import { median } from './support/numbers'

const ROUNDS = 9
const OBSERVATIONS = 200_000
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const STEPS = ['captcha draw', 'captcha codes.consume', 'captcha counters.hit', 'captcha counters.tally']

const registry = new Registry()
const own = new Histogram('own_seconds', 'Duration', BOUNDS, registry)
const library = new Library({
  name: 'library_seconds',
  help: 'Duration',
  labelNames: ['step'],
  buckets: BOUNDS,
  registers: [registry],
})

type Observe = (step: string, seconds: number) => void
const observers: [name: string, observe: Observe][] = [
  ['host/metrics/histogram.ts', (step, seconds) => own.series(step, () => ({ step })).observe(seconds)],
  ['prom-client, labels', (step, seconds) => library.observe({ step }, seconds)],
  ['prom-client, child kept', keptChildren()],
]

/** The library's own way to join labels once. */
function keptChildren(): Observe {
  const children = new Map(STEPS.map((step) => [step, library.labels({ step })]))
  return (step, seconds) => children.get(step)!.observe(seconds)
}

function measure(observe: Observe): number {
  const startMs = performance.now()
  for (let i = 0; i < OBSERVATIONS; i++) observe(STEPS[i % STEPS.length]!, (i % 997) / 100_000)
  return ((performance.now() - startMs) * 1000) / OBSERVATIONS
}

const rounds = Array.from({ length: ROUNDS }, () => observers.map(([, observe]) => measure(observe)))
for (const [at, [name]] of observers.entries()) {
  console.log(`${name.padEnd(28)} ${median(rounds.map((round) => round[at]!)).toFixed(3)} µs an observation`)
}
