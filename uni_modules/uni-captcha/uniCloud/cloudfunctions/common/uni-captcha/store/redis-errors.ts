// The host's redis/errors has the same words: neither side may import the other (the plugin runs
// without the host, the host loads plugins from disk), and types/protocol holds types alone. A test compares both files.

/**
 * Words by which Redis refuses a command that will do later, or elsewhere: it is starting, failing over, moving keys, or
 * has forgotten a script. Nothing has been done.
 */
const TRANSIENT_WORDS = [
  'READONLY',
  'LOADING',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'NOSCRIPT',
  'MOVED',
  'ASK',
] as const
type TransientWord = (typeof TRANSIENT_WORDS)[number]

/** Words that tell people what is wrong. */
const LASTING_WORDS = ['OOM', 'NOPERM', 'NOAUTH', 'WRONGPASS', 'MISCONF', 'NOREPLICAS', 'WRONGTYPE', 'BUSY'] as const

const TRANSIENT = new RegExp(`\\b(?:${TRANSIENT_WORDS.join('|')})\\b`)
const KNOWN = new RegExp(`\\b(?:${[...TRANSIENT_WORDS, ...LASTING_WORDS].join('|')})\\b`)

/**
 * The word of a refusal that passes, anywhere in the message: up to 6.2 Redis wraps what it refused a script as
 * `ERR Error running script (call to f_…): @user_script:1: -READONLY …`.
 */
export function findTransientWord(message: string): TransientWord | undefined {
  return TRANSIENT.exec(message)?.[0] as TransientWord | undefined
}

/** The word that says what was refused, for logs: one of Redis's own, never anything that was sent to it. */
export function findErrorWord(message: string): string | undefined {
  return KNOWN.exec(message)?.[0] ?? /^[A-Z]{3,}\b/.exec(message)?.[0]
}
