import type { Stores } from './store'

const METHODS: { [Room in keyof Stores]: readonly (keyof Stores[Room])[] } = {
  codes: ['issue', 'reserve', 'activate', 'peek', 'consume', 'discard', 'sweep'],
  counters: ['hit', 'clear', 'sweep'],
  once: ['claim', 'release', 'remainingMs'],
  statistics: ['add', 'read', 'sweep'],
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
    return [room, Object.fromEntries(methods.map((method) => [method, later(method)]))]
  })
  return Object.fromEntries(rooms) as Stores
}
