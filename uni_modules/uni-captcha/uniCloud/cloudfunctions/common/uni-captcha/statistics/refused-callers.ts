import type { RefusedCallers } from '../../../../../types/protocol'
import { networkOf } from '../network/address'
import { OWN_ROW } from './own-rows'
import { hashId } from '../kit/values'
import type { SceneHour } from '../store/store'

/**
 * What they are counted as, a row for each hour. The names of its counts are letters, digits and `_`, which every
 * database takes for fields.
 */
export const REFUSED_CALLERS = `${OWN_ROW}refused callers`

/** Whose refusals of this hour are watched, networks and devices apart; one more takes the place of the least refused. */
const MAX_WATCHED = 1000
/**
 * Whose refusals are written, in steps: the more have a place, the more refusals another one needs for it. So callers
 * that change their address cannot fill the places before one that is refused thousands of times.
 */
const PLACES = [
  { upTo: 32, refusals: 1 },
  { upTo: 64, refusals: 10 },
  { upTo: 96, refusals: 100 },
  { upTo: 128, refusals: 1000 },
]
const MAX_SHOWN = 100

/** Counts refusals by caller, of this process and the hour. */
export interface CallerCounts {
  /** What is to be added to which count for a refusal of this caller; undefined while it has no place. */
  add(name: string, hour: number): readonly [name: string, count: number] | undefined
}

export function createCallerCounts(): CallerCounts {
  let current = 0
  const watched = new Map<string, number>()
  const placed = new Set<string>()

  function forgetLeast(): void {
    let [least, fewest] = ['', Infinity]
    for (const [name, count] of watched) if (count < fewest) [least, fewest] = [name, count]
    watched.delete(least)
  }

  return {
    add(name, hour) {
      if (hour !== current) {
        watched.clear()
        placed.clear()
      }
      current = hour
      if (placed.has(name)) return [name, 1]
      if (!watched.has(name) && watched.size >= MAX_WATCHED) forgetLeast()
      const count = (watched.get(name) ?? 0) + 1
      watched.set(name, count)
      const place = PLACES.find(({ upTo }) => placed.size < upTo)
      if (!place || count < place.refusals) return undefined
      placed.add(name)
      watched.delete(name)
      return [name, count]
    },
  }
}

/** The names of the counts of a caller: its network, where the address is one, and its device as a hash. */
export function toCallerNames(ip: string | undefined, subject: string): { network?: string; device: string } {
  const network = ip === undefined ? undefined : toNetworkName(ip)
  const device = `device_${Buffer.from(hashId('refused device', subject), 'base64').toString('hex').slice(0, 16)}`
  return network === undefined ? { device } : { network, device }
}

/**
 * The network that a refused address is counted with, as the name of a count: the /24 of an IPv4 address, the /48 of an
 * IPv6 one. Undefined for what is not an address.
 */
function toNetworkName(ip: string): string | undefined {
  const network = networkOf(ip)
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(network)?.slice(1, 4).map(Number)
  if (bytes)
    return bytes.every((byte) => byte < 256)
      ? `net4_${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
      : undefined
  const groups = /^([0-9a-f]{1,4}):([0-9a-f]{1,4}):([0-9a-f]{1,4}):[0-9a-f]{1,4}::\/64$/.exec(network)?.slice(1, 4)
  return groups && `net6_${groups.map((group) => group.padStart(4, '0')).join('')}`
}

/** The callers of some hours, the most refused first. */
export function sumCallers(hours: readonly SceneHour[]): RefusedCallers {
  const sums = new Map<string, number>()
  for (const { scene, counts } of hours) {
    if (scene !== REFUSED_CALLERS) continue
    for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count)
  }
  const callers = [...sums].sort(([, one], [, other]) => other - one)
  return {
    networks: callers
      .flatMap(([name, count]) => {
        const network = toNetwork(name)
        return network === undefined ? [] : [{ network, count }]
      })
      .slice(0, MAX_SHOWN),
    devices: callers
      .filter(([name]) => name.startsWith('device_'))
      .map(([name, count]) => ({ device: name.slice('device_'.length), count }))
      .slice(0, MAX_SHOWN),
  }
}

/** `net4_cb0071` is 203.0.113.0/24, `net6_20010db80001` is 2001:db8:1::/48. */
function toNetwork(name: string): string | undefined {
  const [, version, digits = ''] = /^net([46])_([0-9a-f]+)$/.exec(name) ?? []
  if (version === '4') return `${(digits.match(/../g) ?? []).map((pair) => parseInt(pair, 16)).join('.')}.0/24`
  if (version !== '6') return undefined
  const groups = (digits.match(/..../g) ?? []).map((four) => parseInt(four, 16).toString(16))
  while (groups[groups.length - 1] === '0') groups.pop()
  return `${groups.join(':')}::/48`
}
