import { isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { plainAddress } from '../runtime/client-info'

/** Whom a request counts for: an IPv4 address, or an IPv6 /64, because one subscriber holds all of it. */
export function floodKey(request: FastifyRequest): string {
  const address = plainAddress(request.ip)
  return isIPv6(address) ? networkOf(address) : address
}

/** The first half of an IPv6 address, in one spelling. */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%')
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array<string>(Math.max(zeros, 0)).fill('0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
