import { isClockRefused } from './answer'

const MAX_LENGTH = 300
const LOG_HINT = 'the log of the server says why.'

/** Failures that the user is told in general only, by what is in their code or message, and what a developer does about each. */
const HINTS: [RegExp, string][] = [
  [
    /SignatureNotMatch|invalid.?signature|client.?secret/i,
    'this build has another client secret than the server: build it with the clientSecret of the service space (CLIENT_SECRET of the host).',
  ],
  [
    /InvalidSpaceId|space.?id|space.?not.?found|服务空间/i,
    'this build belongs to another service space than the server: build it with the space id of the server (SPACE_ID of the host), or associate the project with its space.',
  ],
  [
    /FunctionLoadError|MODULE_NOT_FOUND|cannot find module/i,
    'the cloud object is there and cannot be loaded: the log of the server says which file and why.',
  ],
  [
    /FunctionNotFound|FUNCTION_NOT_FOUND|MethodNotFound|METHOD_NOT_FOUND/i,
    'the cloud object is not on the server, or an older one is: upload it with its common modules, or start the host in the project that has it.',
  ],
  [
    /^"uni-(captcha|sms-code)-secret-required/,
    'set "secret" (at least 32 characters) in config.json of the plugin, in uni-config-center.',
  ],
  [/^"uni-sms-code-not-configured/, 'choose a provider in uni-sms-code/config.json of uni-config-center.'],
  [
    /^"uni-(captcha|sms-code)-store-unavailable/,
    'the cloud object cannot reach its database or Redis: the log of the server says why.',
  ],
  [/^"uni-(captcha|sms-code)-(create|interior)-fail/, LOG_HINT],
  [
    /uniCloud is not defined/i,
    'the project has no service space: associate one, set UNI_CLOUD_SPACES in vite.config.ts, or name a server of your own in the properties `server` and `sitekey`.',
  ],
]
const CLOCK_HINT = 'the clock of this device, or of the server, is off.'
const UNREACHED_HINT =
  'no answer of the server came: check that it runs, that the endpoint of this build leads to it, and, in browsers, that it allows this origin.'

/** What uniCloud's client and browsers say of a call without an answer. */
const UNREACHED = /^"" ""$|SYS_ERR|request:|time.?out|network|failed to fetch|load failed/i

const told = new Set<string>()

/**
 * Says on the console, once, why a call of a cloud object failed and what to do about it, where the page tells its user
 * in general only. Answers that are meant for users, such as a limit, are not repeated there.
 */
export function warnOfCause(cloudObject: string, error: unknown): void {
  const hint = findHint(error)
  if (hint === undefined) return
  const text = `[uni-captcha] ${cloudObject} failed: errCode ${readText(error, 'errCode', 'code')}, errMsg ${readText(error, 'errMsg', 'message')}. Hint: ${hint}`
  if (told.has(text)) return
  told.add(text)
  console.warn(text)
}

function findHint(error: unknown): string | undefined {
  const errCode = readText(error, 'errCode', 'code')
  const isOfPlugin = /^"uni-(captcha|sms-code)-/.test(errCode)
  // The words of the plugins' own errors are for users.
  const said = isOfPlugin ? errCode : `${errCode} ${readText(error, 'errMsg', 'message')}`
  if (!isOfPlugin && isClockRefused(error)) return CLOCK_HINT
  const [, hint] = HINTS.find(([pattern]) => pattern.test(said)) ?? []
  if (hint !== undefined || isOfPlugin) return hint
  return UNREACHED.test(said) ? UNREACHED_HINT : LOG_HINT
}

function readText(error: unknown, ...names: string[]): string {
  const fields = Object(error) as Record<string, unknown>
  const value = names.map((name) => fields[name]).find((one) => one !== undefined && one !== '')
  return JSON.stringify(String(value ?? '').slice(0, MAX_LENGTH))
}
