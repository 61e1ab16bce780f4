import type { SiteverifyCode } from '../../../../../types/protocol'
import type { Failure } from '../errors'
import { failure } from '../errors'
import { allowsHost, readSites } from '../config/site-options'
import type { Site } from '../config/site-options'
import { readLanguage } from '../kit/values'
import type { SiteDeps } from './challenge'
import { createChallengeSteps } from './challenge'
import { OPENAPI } from './openapi'
import type { SiteRequest } from './request'
import { readFields, readHostname } from './request'
import type { SiteResponse } from './response'
import { toCorsHeaders, toFailureResponse, toJsonResponse } from './response'
import { createSiteverify } from './siteverify'

export type { SiteRequest, SiteResponse }

/** What a request by URL asks for. */
export type SiteRoute = 'challenge' | 'answer' | 'siteverify' | 'openapi'

const PREFLIGHT = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type',
  'access-control-max-age': '600',
}

/** Answers requests of pages and back ends by URL, whatever happens; never throws. */
export function createSiteRoutes(deps: SiteDeps): (route: SiteRoute, request: SiteRequest) => Promise<SiteResponse> {
  const { challenge, answer } = createChallengeSteps(deps)
  const siteverify = createSiteverify(deps)

  async function respondToPage(route: 'challenge' | 'answer', request: SiteRequest): Promise<SiteResponse> {
    const hostname = readHostname(request)
    const sites = findSites()
    const isListed = hostname !== undefined && sites.some((site) => allowsHost(site, hostname))
    const headers = toCorsHeaders(request, isListed)
    if (request.method === 'OPTIONS') {
      return { statusCode: 204, headers: { ...headers, ...(isListed && PREFLIGHT) }, body: '' }
    }
    try {
      return toJsonResponse(200, await (route === 'challenge' ? challenge : answer)(request), headers)
    } catch (error) {
      return toFailureResponse(toFailure(error, request), headers)
    }
  }

  /** None while the configuration cannot be read: that is what the answer is about to say. */
  function findSites(): Site[] {
    try {
      return [...readSites(deps.config()).values()]
    } catch {
      return []
    }
  }

  return async (route, request) => {
    if (route === 'openapi') return toJsonResponse(200, OPENAPI, { 'cache-control': 'no-cache' })
    if (route !== 'siteverify') return respondToPage(route, request)
    const { result, retryAfter } = await siteverify(request)
    if (retryAfter !== undefined) return toJsonResponse(429, result, { 'retry-after': String(retryAfter) })
    const codes: readonly SiteverifyCode[] = result['error-codes']
    return toJsonResponse(codes.includes('internal-error') ? 503 : 200, result)
  }
}

/** A failure as it was thrown, or the one that an error is. */
function toFailure(error: unknown, request: SiteRequest): Failure {
  const isFailure = !(error instanceof Error) && typeof (error as Partial<Failure> | null)?.errCode === 'string'
  return isFailure
    ? (error as Failure)
    : failure(error, 'interior', readLanguage({ locale: findLocale(request) }, request))
}

/** The language that a body asks for, as far as it can be read. */
function findLocale(request: SiteRequest): unknown {
  try {
    return readFields(request)['locale']
  } catch {
    return undefined
  }
}
