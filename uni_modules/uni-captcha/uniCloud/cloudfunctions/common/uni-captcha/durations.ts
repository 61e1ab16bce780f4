import type { HostHooks } from './platform'
import type { Stores } from './store/store'

type Observe = HostHooks['observe']

/** `run`, with whoever measures told how long it takes each time; `run` itself where nobody does. */
export function measured<Args extends unknown[], Result>(
  step: string,
  run: (...args: Args) => Result | Promise<Result>,
  observe: Observe,
): (...args: Args) => Result | Promise<Result> {
  if (!observe) return run
  return async (...args) => {
    const start = process.hrtime()
    try {
      return await run(...args)
    } finally {
      const [seconds, nanoseconds] = process.hrtime(start)
      observe(step, seconds + nanoseconds / 1e9)
    }
  }
}

const known = new WeakMap<Stores, Stores>()

/** The stores with each of their methods measured. */
export function measuredStores(stores: Stores, observe: Observe): Stores {
  if (!observe) return stores
  const wrapped = known.get(stores) ?? wrap(stores, observe)
  known.set(stores, wrapped)
  return wrapped
}

function wrap(stores: Stores, observe: Observe): Stores {
  const wrapped = Object.entries(stores).map(([name, store]) => {
    const methods = Object.entries(store as Record<string, (...args: unknown[]) => unknown>)
    const timed = methods.map(([method, run]) => [method, measured(`captcha ${name}.${method}`, run, observe)])
    return [name, Object.fromEntries(timed)]
  })
  return Object.fromEntries(wrapped) as Stores
}
