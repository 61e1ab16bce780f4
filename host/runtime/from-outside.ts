import type { Call, HttpInfo } from './call'

/** Operators that callers name, by what they sent. */
const named = new WeakMap<object, ReadonlySet<string>>()
const OPERATOR = /\$[A-Za-z]+/g
/** Of text inside of text: escaped twice, and once more by who sends it. */
const MAX_ROUNDS = 4

/** Whether what came from outside holds the operator as a name or in a text, escaped as in JSON or in an address too. */
export function isNamedByCaller(call: Call | undefined, operator: string): boolean {
  const sent = call?.fromOutside
  if (typeof sent !== 'object' || sent === null) return false
  const known = named.get(sent) ?? findOperators(sent)
  named.set(sent, known)
  return known.has(operator)
}

/** Of what can be nested as deep as a request is long. */
function findOperators(sent: object): Set<string> {
  const found = new Set<string>()
  const left: unknown[] = [sent, decodeBody(sent)]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string') {
      for (const [operator] of unescapeAll(value).matchAll(OPERATOR)) found.add(operator)
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, one] of Object.entries(value)) left.push(name, one)
    }
  }
  return found
}

/** Of a request by address whose body is no text by its type, but may be read as one. */
function decodeBody(sent: object): string {
  const { httpInfo } = sent as { httpInfo?: HttpInfo }
  return httpInfo?.isBase64Encoded ? Buffer.from(httpInfo.body, 'base64').toString('utf8') : ''
}

/** Each stage of what a function may read the text as, in one text. */
function unescapeAll(text: string): string {
  let [stages, last] = [text, text]
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = last
      .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      .replace(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    if (next === last) break
    stages += `\n${next}`
    last = next
  }
  return stages
}
