import type { FastifyInstance, FastifyRequest } from 'fastify'
import { getActor } from './access'
import type { Editing } from './editing'
import { SCHEMAS, type NewSiteRequest, type SiteRequest } from './requests'
import type { Sessions } from './session'
import { addSite, editSite, removeSite, retireSecret, rotateSecret } from './sites'

/** What is done with the sites alone; a new secret is in the answer that makes it and nowhere else. */
export function siteRoutes(scope: FastifyInstance, editing: Editing, sessions: Sessions): void {
  const actor = (request: FastifyRequest) => getActor(request, sessions)
  type KeyRequest = { Body: Pick<SiteRequest, 'version' | 'siteKey'> }

  scope.get('/sites', async () => editing.sites())

  scope.post<{ Body: NewSiteRequest }>('/sites', { schema: SCHEMAS.newSite }, async (request) => {
    const { version, ...site } = request.body
    return editing.changeSites(actor(request), version, (config) => addSite(config, site))
  })

  scope.put<{ Body: SiteRequest }>('/sites', { schema: SCHEMAS.site }, async (request) => {
    const { version, siteKey, ...values } = request.body
    return editing.changeSites(actor(request), version, (config) => editSite(config, siteKey, values))
  })

  scope.post<KeyRequest>('/sites/remove', { schema: SCHEMAS.siteKey }, async (request) => {
    const { version, siteKey } = request.body
    return editing.changeSites(actor(request), version, (config) => removeSite(config, siteKey))
  })

  scope.post<KeyRequest>('/sites/rotate', { schema: SCHEMAS.siteKey }, async (request) => {
    const { version, siteKey } = request.body
    return editing.changeSites(actor(request), version, (config) => rotateSecret(config, siteKey), 'rotated a secret')
  })

  scope.post<KeyRequest>('/sites/retire', { schema: SCHEMAS.siteKey }, async (request) => {
    const { version, siteKey } = request.body
    return editing.changeSites(actor(request), version, (config) => retireSecret(config, siteKey), 'retired a secret')
  })
}
