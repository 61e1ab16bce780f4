import type { RedisOptions } from 'ioredis'

/** Where Redis is, and who we are there. */
export interface RedisAddress {
  nodes: { host: string; port: number }[]
  /** more than one address: a cluster, found through any of them */
  isCluster: boolean
  access: Pick<RedisOptions, 'username' | 'password' | 'db' | 'tls'>
  /** `host:port, …` for people and logs: nothing of the credentials */
  name: string
}

/** Whether a text is `redis://[user:password@]host[:port][/database]`, or the same with `rediss://` for TLS. */
export function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, pathname } = new URL(text)
  return ['redis:', 'rediss:'].includes(protocol) && hostname !== '' && /^\/?\d{0,4}$/.test(pathname)
}

/** Reads addresses that `isRedisUrl` let through; credentials and TLS are those of the first. */
export function redisAddress(urls: readonly string[]): RedisAddress {
  const parsed = urls.map((url) => new URL(url))
  const [first] = parsed
  if (!first) throw new TypeError('an address is needed')
  const nodes = parsed.map(({ hostname, port }) => ({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || 6379,
  }))
  return {
    nodes,
    isCluster: nodes.length > 1,
    access: {
      ...(first.username && { username: decodeURIComponent(first.username) }),
      ...(first.password && { password: decodeURIComponent(first.password) }),
      ...(first.protocol === 'rediss:' && { tls: {} }),
      db: Number(first.pathname.slice(1)) || 0,
    },
    name: nodes.map(({ host, port }) => `${host}:${port}`).join(', '),
  }
}
