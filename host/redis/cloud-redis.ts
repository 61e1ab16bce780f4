import type { Cluster, Redis } from 'ioredis'
import { UniCloudError } from '../shared/uni-cloud-error'

/** All functions share one connection here; these would take it from the others, or change what they meet on it. */
const REFUSED = new Set([
  'subscribe',
  'psubscribe',
  'ssubscribe',
  'monitor',
  'select',
  'blpop',
  'brpop',
  'brpoplpush',
  'blmove',
  'blmpop',
  'bzpopmin',
  'bzpopmax',
  'bzmpop',
  'wait',
])
/** uniCloud's documents have functions end their connection; the next `uniCloud.redis()` makes another. Here it stays. */
const KEPT = new Set(['quit', 'disconnect', 'end'])

/** `uniCloud.redis()`: the client's commands, without those that only who owns the connection may use. */
export function cloudRedis(current: () => Redis | Cluster): object {
  let bound = new Map<PropertyKey, unknown>()
  let boundTo: object | undefined
  return new Proxy(
    {},
    {
      has: (_, name) => name in current(),
      get(_, name) {
        const client = current()
        if (client !== boundTo) [bound, boundTo] = [new Map(), client]
        if (bound.has(name)) return bound.get(name)
        const value: unknown = Reflect.get(client, name)
        if (typeof value !== 'function') return value
        const method = findCommand(String(name).toLowerCase()) ?? value.bind(client)
        bound.set(name, method)
        return method
      },
    },
  )
}

function findCommand(name: string): ((...args: unknown[]) => unknown) | undefined {
  if (KEPT.has(name)) return () => Promise.resolve('OK')
  if (!REFUSED.has(name)) return undefined
  return () => {
    const errMsg = `uniCloud.redis().${name} is not supported by this host: all functions share one connection`
    throw new UniCloudError({ errCode: 'uni-cloud-not-supported', errMsg, errSubject: 'uniCloud' })
  }
}
