import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { getAddress, rateLimitKey } from '../http/address'
import type { Audit } from './audit'
import { AdminError } from './errors'
import type { CaptchaModule } from './module'
import { cleanName, SCHEMAS, type Credentials } from './requests'
import type { Actor } from '../../uni_modules/uni-captcha/types/protocol'
import { SESSION_SECONDS, type Session, type Sessions } from './session'

const COOKIE = 'uni_captcha_admin'
/** What everybody may ask: whether they are signed in, and to be. */
const OPEN = ['/login', '/session']
const WINDOW_MS = 60_000
const TRIES = 5
/** Lines about failed sign-ins, of all addresses together: one network has more addresses than a disk has lines. */
const MAX_NOTED_FAILURES = 10
const NOTED_WINDOW_MS = 3_600_000
const NOTED_BUCKET = 'uni-captcha administration: noted failures'
// A token and a name.
const LOGIN_LIMIT_BYTES = 4096

export interface AccessDeps {
  /** Of the routes: what the cookie is sent to. */
  path: string
  sessions: Sessions
  module: CaptchaModule
  audit: Audit
  log: Logger
  now(): number
}

/** Who is allowed in: all routes of the scope but two need a session, and every change comes from our own page. */
export function accessRoutes(scope: FastifyInstance, deps: AccessDeps): void {
  const { sessions, module } = deps

  scope.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin', vary: 'Cookie' })
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseForeign(request)
    if (OPEN.some((one) => request.routeOptions.url === deps.path + one)) return
    if (!(await liveSession(request, deps))) throw new AdminError('SignInRequired', 'Sign in first')
  })

  scope.post<{ Body: Credentials }>(
    '/login',
    { schema: SCHEMAS.login, bodyLimit: LOGIN_LIMIT_BYTES },
    async (request, reply) => {
      const { token } = request.body
      const name = cleanName(request.body.name)
      const tries = await pay(request, module)
      if (!sessions.isToken(token)) {
        deps.log.warn({ address: getAddress(request) }, 'administration: wrong token')
        if (tries === 1 && (await mayNoteFailure(module))) {
          deps.audit.append({ at: deps.now(), address: getAddress(request), name, action: 'failed to sign in' })
        }
        throw new AdminError('WrongToken', 'The token is wrong')
      }
      await module.run((api) => api.stores().counters.clear(toBucket(request)))
      const { cookie, session } = sessions.open(name)
      deps.audit.append({ at: deps.now(), address: getAddress(request), name, action: 'signed in' })
      setCookie(request, reply, deps.path, cookie, SESSION_SECONDS)
      return { name, expiresAt: session.expiresAt }
    },
  )

  scope.get('/session', async (request) => {
    const session = await liveSession(request, deps)
    return session ? { isSignedIn: true, name: session.name, expiresAt: session.expiresAt } : { isSignedIn: false }
  })

  /** A copy of the cookie ends with it. */
  scope.post('/logout', async (request, reply) => {
    const session = findSession(request, sessions)
    if (session) {
      await module.run((api) => api.stores().once.claim(toExpiry(session), session.expiresAt - deps.now() + WINDOW_MS))
    }
    setCookie(request, reply, deps.path, '', 0)
    return {}
  })
}

/** Who is signed in; the routes behind the session's check only. */
export function getActor(request: FastifyRequest, sessions: Sessions): Actor {
  return { address: getAddress(request), name: findSession(request, sessions)?.name ?? '' }
}

function findSession(request: FastifyRequest, sessions: Sessions): Session | undefined {
  return sessions.read(request.cookies[COOKIE])
}

/** Undefined also for one that its person has ended. */
async function liveSession(request: FastifyRequest, { sessions, module }: AccessDeps): Promise<Session | undefined> {
  const session = findSession(request, sessions)
  if (!session) return undefined
  const endedForMs = await module.run((api) => api.stores().once.remainingMs(toExpiry(session)))
  return endedForMs > 0 ? undefined : session
}

function toExpiry(session: Session): string {
  return `uni-captcha administration: ended ${session.id}`
}

/** A form or a script of another page can send neither this content type nor this origin. */
function refuseForeign(request: FastifyRequest): void {
  const { origin, 'content-type': type = '' } = request.headers
  if (origin !== `${request.protocol}://${request.host}`) {
    throw new AdminError('ForeignOrigin', 'Not from this page; behind a proxy TRUSTED_PROXIES has to name it')
  }
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new AdminError('NotJson', 'application/json only')
}

/** Every try is paid before it is compared, so that tries which arrive together are all counted. */
async function pay(request: FastifyRequest, module: CaptchaModule): Promise<number> {
  const hit = (cost: number) =>
    module.run((api) => api.stores().counters.hit(toBucket(request), WINDOW_MS, TRIES, cost))
  const { count, retryAfterMs } = await hit(1)
  if (count <= TRIES) return count
  // A refused try is none: it does not make the wait longer.
  await hit(-1)
  const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1000))
  throw new AdminError('TooManyTries', `Too many tries; wait ${retryAfter} seconds`, { retryAfter })
}

/** Guessing from many addresses fills neither the disk nor what the page shows. */
async function mayNoteFailure(module: CaptchaModule): Promise<boolean> {
  const { count } = await module.run((api) =>
    api.stores().counters.hit(NOTED_BUCKET, NOTED_WINDOW_MS, MAX_NOTED_FAILURES, 1),
  )
  return count <= MAX_NOTED_FAILURES
}

function toBucket(request: FastifyRequest): string {
  return JSON.stringify(['administration sign-in', rateLimitKey(request)])
}

function setCookie(request: FastifyRequest, reply: FastifyReply, path: string, value: string, maxAge: number): void {
  const secure = request.protocol === 'https'
  void reply.setCookie(COOKIE, value, { path, httpOnly: true, sameSite: 'strict', secure, maxAge })
}
