import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  readCode as readCodeOnDevice,
  readMobile as readMobileOnDevice,
} from '../../uni_modules/uni-sms-code/components/uni-sms-code/fields'
import { readCodeDigits } from '../../uni_modules/uni-sms-code/js_sdk/typed-values'
import { hashValues } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/keys'
import {
  readForeignMobile,
  readMobile,
} from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/mobile'
import { resolveOptions } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/config/options'
import { randomCode } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/random-code'
import type { HttpInfo } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/uni-sms-code-co/http-request'
import {
  readBody,
  findRefusal,
} from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/uni-sms-code-co/http-request'

import { CODE_FORMS, MOBILE_FORMS } from '../support/typed-forms'

describe('a code', () => {
  const drawCode = (...draws: number[]) => {
    const bytes = draws.flatMap((draw) => [draw >> 16, (draw >> 8) & 255, draw & 255])
    return randomCode((count) => Uint8Array.from(bytes.splice(0, count)))
  }

  it('is every number from 000000 to 999999, leading zeros included', () => {
    expect(drawCode(0)).toBe('000000')
    expect(drawCode(42)).toBe('000042')
    expect(drawCode(999_999)).toBe('999999')
    expect(drawCode(1_000_000)).toBe('000000')
    expect(drawCode(15_999_999)).toBe('999999')
  })

  it('is as likely as any other: draws of the last, incomplete million are thrown away', () => {
    expect(drawCode(16_000_000, 16_777_215, 7)).toBe('000007')
  })
})

describe('a number', () => {
  const options = resolveOptions(undefined, 'register')

  it('of the mainland may begin with 13 to 19, as numbers do today', () => {
    for (const start of ['13', '14', '15', '16', '17', '18', '19']) {
      const mobile = `${start}012345678`
      expect(readMobile(mobile, options)).toEqual({ mobile, e164: `+86${mobile}` })
    }
    for (const start of ['10', '11', '12', '20', '09']) {
      expect(() => readMobile(`${start}012345678`, options)).toThrow('uni-sms-code-mobile-invalid')
    }
  })

  it('is taken whole, whatever the pattern leaves open', () => {
    const loose = { ...options, mobilePattern: '1\\d{10}|.*' }
    for (const bad of ['13800138000#', '13800138000 转 12', '+', '++8613800138000', '', '1'.repeat(21)]) {
      expect(() => readMobile(bad, loose), bad).toThrow('uni-sms-code-mobile-invalid')
    }
    expect(() => readMobile('213800138000', { ...options, mobilePattern: '1\\d{10}|x' })).toThrow()
  })

  it.each(MOBILE_FORMS)(
    'has one name on device and server, however it is written and whatever else is accepted: %s',
    (_what, typed) => {
      for (const mobilePattern of [options.mobilePattern, '(\\+86)?1\\d{10}', '\\+86\\d{11}', '\\+?\\d{5,17}']) {
        expect(readMobile(typed, { ...options, mobilePattern })).toEqual({
          mobile: '13800138000',
          e164: '+8613800138000',
        })
      }
      expect(readMobileOnDevice(typed, { countryCode: '86', accepts: (number) => /^1\d{10}$/.test(number) })).toBe(
        '13800138000',
      )
    },
  )

  it.each(CODE_FORMS)('of a code is read alike on device and server: %s', (_what, typed) => {
    expect(readCodeDigits(typed, 6)).toBe('012345')
    expect(readCodeOnDevice(typed, 6)).toBe('012345')
  })

  it('that the component takes is taken by the server as the same one, whatever was typed', () => {
    const piece = fc.constantFrom(
      ...MOBILE_FORMS.flatMap(([, typed]) => [...typed]),
      '+',
      '00',
      '86',
      '852',
      '\u{e0100}',
    )
    const text = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    )
    const around = fc.tuple(text, fc.constantFrom('', ...MOBILE_FORMS.map(([, typed]) => typed)), text)
    let taken = 0
    fc.assert(
      fc.property(
        fc.oneof(
          around.map((parts) => parts.join('')),
          text,
        ),
        (typed) => {
          const onDevice = readMobileOnDevice(typed, {
            countryCode: '86',
            accepts: (number) => /^1[3-9]\d{9}$/.test(number),
          })
          if (!/^1[3-9]\d{9}$/.test(onDevice)) {
            expect(() => readMobile(typed, options)).toThrow('mobile-invalid')
            return
          }
          taken++
          expect(readMobile(typed, options).mobile).toBe(onDevice)
          expect(readMobile(onDevice, options).mobile).toBe(onDevice)
        },
      ),
      { numRuns: 3000 },
    )
    expect(taken).toBeGreaterThan(0)
  })

  it('is at home in the country that is configured', () => {
    const hongKong = { countryCode: '852', mobilePattern: '[569]\\d{7}' }
    for (const typed of [
      '51234567',
      '+85251234567',
      '85251234567',
      '0085251234567',
      '(+852) 5123-4567',
      '+852 (0)51234567',
    ]) {
      expect(readMobile(typed, hongKong), typed).toEqual({ mobile: '51234567', e164: '+85251234567' })
    }
    const british = { countryCode: '44', mobilePattern: '7\\d{9}' }
    for (const typed of ['07911 123456', '7911123456', '+44 (0)7911 123456', '+447911123456', '0044 7911 123456']) {
      expect(readMobile(typed, british), typed).toEqual({ mobile: '7911123456', e164: '+447911123456' })
    }
    for (const typed of ['+8613800138000', '8613800138000', '13800138000']) {
      expect(() => readMobile(typed, hongKong), typed).toThrow('uni-sms-code-mobile-invalid')
    }
  })

  it('has no second name in a pattern that is open to all countries, whatever a provider would make of it', () => {
    const open = { ...options, mobilePattern: '\\+?\\d{5,17}' }
    for (const other of ['8613800138000', '008613800138000', '013800138000', '+86013800138000']) {
      expect(readMobile(other, open), other).toEqual({ mobile: '13800138000', e164: '+8613800138000' })
    }
    for (const none of ['+013800138000', '86861380013800', '+86138001380001', '0008613800138000']) {
      expect(() => readMobile(none, open), none).toThrow('uni-sms-code-mobile-invalid')
    }
    expect(readMobile('+85261234567', open)).toEqual({ mobile: '+85261234567', e164: '+85261234567' })
    const kazakh = { ...open, countryCode: '7' }
    expect(readMobile('7012345678', kazakh)).toEqual({ mobile: '7012345678', e164: '+77012345678' })
  })

  it('from elsewhere keeps its country, and is refused where it is not accepted', () => {
    expect(readForeignMobile('13800138000', '86', options)).toEqual({ mobile: '13800138000', e164: '+8613800138000' })
    expect(() => readForeignMobile('61234567', '852', options)).toThrow('uni-sms-code-mobile-invalid')
    expect(() => readForeignMobile("'; --", '86', options)).toThrow('uni-sms-code-mobile-invalid')
  })
})

