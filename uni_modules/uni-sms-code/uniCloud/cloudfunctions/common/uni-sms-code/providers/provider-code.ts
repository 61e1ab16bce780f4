const MAX_CHARACTERS = 80

/**
 * A provider's code as the log may show it: a word, never a text, which may quote the number. Longer runs of digits
 * than `mostDigits` are left out: six would do for a verification code.
 */
export function shown(code: string | undefined, mostDigits = 5): string {
  const word = (code ?? '').replace(/[^\w.:-]/g, '').replace(/\d+/g, (run) => (run.length > mostDigits ? '…' : run))
  return word === '' ? '' : ` ${word.slice(0, MAX_CHARACTERS)}`
}
