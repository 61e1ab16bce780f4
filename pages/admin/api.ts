import type { Author, Problem } from '../../uni_modules/uni-captcha/types/protocol'

/** A refusal of the server; `code` has a sentence in the locale files. `off`: there is no administration at all. */
export class AdminFailure extends Error {
  constructor(
    readonly code: string,
    readonly fields: {
      retryAfter?: number
      problems?: Problem[]
      by?: Author
      modifiedAt?: number
      reason?: string
    } = {},
  ) {
    super(code)
  }
}

/**
 * Where the host has the administration. A page of its own lies there; as a page of an application it is told by the
 * address that the host leads to it with.
 */
function basePath(): string {
  const named = new URLSearchParams(location.hash.split('?')[1] ?? '').get('path') ?? ''
  const path = [named, location.pathname.replace(/\/$/, '')].find((one) => /^(\/[\w-]+){1,8}$/.test(one))
  return `${path ?? '/admin'}/api`
}

/** Calls a route of the host. Throws AdminFailure, and what `fetch` throws for a call that `signal` ends. */
export async function callAdmin<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, signal, credentials: 'same-origin', cache: 'no-store' }
  if (body) Object.assign(init, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const response = await fetch(basePath() + path, init).catch((error: unknown) => {
    throw signal?.aborted ? error : new AdminFailure('network')
  })
  const answer = (await response.json().catch(() => undefined)) as (T & { error?: { code: string } }) | undefined
  if (response.ok && answer) return answer
  const { code = 'network', ...fields } = answer?.error ?? {}
  // Without a token, or a module, none of the routes is there.
  const isThere = response.status !== 404 || code === 'NoSuchVersion' || code === 'NoSuchSite'
  throw new AdminFailure(isThere ? code : 'off', fields)
}
