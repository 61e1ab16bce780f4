import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

/** The address of a visitor whom a trusted proxy did not name by an address. All of them are counted as one. */
const UNKNOWN_ADDRESS = 'unknown'

export type IsTrusted = (address: string) => boolean

declare module 'fastify' {
  interface FastifyRequest {
    /** The visitor's address as the server knows it, in one spelling, or `unknown`. */
    visitorAddress: string
  }
}

const MAX_WRITTEN_LENGTH = 128
// An IPv4 address as IPv6 writes it for a translator (RFC 6052): its /64 would be the whole internet of IPv4.
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

/** The visitor's address as the server knows it: the socket's, or what a trusted proxy wrote. */
export function getAddress(request: FastifyRequest): string {
  return request.visitorAddress
}

/** Whom a request counts for: an IPv4 address, or an IPv6 /64, because one subscriber holds all of it. */
export function rateLimitKey(request: FastifyRequest): string {
  return toNetwork(request.visitorAddress)
}

/**
 * The last address in `X-Forwarded-For` that no trusted proxy has. A hop that is not an address ends the search with
 * `unknown`: the proxy before it is not the visitor, and what stands further left is the visitor's own word.
 */
export function findVisitor(peer: string | undefined, forwardedFor: string | undefined, isTrusted: IsTrusted): string {
  const address = readAddress(peer ?? '') ?? UNKNOWN_ADDRESS
  if (forwardedFor === undefined || !isTrusted(address)) return address
  for (let rest = forwardedFor; ;) {
    const comma = rest.lastIndexOf(',')
    const hop = readAddress(rest.slice(comma + 1))
    if (hop === undefined) return UNKNOWN_ADDRESS
    if (comma < 0 || !isTrusted(hop)) return hop
    rest = rest.slice(0, comma)
  }
}

/**
 * One spelling for one address: without quotes, port, brackets and zone, and IPv4 that is mapped into IPv6 as IPv4.
 * Undefined for everything that is not an address.
 */
export function readAddress(written: string): string | undefined {
  if (written.length > MAX_WRITTEN_LENGTH) return undefined
  const text = written.trim().replace(/^"(.*)"$/, '$1')
  const [, inBrackets] = /^\[(.+)\](?::\d{1,5})?$/.exec(text) ?? []
  const [, beforePort] = /^(.*\d\.\d+\.\d+\.\d+):\d{1,5}$/.exec(text) ?? []
  const address = inBrackets ?? beforePort ?? text
  const version = isIP(address)
  if (version === 0 || (inBrackets !== undefined && version !== 6)) return undefined
  if (version === 4) return address
  const [plain = ''] = address.split('%')
  const parsed = ipaddr.IPv6.parse(plain)
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toRFC5952String()
}

/** Which addresses are in the given ranges. Throws for what `isAddressRange` refuses. */
export function parseTrust(ranges: readonly string[]): IsTrusted {
  const parsed = ranges.map(parseRange)
  return (address) => {
    if (parsed.length === 0 || isIP(address) === 0) return false
    const asked = ipaddr.parse(address)
    return parsed.some(([range, bits]) => range.kind() === asked.kind() && asked.match(range, bits))
  }
}

/** Whether a text is an address, or one with the length of a prefix: `10.0.0.0/8`. */
export function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = address.includes('%') ? -1 : [-1, -1, -1, -1, 32, -1, 128][isIP(address)]!
  if (bits < 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
}

/** Whether an address belongs to a network of its own, as proxies mostly do: no stranger on the internet has it. */
export function isPrivateAddress(address: string): boolean {
  return (
    isIP(address) > 0 && ['private', 'loopback', 'linkLocal', 'uniqueLocal'].includes(ipaddr.parse(address).range())
  )
}

/** Whether a host name or a plain address leads back to this machine. */
export function isLoopback(name: string): boolean {
  return /^(localhost|::1|127(\.\d{1,3}){3})$/.test(name)
}

/** An IPv4 address itself, the first half of an IPv6 one, and anything else as it is written. */
export function toNetwork(address: string): string {
  if (isIP(address) !== 6) return address
  const parsed = ipaddr.IPv6.parse(address)
  if (parsed.match(NAT64)) return ipaddr.fromByteArray(parsed.toByteArray().slice(12)).toString()
  return parsed.toNormalizedString().split(':').slice(0, 4).join(':')
}

function parseRange(range: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const [address, bits] = range.includes('/') ? ipaddr.parseCIDR(range) : exact(ipaddr.parse(range))
  if (!('isIPv4MappedAddress' in address) || !address.isIPv4MappedAddress() || bits < 96) return [address, bits]
  return [address.toIPv4Address(), bits - 96]
}

function exact(address: ipaddr.IPv4 | ipaddr.IPv6): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}
