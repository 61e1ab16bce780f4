import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { cleanTypedText, readTypedCaptcha } from '../../uni_modules/uni-captcha/js_sdk/typed-text'
import { normalise } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/call/request'
import { CAPTCHA_FORMS } from '../support/typed-forms'

/** Every character of the Unicode that this Node has. */
function findCharacters(pattern: RegExp): string[] {
  return Array.from({ length: 0x110000 }, (_, code) => code)
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code))
    .filter((character) => pattern.test(character))
}

afterEach(() => vi.restoreAllMocks())

describe('what people type', () => {
  it.each(CAPTCHA_FORMS)('is read alike on the device and on the server: %s', (_what, typed, meant) => {
    expect(readTypedCaptcha(typed).toLowerCase()).toBe(meant)
    expect(normalise(typed)).toBe(meant)
  })

  it('has no invisible character left in it, of any that Unicode knows', () => {
    const invisible = findCharacters(/[\p{Cf}\p{Variation_Selector}\p{Default_Ignorable_Code_Point}]/u)
    expect(invisible.length).toBeGreaterThan(4000)
    expect(invisible.filter((character) => cleanTypedText(`a${character}b`) !== 'ab')).toEqual([])
  })

  it('has the ASCII digit for every decimal digit that Unicode knows', () => {
    const digits = findCharacters(/\p{Nd}/u)
    expect(digits.length).toBeGreaterThan(650)
    const read = digits.map(cleanTypedText)
    // Ten of each script follow one another.
    expect(read).toEqual(digits.map((_, index) => String(index % 10)))
  })

  it('has one dash for every dash, and one space for every space', () => {
    const dashes = [...findCharacters(/\p{Pd}/u), '\u2212']
    expect(dashes.filter((dash) => cleanTypedText(`a${dash}b`) !== 'a-b')).toEqual([])
    const spaces = findCharacters(/[\p{Z}\s]/u).filter((space) => space !== '\ufeff')
    expect(spaces.filter((space) => cleanTypedText(`a${space}${space}b`) !== 'a b')).toEqual([])
  })

  it('is the same after a second cleaning, whatever it was, and upper and lower case are the server’s to fold', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...CAPTCHA_FORMS.flatMap(([, typed]) => [...typed])) }),
    )
    fc.assert(
      fc.property(text, (typed) => {
        const once = cleanTypedText(typed)
        expect(cleanTypedText(once)).toBe(once)
        expect(normalise(readTypedCaptcha(typed))).toBe(normalise(typed))
      }),
      { numRuns: 2000 },
    )
  })

  it('is read where the engine has no tables for `normalize`: full-width letters, signs and digits', () => {
    vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string) {
      return String(this)
    })
    expect(cleanTypedText('\u3000ＡＢｃ－１９\u00a0＋')).toBe('ABc-19 +')
  })

  it('may be as long as it wants: it costs no more than its first thousand characters', () => {
    expect(cleanTypedText('\u202d'.repeat(999) + 'ab' + 'c'.repeat(1e6))).toBe('a')
  })
})
