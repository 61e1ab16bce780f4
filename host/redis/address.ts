import type { ConnectionOptions } from 'node:tls'
import type { RedisOptions } from 'ioredis'

/** Where Redis is, and who we are there. */
export interface RedisAddress {
  /** `server`: one address, which may turn out to be a node of a cluster; `sentinel`: the nodes are Sentinels */
  kind: 'server' | 'cluster' | 'sentinel'
  nodes: RedisNode[]
  access: Pick<RedisOptions, 'username' | 'password'>
  tls?: ConnectionOptions
  /** 0 on a cluster, which has no other */
  database: number
  /** what Sentinel calls the primary and its replicas; empty without Sentinel */
  group: string
  /** `host:port, …` for people and logs: nothing of the credentials */
  name: string
}

export interface RedisNode {
  host: string
  port: number
}

/** An address that cannot be used; the message is a sentence and repeats nothing of it: it may hold a password. */
export class RedisAddressError extends Error {
  override name = 'RedisAddressError'
}

const FORM =
  'REDIS_URL has to be redis://[user:password@]host[:port][/database], or rediss:// for TLS; several of them, with ' +
  'commas between, or redis+cluster:// are a cluster, redis+sentinel://host[:port],…/name[/database] is a primary that ' +
  'Sentinel knows; in a user name or password, characters such as % : / ? # @ and a comma have to be percent-encoded ' +
  '(% is %25).'
const MIXED =
  'REDIS_URL has to say the same in each of its addresses: one scheme, one user and password, one database or name.'
const CLUSTER_DATABASE = 'REDIS_URL names a database, but a cluster has none except 0: leave the number out.'

const PORTS = { redis: 6379, sentinel: 26_379 }
const KINDS: Record<string, RedisAddress['kind']> = { '': 'server', '+cluster': 'cluster', '+sentinel': 'sentinel' }
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i

interface Part {
  scheme: string
  node: { host: string; port: number | undefined }
  username: string
  password: string
  path: string
}

/**
 * Reads `REDIS_URL`, split at its commas. After a `redis+cluster://` or `redis+sentinel://` the further ones may be
 * `host[:port]` alone. Throws RedisAddressError.
 */
export function readRedisAddress(urls: readonly string[]): RedisAddress {
  const [, first = ''] = /^(rediss?\+(?:cluster|sentinel):\/\/)/.exec(urls[0] ?? '') ?? []
  const isShort = (url: string) => first !== '' && !/:\/\/|@/.test(url)
  const parts = urls.map((url) => readPart(isShort(url) ? first + url : url))
  const scheme = agreed(parts.map((part) => part.scheme))
  const [, secure, suffix = ''] = /^redis(s?)(\+\w+)?$/.exec(scheme)!
  const named = KINDS[suffix]!
  const kind = named === 'server' && parts.length > 1 ? 'cluster' : named
  const username = agreed(parts.map((part) => part.username))
  const password = agreed(parts.map((part) => part.password))
  const port = kind === 'sentinel' ? PORTS.sentinel : PORTS.redis
  const nodes = parts.map(({ node }) => ({ host: node.host, port: node.port ?? port }))
  return {
    kind,
    nodes,
    access: { ...(username && { username }), ...(password && { password }) },
    ...(secure && { tls: {} }),
    ...readPath(kind, agreed(parts.map(({ path }) => path))),
    name: nodes.map((node) => `${node.host}:${node.port}`).join(', '),
  }
}

function readPart(text: string): Part {
  if (!URL.canParse(text)) throw new RedisAddressError(FORM)
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text)
  const isUsable = /^rediss?(\+cluster|\+sentinel)?:$/.test(protocol) && HOST.test(hostname) && port !== '0'
  // What follows these signs would be ignored; mostly they stand in a password that was not encoded.
  if (!isUsable || search !== '' || hash !== '' || /[?#]/.test(text)) throw new RedisAddressError(FORM)
  return {
    scheme: protocol.slice(0, -1),
    node: { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? undefined : Number(port) },
    username: decode(username),
    password: decode(password),
    path: decode(pathname.replace(/^\//, '')),
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new RedisAddressError(FORM)
  }
}

/** The one value of all parts; a part may leave it out. */
function agreed(values: string[]): string {
  const [value = '', ...others] = new Set(values.filter((one) => one !== ''))
  if (others.length > 0) throw new RedisAddressError(MIXED)
  return value
}

const PATHS = { server: /^()(\d{0,5})$/, cluster: /^()(\d{0,5})$/, sentinel: /^([\w.-]+)(?:\/(\d{1,5}))?$/ }

function readPath(kind: RedisAddress['kind'], path: string): Pick<RedisAddress, 'database' | 'group'> {
  const found = PATHS[kind].exec(path)
  if (!found) throw new RedisAddressError(FORM)
  const [, group = '', number = ''] = found
  if (kind === 'cluster' && Number(number) !== 0) throw new RedisAddressError(CLUSTER_DATABASE)
  return { database: Number(number), group }
}
