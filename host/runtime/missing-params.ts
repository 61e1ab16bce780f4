import type { Invocation } from './cloud-object'

const READS_NOTHING = /^Cannot (destructure|read propert)|(undefined|null) is not (an object|iterable)|not iterable/

/**
 * Names the commonest mistake in a cloud object, or undefined: a method takes its parameters apart, and was called without
 * them, as anybody can call it.
 */
export function missingParamsHint(error: Error, name: string, { method, params }: Invocation): string | undefined {
  const [first] = params
  const isMissing = first === undefined || first === null
  if (!isMissing || !(error instanceof TypeError) || !READS_NOTHING.test(error.message)) return undefined
  const what = first === null ? 'null' : 'no parameters'
  return `${name}.${method} was called with ${what} and does not check for that: give its parameters a check or a default`
}
