const NAT64 = [0x64, 0xff_9b, 0, 0, 0, 0].join()

/** What an address is part of: `own` is one line's, the others hold many. */
export type NetworkWidth = 'own' | '/24' | '/56' | '/48'

/** A network, as it is counted. */
export interface Network {
  name: string
  width: NetworkWidth
}

/**
 * What an address is counted as: an IPv4 address itself, an IPv6 one its /64, of which every line has at least one.
 * Whatever is not an address (a platform's own spelling) is counted as it is written.
 */
export function networkOf(address: string): string {
  return networksOf(address)[0].name
}

/**
 * The networks of an address, one within the other: an IPv4 address and its /24; the /64, /56 and /48 of an IPv6 one,
 * of which a line has any of the three to itself.
 * Reads addresses itself: node's `net` for this alone would be a tenth of the module's cold start.
 */
export function networksOf(address: string): [Network, ...Network[]] {
  const bare = address.trim().toLowerCase().replace(/%.*$/, '')
  const groups = parseGroups(bare)
  if (!groups) return /^\d{1,3}(\.\d{1,3}){3}$/.test(bare) ? ofIPv4(bare) : [{ name: bare, width: 'own' }]
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xff_ff
  // A translator (RFC 6052) writes all of IPv4 into one /64.
  const translated = groups.slice(0, 6).join() === NAT64
  if (mapped || translated) {
    return ofIPv4([groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.'))
  }
  const [a = 0, b = 0, c = 0, d = 0] = groups
  const toName = (parts: number[]) => parts.map((part) => part.toString(16)).join(':')
  return [
    { name: `${toName([a, b, c, d])}::/64`, width: 'own' },
    { name: `${toName([a, b, c, d & 0xff_00])}::/56`, width: '/56' },
    { name: `${toName([a, b, c])}::/48`, width: '/48' },
  ]
}

function ofIPv4(address: string): [Network, Network] {
  return [
    { name: address, width: 'own' },
    { name: address.replace(/\d+$/, '0/24'), width: '/24' },
  ]
}

/** The eight groups of an IPv6 address, or undefined for anything else. */
function parseGroups(address: string): number[] | undefined {
  const [head = '', tail, ...more] = withoutDots(address).split('::')
  if (!address.includes(':') || more.length > 0) return undefined
  const left = parseParts(head)
  const right = tail === undefined ? [] : parseParts(tail)
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...left, ...Array.from({ length: missing }, () => 0), ...right]
  return groups.some(Number.isNaN) ? undefined : groups
}

/** The IPv4 address that may stand at the end of an IPv6 one, as two groups. */
function withoutDots(address: string): string {
  return address.replace(/:(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/, (dotted, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number)
    return Math.max(a, b, c, d) > 255 ? dotted : `:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
}

/** Groups of a part of an address; NaN for what is none. */
function parseParts(text: string): number[] {
  if (text === '') return []
  return text.split(':').map((part) => (/^[0-9a-f]{1,4}$/.test(part) ? parseInt(part, 16) : Number.NaN))
}
