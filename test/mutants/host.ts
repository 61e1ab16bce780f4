import type { MutatedFile } from './mutation'

const REFUSALS = ['test/contract/gateway/refusals.test.ts']
const ACCESS = ['test/contract/admin/access.test.ts']

/** The host: gateway, administration, addresses, bounds, log. */
export const HOST: readonly MutatedFile[] = [
  {
    file: 'host/gateway/token.ts',
    tests: ['test/unit/host-secret.test.ts'],
    only: 'an access token',
    mutants: {
      'access tokens never expire': ['return Number.parseInt(expiry, 36) > this.now()', 'return true'],
      'the end of an access token is not signed': [
        'sameText(mac, this.mac(`${expiry}.${nonce}`))',
        'sameText(mac, mac)',
      ],
    },
  },
  {
    file: 'host/shared/same-text.ts',
    tests: REFUSALS,
    only: 'a bad request with (a|no) signature',
    mutants: {
      'signatures are compared by their length alone': [
        'left.length === right.length && timingSafeEqual(left, right)',
        'left.length === right.length',
      ],
    },
  },
  {
    file: 'host/gateway/request.ts',
    tests: REFUSALS,
    only: 'a bad request|an access token',
    mutants: {
      'requests need no signature': ['if (!sameText(signature, sign(body, rules.clientSecret))) {', 'if (false) {'],
      'a request of last year is taken': [' || Math.abs(timestamp - rules.now()) > MAX_SKEW_MS', ''],
      'the gateway takes any token': ['&& rules.tokens.accepts(inBody)) return', ') return'],
    },
  },
  {
    file: 'host/runtime/client-info.ts',
    tests: ['test/unit/host-client-info.test.ts'],
    mutants: {
      'a client says which address it has': [
        'if (!SERVER_TWINS.has(key.toUpperCase())) info[key] = value',
        'info[key] = value',
      ],
      'a device id is of any length': [' || value.length > MAX_DEVICE_ID_LENGTH', ''],
    },
  },
  {
    file: 'host/functions/registry.ts',
    tests: REFUSALS,
    only: 'a bad request with _',
    mutants: {
      'a client calls the private methods of a cloud object': ["!method.startsWith('_') && ", ''],
    },
  },
  {
    file: 'host/http/address.ts',
    tests: ['test/contract/host/http.test.ts'],
    only: 'the address of a client',
    mutants: {
      'a flood of one IPv6 line counts by its addresses': [
        'return toNetwork(request.visitorAddress)',
        'return request.visitorAddress',
      ],
    },
  },
  {
    file: 'host/http/address.ts',
    tests: ['test/unit/host-address.test.ts'],
    mutants: {
      'a visitor writes their own address': [
        'if (forwardedFor === undefined || !isTrusted(address)) return address',
        'if (forwardedFor === undefined) return address',
      ],
      'behind two proxies a visitor says who they are': [
        'if (comma < 0 || !isTrusted(hop)) return hop',
        'if (comma < 0) return hop',
      ],
    },
  },
  {
    file: 'host/http/head.ts',
    tests: ['test/contract/host/limits.test.ts'],
    only: 'is refused for',
    mutants: {
      'an address of any length is read': ['if (url.length > MAX_URL_LENGTH) {', 'if (false) {'],
      'a query has any number of keys': ["if (hasMore(url, '&', MAX_QUERY_KEYS - 1)) {", 'if (false) {'],
    },
  },
  {
    file: 'host/server.ts',
    tests: ['test/contract/host/limits.test.ts', ...REFUSALS],
    only: 'is refused with what is too much|more than a megabyte',
    mutants: {
      'a body is bounded by nothing that is configured': ['bodyLimit: settings.bodyLimitBytes,', ''],
    },
  },
  {
    file: 'host/shared/json.ts',
    tests: REFUSALS,
    only: 'a bad request',
    mutants: {
      'a key of a request reaches a prototype': [
        "{ protoAction: 'error', constructorAction: 'error' }",
        "{ protoAction: 'ignore', constructorAction: 'ignore' }",
      ],
      'a request is nested without end': ['if (depth++ > maxDepth) return', 'if (depth++ < 0) return'],
    },
  },
  {
    file: 'host/log.ts',
    tests: ['test/contract/host/http.test.ts'],
    only: 'the log',
    mutants: {
      'a terminal obeys what a visitor wrote into the log': ['return cut.replace(OBEYED,', 'return cut.replace(/[]/g,'],
      'one request fills the log': ['text.length > maxLength ?', 'text.length > Infinity ?'],
    },
  },
  {
    file: 'host/admin/access.ts',
    tests: ACCESS,
    only: 'without a session|signing in|a change',
    mutants: {
      'the administration needs no session': [
        "if (!(await liveSession(request, deps))) throw new AdminError('SignInRequired', 'Sign in first')",
        '',
      ],
      'any token signs in': ['if (!sessions.isToken(token)) {', 'if (false) {'],
      'tokens are guessed without end': ['if (count <= TRIES) return', 'if (count <= 1e9) return'],
      'a refused sign-in makes the wait longer': ['await hit(-1)\n', ''],
      'a page of another site changes the configuration': ['refuseForeign(request)\n', 'void request\n'],
      'a copy of the cookie outlives the sign-out': ['return endedForMs > 0 ? undefined : session', 'return session'],
      'a right token leaves the wrong tries counted': [
        '.counters.clear(toBucket(request))',
        '.counters.hit(toBucket(request), WINDOW_MS, TRIES, 0)',
      ],
    },
  },
  {
    file: 'host/admin/alerts.ts',
    tests: ['test/contract/admin/alerts.test.ts'],
    only: 'once an hour|clients invent|only beyond them',
    mutants: {
      'an alert is posted every minute': [
        'if (await this.claim(`uni-captcha alert: ${alert.kind}',
        'if (await this.claim(`${at} ${alert.kind}',
      ],
      'a rate of few answers raises an alert': ['answers >= MIN_ANSWERS && ', ''],
      'what clients invent is posted to the chat of the operator': [
        'findAlerts(sumUnnamed(hours, readSceneNames(config)), limits)',
        'findAlerts(hours, limits)',
      ],
      'an alert is raised at its limit': ['refused > refusedPerHour', 'refused >= refusedPerHour'],
    },
  },
  {
    file: 'host/admin/session.ts',
    tests: ACCESS,
    only: 'without a session|signing in',
    mutants: {
      'a session whose content was changed is taken': ['|| !timingSafeEqual(given, expected)) return', ') return'],
      'a session never ends': ['isSession(session) && session.expiresAt > this.now()', 'isSession(session)'],
    },
  },
  {
    file: 'host/admin/secrets.ts',
    tests: ['test/unit/admin-secrets.test.ts'],
    mutants: {
      'the page is told passwords in addresses': [' || URL_WITH_PASSWORD.test(value)', ''],
      'a save without a secret removes it': ['return { ...merged, ...Object.fromEntries(dropped) }', 'return merged'],
    },
  },
  {
    file: 'host/secret.ts',
    tests: ['test/unit/host-secret.test.ts'],
    mutants: {
      'every user of the machine reads the secret': ['{ mode: 0o600, flag:', '{ mode: 0o644, flag:'],
    },
  },
  {
    file: 'host/timers/database-claims.ts',
    tests: ['test/contract/host/timers-claims.test.ts'],
    mutants: {
      'a timer runs while its last run goes on': [
        'held_until: api.command.lte(now) }',
        'held_until: api.command.gte(0) }',
      ],
      'a due time is run twice': ['last_due: api.command.lt(due), ', ''],
    },
  },
]
