import type { FastifyInstance } from 'fastify'
import { getActor } from './access'
import type { Audit } from './audit'
import type { Editing } from './editing'
import type { CaptchaModule } from './module'
import {
  CONFIG_LIMIT_BYTES,
  readSpan,
  SCHEMAS,
  type PreviewRequest,
  type RestoreRequest,
  type RuleRemoval,
  type RuleRequest,
  type SaveRequest,
} from './requests'
import type { Sessions } from './session'
import type { SmsAdmin } from './sms'
import { Semaphore } from './semaphore'
import { siteRoutes } from './site-routes'

const PREVIEWS_AT_ONCE = 2
const PREVIEWS_WAITING = 4

interface RouteDeps {
  editing: Editing
  sessions: Sessions
  module: CaptchaModule
  audit: Audit
  sms: SmsAdmin
}

/** What is done with the configuration; the scope has checked who asks. */
export function editingRoutes(scope: FastifyInstance, { editing, sessions, module, audit, sms }: RouteDeps): void {
  const previews = new Semaphore(PREVIEWS_AT_ONCE, PREVIEWS_WAITING)

  // These bodies hold a whole configuration, and are read of people who have signed in.
  const ofConfig = { bodyLimit: CONFIG_LIMIT_BYTES }

  scope.get('/options', async () => ({ groups: module.run((api) => api.optionTable()) }))

  scope.get('/config', async () => editing.present())

  scope.post<{ Body: PreviewRequest }>('/preview', { schema: SCHEMAS.preview, ...ofConfig }, async (request) => {
    const { text, scene = '', locale = '' } = request.body
    return previews.run(async () => {
      const { config, ...checked } = editing.submission(text)
      const drawn = config && (await module.run((api) => api.preview(config, scene, locale)))
      return { ...checked, preview: drawn ?? null }
    })
  })

  scope.put<{ Body: SaveRequest }>('/config', { schema: SCHEMAS.save, ...ofConfig }, async (request) => {
    const { text, version } = request.body
    return editing.save(getActor(request, sessions), version, text)
  })

  scope.get('/versions', async () => ({ versions: editing.history() }))

  scope.post<{ Body: RestoreRequest }>('/versions/restore', { schema: SCHEMAS.restore }, async (request) => {
    const { id, version } = request.body
    return editing.goBack(getActor(request, sessions), version, id)
  })

  scope.get('/sms', async () => ({ budgets: await sms.readBudgets() }))

  scope.get('/audit', async () => ({ entries: audit.newest() }))

  type StatisticsRequest = { Querystring: { from: string; to: string } }
  scope.get<StatisticsRequest>('/statistics', { schema: SCHEMAS.statistics }, async (request) => {
    const span = readSpan(request.query)
    return { hours: await module.run((api) => api.readStatistics(span)) }
  })

  scope.get<StatisticsRequest>('/refused', { schema: SCHEMAS.statistics }, async (request) => {
    const span = readSpan(request.query)
    return module.run((api) => api.readRefused(span))
  })

  scope.get<StatisticsRequest>('/messages', { schema: SCHEMAS.statistics }, async (request) => {
    return sms.readMessages(readSpan(request.query))
  })

  siteRoutes(scope, editing, sessions)

  scope.post<{ Body: RuleRequest }>('/rules', { schema: SCHEMAS.rule }, async (request) => {
    return editing.putRule(getActor(request, sessions), request.body)
  })

  scope.post<{ Body: RuleRemoval }>('/rules/remove', { schema: SCHEMAS.ruleRemoval }, async (request) => {
    return editing.removeRules(getActor(request, sessions), request.body.network)
  })
}
