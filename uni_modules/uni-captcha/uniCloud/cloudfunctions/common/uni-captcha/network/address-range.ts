import ipaddr from 'ipaddr.js'

/** A network: the bytes of its address, 4 or 16 of them, of which the first `bits` bits count. */
export interface AddressRange {
  bytes: number[]
  bits: number
}

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')
/** Of the bits of an IPv6 address that holds an IPv4 one. */
const MAPPED_BITS = 96

/** An address, or one with the length of its prefix; IPv4 that IPv6 writes is IPv4. Undefined for anything else. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', length, ...rest] = text.trim().split('/')
  const parsed = parseAddress(address)
  if (!parsed || rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined
  const isIPv4 = parsed.kind() === 'ipv4'
  const bits = length === undefined ? (isIPv4 ? 32 : 128) : Number(length)
  if (bits > (isIPv4 ? 32 : 128)) return undefined
  const held = isIPv4 || bits < MAPPED_BITS ? undefined : toHeldIPv4(parsed as ipaddr.IPv6)
  return held ? { bytes: held, bits: bits - MAPPED_BITS } : { bytes: parsed.toByteArray(), bits }
}

/** One name for each network, whatever the bits behind the prefix are. */
export function toRangeKey({ bytes, bits }: AddressRange): string {
  const masked = bytes.map((byte, at) => byte & (0xff << Math.min(8, Math.max(0, 8 * (at + 1) - bits))) & 0xff)
  return `${masked.join('.')}/${bits}`
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  // The library takes 10.1 and 0x7f000001 for addresses too.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  const bare = text.replace(/%.*$/, '')
  return bare.includes(':') && ipaddr.IPv6.isValid(bare) ? ipaddr.IPv6.parse(bare) : undefined
}

function toHeldIPv4(address: ipaddr.IPv6): number[] | undefined {
  const isHolding = address.isIPv4MappedAddress() || address.match(NAT64)
  return isHolding ? address.toByteArray().slice(12) : undefined
}
