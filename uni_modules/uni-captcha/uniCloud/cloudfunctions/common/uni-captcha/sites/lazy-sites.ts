import type { Endpoint } from '../call/call'
import { createEndpoint } from '../call/call'
import { PASS_EVENTS } from '../captcha/captcha'
import { CaptchaError, failure } from '../errors'
import { lazy } from '../kit/lazy'
import { isRecord, own, readLanguage } from '../kit/values'
import type { SiteDeps } from './challenge'
import type { SiteRequest } from './request'
import { toFailureResponse, toJsonResponse } from './response'
import type { SiteResponse } from './response'
import type { SiteRoute } from './sites'

export type { SiteRequest, SiteResponse, SiteRoute }

export interface Sites {
  /** Answers a request by URL, whatever happens; never throws. 404 while config.json has no site. */
  respond(route: SiteRoute, request: SiteRequest): Promise<SiteResponse>
}

/** Sites, whose code is read from disk by the first request: a bundle of its own. */
export function createSites(deps: Omit<SiteDeps, 'endpoint'>): Sites {
  const counting = createEndpoint(deps)
  const endpoint: Endpoint = (run, options) => counting(run, { events: PASS_EVENTS, ...options })
  const routes = lazy(async () => (await import('./sites')).createSiteRoutes({ ...deps, endpoint }))

  /** Whether there is any, right or wrong: what is wrong with one is told by its own answer. */
  function hasSites(): boolean {
    try {
      const config = deps.config()
      const sites = isRecord(config) ? own(config, 'sites') : undefined
      return sites !== undefined && !(isRecord(sites) && Object.keys(sites).length === 0)
    } catch {
      return true
    }
  }

  return {
    async respond(route, request) {
      const { locale } = request
      if (hasSites()) {
        try {
          return await (
            await routes()
          )(route, request)
        } catch (error) {
          return toFailureResponse(failure(error, 'interior', readLanguage({ locale }, {})), {})
        }
      }
      const { errCode, errMsg } = failure(new CaptchaError('siteUnknown'), 'interior', readLanguage({ locale }, {}))
      return toJsonResponse(404, { errCode, errMsg })
    },
  }
}
