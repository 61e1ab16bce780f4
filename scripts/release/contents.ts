// What a plugin's zip has to hold, and what it must not.
import type { Texts } from './archive'

const NEEDED = ['package.json', 'readme.md', 'changelog.md', 'license.md']
const NOTICES = 'THIRD-PARTY-NOTICES.txt'

const FORBIDDEN_FILES: [pattern: RegExp, what: string][] = [
  [/(^|\/)(pages\.json|manifest\.json|App\.u?vue|main\.[jt]s|uni\.scss)$/, 'belongs to an application'],
  [/^uniCloud\/.*\.ts$/, 'is TypeScript in cloud code'],
  [/^uniCloud-/, 'is a cloud folder with a provider in its name'],
  [/\.map$/, 'is a source map'],
  [/(^|\/)(node_modules|\.[^./][^/]*)(\/|$)/, 'is not part of a plugin'],
  [/\.(pem|key|p12|db|log|tgz|zip)$/i, 'may hold secrets'],
  [/^\/|(^|\/)\.\.\/|\\/, 'is not a path within the plugin'],
]
const FORBIDDEN_TEXTS: [pattern: RegExp, what: string][] = [
  [/^\/\/[#@] ?sourceMappingURL=/m, 'names a source map'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----(\s|\\n)*[\w+/]{40}/, 'holds a private key'],
  [/\b(AKID\w{32}|LTAI\w{20}|AKIA[0-9A-Z]{16}|gh[pousr]_\w{36})\b/, 'holds an access key'],
  [/(^|[^\w.])(\/(home|Users|root)\/\w|[A-Z]:\\+Users\\)/m, 'holds a path of the machine that built it'],
]

/** What is wrong with the files of a plugin: path → text, undefined for what is not a text. */
export function contentFaults(files: Texts): string[] {
  const faults = NEEDED.filter((name) => !files[name]?.trim()).map((name) => `${name}: is missing or empty`)
  for (const [path, text] of Object.entries(files)) {
    for (const [pattern, what] of FORBIDDEN_FILES) if (pattern.test(path)) faults.push(`${path}: ${what}`)
    for (const [pattern, what] of FORBIDDEN_TEXTS) if (pattern.test(text ?? '')) faults.push(`${path}: ${what}`)
  }
  return [...faults, ...noticeFaults(files), ...fontFaults(files), ...dependencyFaults(files)]
}

/** Bundles say where each part comes from: every npm package among them has to be named with its licence. */
function noticeFaults(files: Texts): string[] {
  const named = Object.entries(files).flatMap(([path, text]) =>
    path.endsWith(`/${NOTICES}`)
      ? [...(text ?? '').matchAll(/^(\S+) \d+\.\d+\.\S+ \(.+\)$/gm)].map(([, name]) => name)
      : [],
  )
  return Object.entries(files).flatMap(([path, text = '']) => {
    const parts = /\.[jt]s$/.test(path)
      ? text.matchAll(/^ *\/\/ (?:.*\/)?node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//gm)
      : []
    const unnamed = [...new Set([...parts].map(([, name]) => name))].filter((name) => !named.includes(name))
    return unnamed.map((name) => `${path}: contains ${name}, which ${NOTICES} does not name`)
  })
}

/** A font comes with its licence beside it. */
function fontFaults(files: Texts): string[] {
  return Object.keys(files)
    .filter((path) => /\.(ttf|otf|woff2?)$/.test(path) && !files[path.replace(/[^/]+$/, 'LICENSE.txt')]?.trim())
    .map((path) => `${path}: has no LICENSE.txt beside it`)
}

/** Cloud folders depend on common modules beside them and on nothing from npm, which uniCloud would not install. */
function dependencyFaults(files: Texts): string[] {
  return Object.entries(files).flatMap(([path, text]) => {
    if (!/^uniCloud\/.*\/package\.json$/.test(path)) return []
    const { dependencies = {} } = JSON.parse(text ?? '{}') as { dependencies?: Record<string, string> }
    const foreign = Object.entries(dependencies).filter(([, from]) => !/^file:\.\.?\//.test(from))
    return foreign.map(([name, from]) => `${path}: depends on ${name} ${from}, which is not a common module`)
  })
}