it('a keyed hash keeps apart what a joined text would mix up', () => {
  const key = Buffer.alloc(32, 7)
  expect(hashValues(key, 'sms', 'a', 'bc')).not.toBe(hashValues(key, 'sms', 'ab', 'c'))
  expect(hashValues(key, 'sms', 'a')).not.toBe(hashValues(Buffer.alloc(32, 8), 'sms', 'a'))
})

describe('a call by URL', () => {
  const info = (change: Partial<HttpInfo> = {}, headers: Record<string, string> = {}): HttpInfo => ({
    httpMethod: 'POST',
    body: '{}',
    ...change,
    headers: { 'Content-Type': 'application/json; charset=utf-8', Host: 'api.example', ...headers },
  })

  it('from the server’s own pages and from no page at all is let in', () => {
    const honest: Record<string, string>[] = [
      {},
      { Origin: 'https://api.example' },
      { origin: 'http://API.example', 'sec-fetch-site': 'same-origin' },
      // a proxy has put another name into Host
      { Origin: 'https://shop.example', 'Sec-Fetch-Site': 'same-origin' },
    ]
    for (const headers of honest) expect(findRefusal(info({}, headers), [])).toBeUndefined()
  })

  it.each([
    [{ httpMethod: 'GET' }, {}],
    [{ httpMethod: 'OPTIONS' }, {}],
    [{}, { 'Content-Type': 'text/plain' }],
    [{}, { 'Content-Type': 'application/x-www-form-urlencoded' }],
    [{}, { 'Content-Type': 'text/plain; application/json' }],
    [{}, { 'Content-Type': 'application/jsonp' }],
    [{}, { 'Content-Type': '' }],
    [{}, { Origin: 'https://evil.example' }],
    [{}, { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-site' }],
    [{}, { Origin: 'https://api.example.evil.example' }],
    [{}, { Origin: 'https://xapi.example' }],
    [{}, { Origin: 'null' }],
    [{}, { Origin: 'api.example' }],
    [{}, { 'Sec-Fetch-Site': 'cross-site' }],
    [{}, { 'SEC-FETCH-SITE': 'Cross-Site', Origin: 'https://api.example' }],
  ])('is refused otherwise: %j %j', (change, headers) => {
    expect(findRefusal(info(change, headers), ['https://listed.example'])).toEqual(expect.any(String))
  })

  it('from a listed origin is let in, if it is JSON', () => {
    const headers = { Origin: 'https://Listed.example', 'Sec-Fetch-Site': 'cross-site' }
    expect(findRefusal(info({}, headers), ['https://listed.example'])).toBeUndefined()
    const form = { ...headers, 'Content-Type': 'text/plain' }
    expect(findRefusal(info({}, form), ['https://listed.example'])).toBe('application/json only')
  })

  it('has a body that is one JSON object of honest size, or none', () => {
    expect(readBody(info({ body: '{"a":1}' }))).toEqual({ a: 1 })
    expect(readBody(info({ body: Buffer.from('{"a":1}').toString('base64'), isBase64Encoded: true }))).toEqual({ a: 1 })
    fc.assert(fc.property(fc.anything(), (body) => void readBody(info({ body: body as string }))))
    for (const body of ['', '[]', 'null', '"x"', '{', `{"a":"${'x'.repeat(5000)}"}`]) {
      expect(readBody(info({ body }))).toBeUndefined()
    }
  })
})
