import type { Stores } from './store'

/** Every method of every store: the compiler refuses a table that lacks one. */
const METHODS: { [Name in keyof Stores]: Record<keyof Stores[Name], true> } = {
  codes: { issue: true, reserve: true, activate: true, peek: true, consume: true, sweep: true },
  counters: { hit: true, clear: true, sweep: true },
  once: { claim: true, release: true, remainingMs: true },
  statistics: { add: true, read: true, sweep: true },
}

type Method = (...args: unknown[]) => Promise<unknown>

/** Stores that the first call loads: who does not use them does not pay for reading their code. */
export function lazyStores(load: () => Promise<Stores>): Stores {
  let loading: Promise<Stores> | undefined
  /** Too many open files, say: the next call tries again. */
  const forget = (error: unknown): never => {
    loading = undefined
    throw error
  }
  const rooms = Object.entries(METHODS).map(([room, methods]) => {
    const later = (method: string): Method => {
      return async (...args) => {
        loading = loading ?? load().catch(forget)
        const stores = (await loading) as unknown as Record<string, Record<string, Method>>
        return stores[room]![method]!(...args)
      }
    }
    return [room, Object.fromEntries(Object.keys(methods).map((method) => [method, later(method)]))]
  })
  return Object.fromEntries(rooms) as Stores
}
