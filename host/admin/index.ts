import { existsSync } from 'node:fs'
import { join } from 'node:path'
import cookie from '@fastify/cookie'
import type { FastifyError, FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { staticPages } from '../http/static'
import { GatewayError } from '../shared/gateway-error'
import { accessRoutes } from './access'
import { Audit } from './audit'
import { Editing } from './editing'
import { AdminError } from './errors'
import type { CaptchaModule } from './module'
import { editingRoutes } from './routes'
import { Sessions } from './session'
import type { SmsAdmin } from './sms'
import { Versions } from './versions'

export { Alerts } from './alerts'
export { CaptchaModule } from './module'
export { openSms } from './sms'

export interface AdminDeps {
  /** Where the administration is: begins with `/` and does not end with it. */
  path: string
  /** Its built page; null or missing: the page is the H5 application's. */
  pageDir: string | null
  /** At least 24 characters. */
  token: string
  /** The installation's own. */
  key: Buffer
  dataDir: string
  module: CaptchaModule
  /** what was spent and sent for SMS codes */
  sms: SmsAdmin
  log: Logger
  now(): number
}

const PAGE = '/#/pages/admin/admin'
const DEFAULT_PATH = '/admin'

/** `<path>/api/*` for the page that tunes config.json, and `<path>` that leads to it. */
export function adminRoutes(app: FastifyInstance, deps: AdminDeps): void {
  const { path, module, dataDir, key, log, now } = deps
  const sessions = new Sessions(deps.token, key, now)
  const audit = new Audit(join(dataDir, 'admin-audit.jsonl'), log)
  const versions = new Versions(join(dataDir, 'config-versions'))
  const editing = new Editing({ module, versions, audit, key, now })

  if (deps.pageDir !== null && existsSync(join(deps.pageDir, 'index.html'))) {
    app.get(path, async (_request, reply) => reply.redirect(`${path}/`))
    // A policy of its own: what the application may load is nothing that this page needs.
    staticPages(app, { directory: deps.pageDir, prefix: `${path}/`, sources: {} })
  } else {
    // The page is one and the same wherever the routes are: it is told by its address.
    const page = path === DEFAULT_PATH ? PAGE : `${PAGE}?path=${encodeURIComponent(path)}`
    app.get(path, async (_request, reply) => reply.redirect(page))
  }
  void app.register(
    async (scope) => {
      await scope.register(cookie)
      scope.removeAllContentTypeParsers()
      const parser = scope.getDefaultJsonParser('error', 'error')
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, parser)
      scope.setErrorHandler<FastifyError>(async (error, request, reply) => {
        // Refused before the administration was asked, of any request alike.
        if (error instanceof GatewayError) throw error
        const failure = toAdminError(error)
        if (!failure) {
          log.error({ requestId: request.id, err: error }, 'administration failed')
          return reply.code(500).send({ error: { code: 'InternalError', message: 'See the log of the server' } })
        }
        const { retryAfter } = failure.fields
        if (typeof retryAfter === 'number') reply.header('retry-after', retryAfter)
        return reply.code(failure.status).send(failure.body)
      })
      accessRoutes(scope, { path: `${path}/api`, sessions, module, audit, log, now })
      editingRoutes(scope, { editing, sessions, module, audit, sms: deps.sms })
    },
    { prefix: `${path}/api` },
  )
}

function toAdminError(error: unknown): AdminError | undefined {
  if (error instanceof AdminError) return error
  const { statusCode, row, validation, message } = error as Partial<FastifyError> & { row?: unknown }
  if (validation) return new AdminError('InvalidRequest', message ?? 'The request is invalid')
  // The module's own: its stores fail with this row, whatever they are.
  if (row === 'storeUnavailable') return new AdminError('StoreUnavailable', 'The store does not answer; try again')
  if (row === 'createFail') return new AdminError('ConfigUnreadable', 'config.json cannot be read; see the log')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AdminError('InvalidRequest', 'The body has to be JSON of a bounded size')
  }
  return undefined
}
