import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../shared/gateway-error'
import { isJsonObject, own, parseJsonObject, type JsonLimits, type JsonObject } from '../shared/json'
import { sameText } from '../shared/same-text'
import { refuse, refuseMissingService, SECURE_NETWORK } from './services'
import { sign } from './signature'
import type { AccessTokens } from './token'

const AUTHORIZE = 'serverless.auth.user.anonymousAuthorize'
const INVOKE = 'serverless.function.runtime.invoke'
const FILES = 'serverless.file.resource.'

// The secret is in every client's bundle, so a time stamp proves little: it only has to be plausible for a phone's clock.
const MAX_SKEW_MS = 24 * 60 * 60 * 1000
const MAX_TOKEN_LENGTH = 8192
// The client sends six texts and numbers; what it calls with lies in one of them, and is read once the signature is right.
const BODY_LIMITS: JsonLimits = { maxDepth: 2, maxValues: 32 }
const MAX_CLIENT_INFO_KEYS = 100
const BYTES_A_VALUE = 16

export interface GatewayRules {
  spaceId: string
  clientSecret: string
  tokens: AccessTokens
  now: () => number
  /** Of each request; one value for every sixteen bytes of it is what `params` may hold. */
  bodyLimitBytes: number
}

/** What a client asks for, checked. */
export type ClientRequest =
  | { kind: 'authorize' }
  | { kind: 'invoke'; invocation: ClientInvocation }
  | { kind: 'files'; method: string; params: JsonObject }

export interface ClientInvocation {
  functionName: string
  /** The whole argument object, without what the client library added to it. */
  event: JsonObject
  method: string | undefined
  params: unknown[]
  claimedClientInfo: JsonObject
  uniIdToken: string | undefined
}

/** Checks a request of the uni-cloud client, both wire formats. Throws GatewayError. */
export function readClientRequest(text: string, headers: IncomingHttpHeaders, rules: GatewayRules): ClientRequest {
  const body = parseJsonObject(text, 'The body', 'InvalidBody.Format', BODY_LIMITS)
  for (const [key, value] of Object.entries(body)) {
    if (typeof value === 'object' && value !== null) {
      throw new GatewayError('InvalidBody.Format', `"${key.slice(0, 64)}" in the body has to be a text or a number`)
    }
  }
  checkSender(body, headers, rules)
  const method = textIn(body, 'method')
  if (!method) throw new GatewayError('MissingMethod', '"method" is missing in the body')
  if (method === AUTHORIZE) return { kind: 'authorize' }
  if (method !== INVOKE && !method.startsWith(FILES)) {
    throw new GatewayError('InvalidMethod.NotSupported', `The only methods are ${AUTHORIZE}, ${INVOKE} and ${FILES}*`)
  }
  checkToken(body, headers, rules)
  const params = textIn(body, 'params')
  if (!params) throw new GatewayError('MissingParams', '"params" is missing in the body; it has to be a JSON text')
  const limits = { maxDepth: 100, maxValues: Math.floor(rules.bodyLimitBytes / BYTES_A_VALUE) }
  const read = parseJsonObject(params, '"params"', 'InvalidParams.Format', limits)
  if (method !== INVOKE) return { kind: 'files', method: method.slice(FILES.length), params: read }
  return { kind: 'invoke', invocation: readInvocation(read, headers) }
}

function checkSender(body: JsonObject, headers: IncomingHttpHeaders, rules: GatewayRules): void {
  if (textIn(body, 'spaceId') !== rules.spaceId) {
    throw new GatewayError('InvalidSpaceId.NotFound', 'This host serves no space with that id')
  }
  const signature = readHeader(headers, 'x-serverless-sign') ?? ''
  if (!sameText(signature, sign(body, rules.clientSecret))) {
    throw new GatewayError('SignatureNotMatch', 'The signature does not match the request')
  }
  const timestamp = own(body, 'timestamp')
  if (typeof timestamp !== 'number' || Math.abs(timestamp - rules.now()) > MAX_SKEW_MS) {
    throw new GatewayError(
      'InvalidTimestamp.Skewed',
      '"timestamp" has to be the current time in milliseconds, within a day',
    )
  }
}

/** The dcloud wire format has no token; the aliyun one sends it twice. */
function checkToken(body: JsonObject, headers: IncomingHttpHeaders, rules: GatewayRules): void {
  const inBody = own(body, 'token')
  const inHeader = readHeader(headers, 'x-basement-token')
  if (inBody === undefined && inHeader === undefined) return
  const isSame = inHeader === undefined || inHeader === inBody
  if (typeof inBody === 'string' && isSame && rules.tokens.accepts(inBody)) return
  throw new GatewayError('GATEWAY_INVALID_TOKEN', 'The access token is unknown or expired')
}

function readInvocation(params: JsonObject, headers: IncomingHttpHeaders): ClientInvocation {
  const functionName = textIn(params, 'functionTarget')
  if (!functionName) throw new GatewayError('InvalidParams.Format', '"functionTarget" is missing in "params"')
  refuseMissingService(functionName)
  const args = own(params, 'functionArgs') ?? {}
  if (!isJsonObject(args)) throw new GatewayError('InvalidParams.Format', '"functionArgs" has to be a JSON object')
  if (own(args, '_uniCloudOptions') !== undefined) refuse(SECURE_NETWORK)
  const { clientInfo: _info, ...event } = args
  const list = own(args, 'params')
  const token = textIn(args, 'uniIdToken') ?? readHeader(headers, 'x-client-token')
  return {
    functionName,
    event,
    method: textIn(args, 'method'),
    params: Array.isArray(list) ? list : [],
    claimedClientInfo: readClientInfo(args, headers),
    uniIdToken: token && token.length <= MAX_TOKEN_LENGTH ? token : undefined,
  }
}

function readClientInfo(args: JsonObject, headers: IncomingHttpHeaders): JsonObject {
  const encoded = readHeader(headers, 'x-client-info')
  const fromHeader = encoded === undefined ? {} : parseHeader(encoded)
  const inArgs = own(args, 'clientInfo')
  const claimed = isJsonObject(inArgs) ? inArgs : fromHeader
  if (Object.keys(claimed).length > MAX_CLIENT_INFO_KEYS) {
    throw new GatewayError('InvalidClientInfo.Format', `The client info has more than ${MAX_CLIENT_INFO_KEYS} keys`)
  }
  return claimed
}

function parseHeader(encoded: string): JsonObject {
  let text: string
  try {
    text = decodeURIComponent(encoded)
  } catch {
    throw new GatewayError('InvalidClientInfo.Format', 'The header x-client-info is not URI-encoded text')
  }
  return parseJsonObject(text, 'The header x-client-info', 'InvalidClientInfo.Format')
}

function textIn(object: JsonObject, key: string): string | undefined {
  const value = own(object, key)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function readHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
