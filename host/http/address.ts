import { isIP, isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** The client's address as the server knows it: the socket's, or what a trusted proxy wrote when that is an address. */
export function addressOf(request: FastifyRequest): string {
  const address = plainAddress(request.ip)
  return isIP(address) > 0 ? address : plainAddress(request.socket.remoteAddress ?? '')
}

/** Whom a request counts for: an IPv4 address, or an IPv6 /64, because one subscriber holds all of it. */
export function floodKey(request: FastifyRequest): string {
  const address = addressOf(request)
  return isIPv6(address) ? networkOf(address) : address
}

/** Whether a host name or a plain address leads back to this machine. */
export function isLoopback(name: string): boolean {
  return /^(localhost|::1|127(\.\d{1,3}){3})$/.test(name)
}

/** One spelling for one visitor: no port, no brackets, and IPv4 mapped into IPv6 is plain IPv4. */
export function plainAddress(written: string): string {
  const address = /^\[(.+)\](:\d+)?$/.exec(written)?.[1] ?? /^([\d.]+):\d+$/.exec(written)?.[1] ?? written
  return address.replace(/^::ffff:(?=\d{1,3}(\.\d{1,3}){3}$)/i, '')
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
