import type { MutatedFile } from './mutation'
import { CAPTCHA, CLOUD } from './mutation'

const LIFE = ['test/contract/captcha/captcha.test.ts']
const CO = ['test/contract/captcha/uni-captcha-co.test.ts']
const TAP = ['test/contract/captcha/tap.test.ts']
const GUARD = ['test/contract/guard/guard.test.ts']

/** The life of a captcha, its options and picture, and who may ask for what. */
export const CAPTCHAS: readonly MutatedFile[] = [
  {
    file: `${CAPTCHA}/captcha/captcha.ts`,
    tests: LIFE,
    mutants: {
      'verify accepts a captcha that was voided': [
        "if (verdict !== 'ok') throw new CaptchaError(isVague",
        "if (verdict !== 'ok' && verdict !== 'voided') throw new CaptchaError(isVague",
      ],
      'verify accepts a wrong answer': [
        "if (verdict !== 'ok') throw new CaptchaError(isVague",
        "if (verdict !== 'ok' && verdict !== 'wrong') throw new CaptchaError(isVague",
      ],
      'the answer to create tells the answer': ['captchaBase64: `data:', 'text: answer, captchaBase64: `data:'],
      'a refresh forgets the options of the call': [
        '{ ...kept, ...pickOptions(call.params) }',
        '{ ...pickOptions(call.params) }',
      ],
      'the sweep takes what expired a moment ago': ['const before = now - SWEEP_AFTER_MS', 'const before = now'],
    },
  },
  {
    file: `${CAPTCHA}/call/request.ts`,
    tests: LIFE,
    mutants: {
      'a code id answers for a device of its name': ['`code:${id}`', '`device:${id}`'],
      'callers without a device share one captcha': [
        "if (deviceId === undefined) throw new CaptchaError('deviceIdRequired')",
        '',
      ],
      'control characters reach the store': ["if (name !== 'identity' && CONTROL.test(value))", 'if (false)'],
      'answers are compared with their case': [
        'return readTypedCaptcha(answer).toLowerCase()',
        'return readTypedCaptcha(answer)',
      ],
    },
  },
  {
    file: `${CAPTCHA}/captcha/challenge.ts`,
    tests: ['test/unit/challenge.test.ts'],
    mutants: {
      'a sum may be negative': ["operator === '-' && a < b", "operator === '-' && a > b"],
      'the number of characters to type tells the digits of the answer': [
        'String(largest).length',
        'String(answer).length',
      ],
    },
  },
  {
    file: `${CAPTCHA}/captcha/tap.ts`,
    tests: TAP,
    mutants: {
      'the hash of the cells has no key': ["createHmac('sha256', key)", "createHmac('sha256', '')"],
      'equal cells have equal hashes on every device': ['[kind, scene, subject, cells]', '[kind, scene, cells]'],
      'the points count in any order': ["isRight ? cells.join('')", "isRight ? cells.sort().join('')"],
      'a cell lies half a cell to the left': ['Math.floor(x / TAP_CELL_WIDTH)', 'Math.round(x / TAP_CELL_WIDTH)'],
      'what follows the fourth point is left out': ['){4})$/', '){4})/'],
    },
  },
  {
    file: `${CAPTCHA}/captcha/captcha.ts`,
    tests: TAP,
    mutants: {
      'a client that cannot tap gets a picture to tap on': [
        "if (isTap && own(call.params, 'canTap') !== true) throw",
        'if (false) throw',
      ],
      'the row tells the cells': ['tapKey ? toTapCode(tapKey, slot, answer) : answer', 'answer'],
    },
  },
  {
    file: `${CAPTCHA}/call/request.ts`,
    tests: TAP,
    mutants: {
      'a thousand points are no answer': ['if (TAPPED.test(typed)) return TOO_MANY_POINTS', ''],
    },
  },
  {
    file: `${CAPTCHA}/render/tap.ts`,
    tests: ['test/unit/render-tap.test.ts'],
    mutants: {
      'the strip shows a letter in the type face of the field': [
        'other + 1 + random.below(glyphs.length - 1)',
        'other',
      ],
      'no border runs through the letters of the field': [
        'addRegion(canvas, WAVES[random.below(WAVES.length)]!, box, random, STEEPEST_WAVE)',
        '',
      ],
    },
  },
  {
    file: `${CAPTCHA}/kit/random.ts`,
    tests: ['test/unit/challenge.test.ts'],
    mutants: {
      'some letters are likelier than others': ['if (value < limit) return', 'if (value <= limit) return'],
      'the same random bytes are given twice': ['pool = pool.subarray(count)', ''],
    },
  },
  {
    file: `${CAPTCHA}/config/options.ts`,
    tests: ['test/unit/options.test.ts'],
    mutants: {
      'a sum may be guessed five times': ['(options.mathExpr ? 1 : 5)', '(options.mathExpr ? 5 : 5)'],
      'a picture to tap on takes as many answers as the scene says': ["mode: 'png', maxAttempts: 1 }", "mode: 'png' }"],
      'the root weakens every scene': ["if (isInScenesOnly(name) && path === '') continue", ''],
      'the merged configuration holds the secret': ['return told\n', 'return merged\n'],
    },
  },
  {
    file: `${CAPTCHA}/kit/option-kinds.ts`,
    tests: ['test/unit/options.test.ts'],
    mutants: {
      'a number out of bounds is taken as it is': [
        'Math.min(row.max, Math.max(row.min, Math.round(number)))',
        'Math.round(number)',
      ],
      'a number one below its bound is allowed': [
        'Number.isInteger(number) && number >= row.min &&',
        'Number.isInteger(number) && number >= row.min - 1 &&',
      ],
    },
  },
  {
    file: `${CAPTCHA}/render/png.ts`,
    tests: ['test/unit/render-picture.test.ts'],
    only: 'a raster captcha',
    mutants: {
      'pictures share their memory': ['Buffer.from(out.subarray(0, at))', 'Buffer.from(out.buffer, 0, at)'],
      'a chunk of text rides along in each picture': [
        'at = startChunk(out, at, IEND)',
        'at = endChunk(out, startChunk(out, at, 0x74455874), at + 8)\n  at = startChunk(out, at, IEND)',
      ],
    },
  },
  {
    file: `${CAPTCHA}/render/index.ts`,
    tests: ['test/unit/render-picture.test.ts'],
    only: 'a raster captcha',
    mutants: {
      'no interference lines are drawn': ['addNoise(canvas, options.noise, pixelRatio, random)', ''],
      'no region changes ink and paper': ['if (kind) addRegion(canvas, kind, box, random)', ''],
    },
  },
  {
    file: `${CLOUD}/uni-captcha-co/index.obj.ts`,
    tests: CO,
    only: 'as TypeScript in the repository|another site',
    mutants: {
      'by URL any method of the cloud object can be called': [
        'byUrl ? methods && methods',
        'byUrl ? !methods || methods',
      ],
      'a picture by URL can be asked for with any verb': [
        'methods && methods.includes(this.getHttpInfo().httpMethod.toUpperCase())',
        'methods',
      ],
      'pages of any site show pictures on a visitor’s account': [
        'if (isForeignPicture(headers)) return foreignPictureResponse(headers)',
        '',
      ],
    },
  },
  {
    file: `${CLOUD}/uni-captcha-co/index.obj.ts`,
    tests: CO,
    only: 'a proof of work is for the device',
    mutants: {
      'a client says for which device and address it redeems a proof of work': [
        'proof.redeem({ scene, challenge, solutions, deviceId, clientIP, locale })',
        'proof.redeem({ scene, challenge, solutions, deviceId, clientIP, locale, ...params })',
      ],
    },
  },
  {
    file: `${CLOUD}/uni-captcha-co/index.obj.ts`,
    tests: ['test/unit/architecture.test.ts'],
    only: 'cloud objects',
    mutants: {
      'a cloud object has an endpoint that is not a function declaration': [
        'const SWEEP_MS = 8000',
        'const SWEEP_MS = 8000\nexport const sweepNow = () => uniCaptcha.sweep(SWEEP_MS)',
      ],
    },
  },
  {
    file: `${CLOUD}/uni-captcha-co/image-response.ts`,
    tests: CO,
    only: 'another site',
    mutants: {
      'imageOrigins lets in what begins like a listed origin': [
        'listed.includes(origin)',
        'listed.some((one: string) => origin.startsWith(one))',
      ],
      'imageOrigins lets in every subdomain': [
        'listed.includes(origin)',
        'listed.some((one: string) => origin.endsWith(one.slice(8)))',
      ],
      'pages of a sibling subdomain are own pages': [
        "site !== 'same-origin' && site !== 'none'",
        "site === 'cross-site'",
      ],
    },
  },
  {
    file: `${CAPTCHA}/guard/guard.ts`,
    tests: GUARD,
    mutants: {
      'wrong captchas cost an address nothing': [
        'if (!isPaidFor) await giveBackAll(counters, unpaid)',
        'await giveBackAll(counters, unpaid)',
      ],
      'a success does not clear the device': ['counters.clear(deviceBucket(caller, options).key),', ''],
      'an identity that strangers have filled is freed by a success': [
        'count > 0 && count < identity.hard',
        'count > 0',
      ],
      'being asked for a captcha counts as a failure': [
        'await giveBack()\n      throw demand()\n    }\n    const unpaid',
        'throw demand()\n    }\n    const unpaid',
      ],
      'a captcha that is not needed is used up': ['if (!isAsked()) return\n', ''],
    },
  },
  {
    file: `${CAPTCHA}/limits/refusals.ts`,
    tests: ['test/unit/refusals.test.ts'],
    mutants: {
      'a refusal is remembered for as long as it lasts': [
        'Math.min(bucket.retryAfterMs, MAX_REMEMBER_MS)',
        'bucket.retryAfterMs',
      ],
      'the memory of refusals grows without end': ['if (known.size >= MAX_KEYS) known.clear()', ''],
      'what is within its limit is remembered as refused': ['if (bucket.count <= bucket.hard) continue', ''],
    },
  },
  {
    file: `${CAPTCHA}/network/address.ts`,
    tests: ['test/unit/address.test.ts'],
    mutants: {
      'each address of an IPv6 line is counted apart': ['toName(4)}::/64', 'toName(8)}::/64'],
      'all of IPv4 behind a translator is one caller': [
        '.includes(bytes.slice(0, BYTES_BEFORE_IPV4).join())',
        '[0] === bytes.slice(0, BYTES_BEFORE_IPV4).join()',
      ],
    },
  },
  {
    file: `${CAPTCHA}/statistics/counting.ts`,
    tests: ['test/unit/statistics.test.ts'],
    mutants: {
      'scenes that clients make up are counted by name without end': ['taken.size >= MAX_UNNAMED_SCENES || ', ''],
      'counts that wait take memory without end': ['rows.size >= MAX_ROWS', 'rows.size >= Infinity'],
      'statistics that are switched off are counted': ['if (!isOn(config)) return place\n', ''],
      'a solving time lies above the bound that it does not exceed': ['ms <= bound * 1000', 'ms < bound * 1000'],
    },
  },
  {
    file: `${CAPTCHA}/statistics/statistics.ts`,
    tests: ['test/unit/statistics.test.ts'],
    mutants: {
      'counts that could not be written are lost': ['counting.putBack(failed)', ''],
      'a store that does not answer keeps a captcha waiting': ['withinTime(flush(), FLUSH_TIMEOUT_MS)', 'flush()'],
    },
  },
  {
    file: `${CAPTCHA}/kit/values.ts`,
    tests: ['test/unit/options.test.ts', 'test/unit/limit-options.test.ts'],
    mutants: {
      'a scene is read from what every object has': [
        'Object.prototype.hasOwnProperty.call(values, key) ? values[key] : undefined',
        'values[key]',
      ],
    },
  },
  {
    file: `${CAPTCHA}/proof/proof.ts`,
    tests: ['test/contract/captcha/proof.test.ts'],
    mutants: {
      'a challenge is redeemed by any device, in any scene': [' || challenge.holder !== toHolder(call)', ''],
      'a challenge never ends': [' || challenge.expiresAt <= now', ''],
    },
  },
]
