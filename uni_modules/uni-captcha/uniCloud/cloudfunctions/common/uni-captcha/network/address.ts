/** What an address is part of: `own` is one line's, the others hold many. */
export type NetworkWidth = 'own' | '/24' | '/56' | '/48'

/** A network, as it is counted. */
export interface Network {
  name: string
  width: NetworkWidth
}

/** A network, as rules name it: the bytes of its address, 4 or 16 of them, of which the first `bits` bits count. */
export interface AddressRange {
  bytes: number[]
  bits: number
}

/** What stands before an IPv4 address that IPv6 writes: mapped (RFC 4291), or written by a translator (RFC 6052). */
const BEFORE_IPV4 = [
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
  [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0],
].map((bytes) => bytes.join())
const BYTES_BEFORE_IPV4 = 12

/** What all that is not an address is counted as: a caller that chooses the text would have limits for each text. */
const UNKNOWN_NETWORK = 'unknown'

/**
 * What an address is counted as: an IPv4 address itself, an IPv6 one its /64, of which every line has at least one.
 * Whatever is not an address is counted as `unknown`.
 */
export function networkOf(address: string): string {
  return toNetworks(address)[0].name
}

/**
 * The networks of an address, one within the other: an IPv4 address and its /24; the /64, /56 and /48 of an IPv6 one,
 * of which a line has any of the three to itself.
 */
export function toNetworks(address: string): [Network, ...Network[]] {
  const bytes = readAddress(address)
  if (!bytes) return [{ name: UNKNOWN_NETWORK, width: 'own' }]
  if (bytes.length === 4) {
    const [a, b, c, d] = bytes
    return [
      { name: `${a}.${b}.${c}.${d}`, width: 'own' },
      { name: `${a}.${b}.${c}.0/24`, width: '/24' },
    ]
  }
  const toName = (count: number) =>
    Array.from({ length: count }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16)).join(':')
  return [
    { name: `${toName(4)}::/64`, width: 'own' },
    { name: `${toName(3)}:${(bytes[6]! << 8).toString(16)}::/56`, width: '/56' },
    { name: `${toName(3)}::/48`, width: '/48' },
  ]
}

/**
 * The 4 or 16 bytes of an address as proxies write it, perhaps in quotes, in brackets and with a port; IPv4 that IPv6
 * writes is IPv4. Undefined for anything else, a list among them.
 */
export function readAddress(written: string): number[] | undefined {
  const text = written
    .trim()
    .toLowerCase()
    .replace(/^"(.*)"$/, '$1')
  const [, inBrackets] = /^\[(.+)\](?::\d{1,5})?$/.exec(text) ?? []
  const [, beforePort] = /^(.*\.\d{1,3}):\d{1,5}$/.exec(text) ?? []
  const bytes = parseAddress(removeZone(inBrackets ?? beforePort ?? text))
  if (!bytes || (inBrackets !== undefined && bytes.length !== 16)) return undefined
  return toHeldIPv4(bytes) ?? bytes
}

/** An address, or one with the length of its prefix; IPv4 that IPv6 writes is IPv4. Undefined for anything else. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', length, ...rest] = text.trim().toLowerCase().split('/')
  const bytes = parseAddress(removeZone(address))
  if (!bytes || rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined
  const maxBits = bytes.length * 8
  const bits = length === undefined ? maxBits : Number(length)
  if (bits > maxBits) return undefined
  const bitsBefore = BYTES_BEFORE_IPV4 * 8
  const held = bits < bitsBefore ? undefined : toHeldIPv4(bytes)
  return held ? { bytes: held, bits: bits - bitsBefore } : { bytes, bits }
}

/** One name for each network, whatever the bits behind the prefix are. */
export function toRangeKey({ bytes, bits }: AddressRange): string {
  const masked = bytes.map((byte, at) => byte & (0xff << Math.min(8, Math.max(0, 8 * (at + 1) - bits))) & 0xff)
  return `${masked.join('.')}/${bits}`
}

/** The interface that `fe80::1%eth0` names. */
function removeZone(address: string): string {
  return address.includes(':') ? address.replace(/%[\da-z.:-]+$/, '') : address
}

/** The 4 or 16 bytes of an address in lower case, or undefined for anything else. */
function parseAddress(text: string): number[] | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text)
}

function parseIPv4(text: string): number[] | undefined {
  const parts = text.split('.')
  // 010 is eight to some programs and ten to others.
  const isDecimal = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return isDecimal ? parts.map(Number) : undefined
}

function parseIPv6(text: string): number[] | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const left = parseGroups(head, tail === undefined)
  const right = tail === undefined ? [] : parseGroups(tail, true)
  if (!left || !right) return undefined
  const missing = 16 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined
  return [...left, ...Array.from({ length: missing }, () => 0), ...right]
}

/** The bytes of the groups of a part of an address, at the end of which an IPv4 address may stand. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [at, group] of groups.entries()) {
    const isLast = isEnd && at === groups.length - 1
    const dotted = isLast && group.includes('.') ? parseIPv4(group) : undefined
    if (!dotted && !/^[0-9a-f]{1,4}$/.test(group)) return undefined
    const value = parseInt(group, 16)
    bytes.push(...(dotted ?? [value >> 8, value & 255]))
  }
  return bytes
}

function toHeldIPv4(bytes: number[]): number[] | undefined {
  const isHeld = bytes.length === 16 && BEFORE_IPV4.includes(bytes.slice(0, BYTES_BEFORE_IPV4).join())
  return isHeld ? bytes.slice(BYTES_BEFORE_IPV4) : undefined
}
