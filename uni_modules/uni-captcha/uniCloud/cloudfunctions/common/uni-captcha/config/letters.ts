/** Letters and digits that people do not mistake for one another in a distorted picture (docs/rendering.md). */
export const LETTERS = 'ACDEHKLMPRTU2589'

/** The letters a picture may hold: `LETTERS` without `ignoreChars`, upper and lower case alike. */
export function alphabet(ignoreChars: string): string {
  const ignored = ignoreChars.toUpperCase()
  return Array.from(LETTERS)
    .filter((letter) => !ignored.includes(letter))
    .join('')
}
