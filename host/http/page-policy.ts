import { createHash } from 'node:crypto'

/** Sources that the policy of pages allows beyond the host's own, by directive. */
export type PolicySources = Readonly<Record<string, readonly string[]>>

/** What every page may do; a directive that is named later begins with `'self'`. */
const OWN_SOURCES: Record<string, readonly string[]> = {
  'default-src': ["'self'"],
  'script-src': ["'self'"],
  // uni-app's components set their sizes in style attributes and its icons are data URIs.
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'font-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'base-uri': ["'self'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'self'"],
}

/** Compiled WebAssembly may run, which the proof of work computes with on http pages; no text is evaluated as a script. */
export const WASM = "'wasm-unsafe-eval'"

const EXTENSIBLE = new Set(
  ['connect', 'font', 'frame', 'img', 'media', 'script', 'style', 'worker'].map((kind) => `${kind}-src`),
)
  .add('form-action')
  .add('frame-ancestors')

export const ALLOWED_POLICY_SOURCES =
  'directives with the sources to add, such as img-src https://cdn.example.com; connect-src https://api.example.com wss:'

const SCHEME = /^(?:https?|wss?|data|blob):$/
const ORIGIN = /^(?:(?:https?|wss?):\/\/)?(?:\*\.)?[a-z\d-]+(?:\.[a-z\d-]+)+(?::(?:\d{1,5}|\*))?(?:\/[\w./~%-]*)?$/i
const LOCAL = /^(?:https?|wss?):\/\/(?:localhost|\[[\da-f:]+\])(?::(?:\d{1,5}|\*))?$/i

/**
 * Reads `img-src https://a.example; connect-src https://b.example`. Undefined when it names a directive that cannot be
 * extended, or what is neither a scheme nor an address: keywords in quotes would weaken the policy of the host's pages.
 */
export function parsePolicySources(text: string): PolicySources | undefined {
  const sources: Record<string, string[]> = {}
  for (const part of text.split(';')) {
    const [directive, ...named] = part.trim().split(/\s+/)
    if (!directive) continue
    const isKnown = EXTENSIBLE.has(directive) && named.length > 0
    if (!isKnown || !named.every((one) => [SCHEME, ORIGIN, LOCAL].some((form) => form.test(one)))) return undefined
    sources[directive] = [...(sources[directive] ?? []), ...named]
  }
  return sources
}

/** The policy of one page: it may run its own inline scripts and no others, and load what `added` names. */
export function policyFor(html: string, added: PolicySources): string {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)].map(([, code = '']) => {
    // Browsers hash what their parser made of the file: each line ends with one LF there, whatever it was saved with.
    return `'sha256-${createHash('sha256').update(code.replace(/\r\n?/g, '\n')).digest('base64')}'`
  })
  const own: Record<string, readonly string[]> = { ...OWN_SOURCES, 'script-src': ["'self'", ...inline, WASM] }
  return [...new Set([...Object.keys(own), ...Object.keys(added)])]
    .map((name) => [name, ...(own[name] ?? ["'self'"]), ...(added[name] ?? [])].join(' '))
    .join('; ')
}
