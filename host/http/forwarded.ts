import type { IncomingMessage } from 'node:http'
import type { Logger } from 'pino'
import { isPrivateAddress, readAddress, type IsTrusted } from './address'

const FORWARDING = ['x-forwarded-for', 'forwarded', 'x-real-ip'] as const

/** Says once that forwarding headers come from where they do not count: then all visitors of a proxy are one. */
export class ForwardedWarning {
  #isTold = false

  constructor(
    private readonly isTrusted: IsTrusted,
    private readonly log: Logger,
  ) {}

  look({ headers, socket }: IncomingMessage): void {
    if (this.#isTold) return
    const header = FORWARDING.find((name) => headers[name] !== undefined)
    const peer = readAddress(socket.remoteAddress ?? '')
    if (header === undefined || peer === undefined || this.isTrusted(peer)) return
    this.#isTold = true
    // A public address may be a visitor's, who wrote the header: it is not logged.
    const from = isPrivateAddress(peer) ? { peer } : {}
    this.log.warn(
      { header, ...from },
      'a forwarding header of a peer that TRUSTED_PROXIES does not list is ignored: behind a proxy set TRUSTED_PROXIES to its address, or all visitors count as one',
    )
  }
}
