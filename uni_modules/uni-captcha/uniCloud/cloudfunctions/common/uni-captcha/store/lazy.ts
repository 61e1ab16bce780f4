import type { Stores } from './store'

/** Every method of every store: the compiler refuses a table that lacks one. */
const METHODS: { [Name in keyof Stores]: Record<keyof Stores[Name], true> } = {
  codes: { issue: true, reserve: true, activate: true, peek: true, consume: true, finishWork: true, sweep: true },
  counters: { hit: true, tally: true, clear: true, sweep: true },
  once: { claim: true, release: true, remainingMs: true },
  statistics: { add: true, read: true, sweep: true },
}

type Method = (...args: unknown[]) => Promise<unknown>

/** Stores whose code is loaded by the first call: functions that do not use them do not pay for reading it. */
export function lazyStores(load: () => Promise<Stores>): Stores {
  let loading: Promise<Stores> | undefined
  /** For example after too many open files: the next call tries again. */
  const forget = (error: unknown): never => {
    loading = undefined
    throw error
  }
  const stores = Object.entries(METHODS).map(([name, methods]) => {
    const later = (method: string): Method => {
      return async (...args) => {
        loading = loading ?? load().catch(forget)
        const loaded = (await loading) as unknown as Record<string, Record<string, Method>>
        return loaded[name]![method]!(...args)
      }
    }
    return [name, Object.fromEntries(Object.keys(methods).map((method) => [method, later(method)]))]
  })
  return Object.fromEntries(stores) as Stores
}
