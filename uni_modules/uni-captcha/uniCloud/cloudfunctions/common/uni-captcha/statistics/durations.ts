import { performance } from 'perf_hooks'

import type { HostHooks } from '../platform'
import type { Stores } from '../store/store'

type Observe = HostHooks['observe']

/** Wraps `run` and reports its duration; returns `run` unchanged when there is no observer. */
export function measured<Args extends unknown[], Result>(
  step: string,
  run: (...args: Args) => Promise<Result>,
  observe: Observe,
): (...args: Args) => Promise<Result> {
  if (!observe) return run
  return (...args) => {
    const startMs = performance.now()
    const end = () => observe(step, (performance.now() - startMs) / 1000)
    return run(...args).then(
      (result) => {
        end()
        return result
      },
      (error: unknown) => {
        end()
        throw error
      },
    )
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
    const methods = Object.entries(store as Record<string, (...args: unknown[]) => Promise<unknown>>)
    const timed = methods.map(([method, run]) => [method, measured(`captcha ${name}.${method}`, run, observe)])
    return [name, Object.fromEntries(timed)]
  })
  return Object.fromEntries(wrapped) as Stores
}
