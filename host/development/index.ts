import type { FastifyInstance } from 'fastify'
import { isLoopback } from '../http/address'
import { isLocalRequest } from '../http/visitor'
import { SettingError, type HostSettings } from '../settings'
import { SmsInbox } from './inbox'
import { PAGE_POLICY, smsPage } from './page'

/** The address of the page with the SMS codes. */
export const SMS_PATH = '/development/sms'

/** What a host in development mode has beyond any other. */
export interface Development {
  /** Added to the global `uniCloud`. */
  api: { developmentSms: (message: unknown) => void }
  /** The page with the last messages; the same as JSON for programs that ask for that. */
  routes: (app: FastifyInstance) => void
}

/**
 * Development mode, or undefined where it was not asked for. Throws SettingError where others than the person at this
 * machine could reach the host.
 */
export function openDevelopment(
  settings: Pick<HostSettings, 'isDevelopment' | 'host' | 'trustedProxies'>,
  now: () => number,
): Development | undefined {
  if (!settings.isDevelopment) return undefined
  if (!isLoopback(settings.host)) {
    throw new SettingError(`--dev shows SMS codes and is for this machine alone, but HOST is "${settings.host}".`)
  }
  if (settings.trustedProxies.length > 0) {
    throw new SettingError('--dev shows SMS codes and is for this machine alone, but TRUSTED_PROXIES is set.')
  }
  const inbox = new SmsInbox(now)
  return {
    api: { developmentSms: (message) => inbox.receive(message) },
    routes: (app) => smsRoute(app, inbox),
  }
}

function smsRoute(app: FastifyInstance, inbox: SmsInbox): void {
  app.get(SMS_PATH, async (request, reply) => {
    if (!isLocalRequest(request)) return reply.callNotFound()
    reply.headers({
      'cache-control': 'no-store',
      vary: 'accept, accept-language',
      'cross-origin-resource-policy': 'same-origin',
    })
    if (request.headers.accept?.startsWith('application/json')) return { messages: inbox.latest() }
    reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8')
    return smsPage(inbox.latest(), request.headers['accept-language'])
  })
}
