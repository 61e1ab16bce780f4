// How everything typed or pasted is read: components import this file, and the build bundles it into the cloud side,
// so that both read alike. Tables instead of `\p{…}`: engines of older phones have none, and Node 12 has another
// Unicode. Compared with the newest Unicode that the tests run on: test/unit/typed-text.test.ts.

/** Invisible: \p{Cf}, variation selectors, what else is ignorable by default, the box of keycaps, control characters. */
const INVISIBLE =
  /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu // oxlint-disable-line no-control-regex, no-misleading-character-class

/** \p{Z}, tabs, ends of lines, and the blank Braille pattern. */
const SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000]/g

/** \p{Pd}, minus signs and the bullet that looks like one. */
const DASH =
  /[\u058a\u05be\u1400\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u02d7\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\u{10d6e}\u{10ead}]/gu

/** The zeros of \p{Nd}; their other digits follow them. */
const ZEROS =
  '660 6f0 7c0 966 9e6 a66 ae6 b66 be6 c66 ce6 d66 de6 e50 ed0 f20 1040 1090 17e0 1810 1946 19d0 1a80 1a90 1b50 1bb0 1c40 1c50 a620 a8d0 a900 a9d0 a9f0 aa50 abf0 ff10 104a0 10d30 10d40 11066 110f0 11136 111d0 112f0 11450 114d0 11650 116c0 116d0 116da 11730 118e0 11950 11bf0 11c50 11d50 11da0 11de0 11f50 16130 16a60 16ac0 16b50 16d70 1ccf0 1d7ce 1d7d8 1d7e2 1d7ec 1d7f6 1e140 1e2f0 1e4f0 1e5f1 1e950 1fbf0'
    .split(' ')
    .map((hex) => parseInt(hex, 16))

// oxlint-disable-next-line no-control-regex
const NOT_ASCII = /[^\0-\x7f]/gu
/** Longer than any message that a code comes in; what is pasted may be a whole book. */
const MAX_LENGTH = 1000

/**
 * Folds what looks or means the same: compatibility forms (NFKC), every dash as `-`, every space as one space, every
 * decimal digit as ASCII; without invisible characters and outer spaces. Reads 1,000 characters at most.
 */
export function cleanTypedText(text: string): string {
  const visible = text.slice(0, MAX_LENGTH).replace(INVISIBLE, '')
  return visible
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(DASH, '-')
    .replace(SPACE, ' ')
    .replace(NOT_ASCII, foldCharacter)
    .replace(/ +/g, ' ')
    .trim()
}

/** An answer to a captcha: no picture shows a space. Upper and lower case stay as they were typed. */
export function readTypedCaptcha(text: string): string {
  return cleanTypedText(text).replace(/ /g, '')
}

/** Also without `normalize`'s tables, which engines may lack: then it changes nothing. */
function foldCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const zero = ZEROS.find((first) => code >= first && code <= first + 9)
  if (zero !== undefined) return String(code - zero)
  return code >= 0xff01 && code <= 0xff5e ? String.fromCharCode(code - 0xfee0) : character
}
