// The rules that are written in TypeScript and, for uni-app x, in UTS: one table of cases for both. UTS runs in a browser.
import { pbkdf2Sync } from 'node:crypto'
import { join } from 'node:path'

import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { computed, ref, shallowRef } from 'vue'

import { host, useBrowserAndHost, visitor } from '../../e2e/support/setting'
import { root } from '../../support/host'
import {
  isClockRefused,
  readAnswer,
  readFace,
  readFailure,
  readToken,
} from '../../../uni_modules/uni-captcha/components/uni-captcha/answer'
import { afterKey, toTapAnswer, type TapLayout } from '../../../uni_modules/uni-captcha/components/uni-captcha/tap'
import { useMessages } from '../../../uni_modules/uni-captcha/components/uni-captcha/use-messages'
import { readChallenge } from '../../../uni_modules/uni-captcha/components/uni-captcha/use-proof'
import { textsFor } from '../../../uni_modules/uni-captcha/components/uni-captcha/use-texts'
import { readTypedCaptcha } from '../../../uni_modules/uni-captcha/js_sdk/typed-text'
import { readCode, readMobile } from '../../../uni_modules/uni-sms-code/components/uni-sms-code/fields'
import { buildX } from './support/project'

type Fields = Record<string, unknown>
type Case = [rule: string, given: Fields]

beforeAll(() => buildX('h5'))
useBrowserAndHost([], { STATIC_DIR: join(root, 'dist/targets/x/h5/dist/build/h5') })
beforeEach(async () => {
  await visitor.page.addInitScript(() => localStorage.setItem('UNI_LOCALE', 'en'))
  await visitor.page.goto(`${host.url}/#/pages/table/table`)
  await visitor.page.locator('.result').filter({ hasText: 'ready' }).waitFor()
})

interface TablePage {
  runTable: (cases: string) => string
  settleCall: (wrong: string) => Promise<string>
  guardTwice: () => Promise<string[]>
  solveInSlices: (challenge: string) => Promise<number[] | null>
}

async function inUts(cases: Case[]): Promise<unknown[]> {
  const text = await visitor.page.evaluate(
    (given) => (window as unknown as TablePage).runTable(given),
    JSON.stringify(cases),
  )
  return JSON.parse(text) as unknown[]
}

/** The same rules in TypeScript, in the form in which UTS answers. */
const RULES: Record<string, (given: Fields) => unknown> = {
  picture: (given) => {
    const picture = readAnswer(given)
    if (!picture) return null
    return { ...picture, tap: picture.tap ?? null, work: typeof picture.work === 'object' ? picture.work : null }
  },
  token: (given) => readToken(given) ?? null,
  challenge: (given) => {
    try {
      return readChallenge(given)
    } catch {
      return null
    }
  },
  language: ({ tag }) => {
    const { label, placeholder } = textsFor(String(tag))
    return label === 'Captcha' ? 'en' : placeholder === '請輸入驗證碼' ? 'zh-hant' : 'zh-hans'
  },
  tapped: (given) => {
    const layout = given['layout'] as TapLayout
    const keys = given['keys'] as string[]
    const cells = keys.reduce<readonly number[]>((tapped, key) => afterKey(layout, tapped, key), [])
    return { cells, answer: toTapAnswer(layout, cells) }
  },
  face: (given) => readFace(given),
  typed: ({ text }) => readTypedCaptcha(String(text)),
  number: ({ text, countryCode, pattern }) => {
    const accepts = (number: string) => new RegExp(String(pattern)).test(number)
    return readMobile(String(text), { countryCode: String(countryCode), accepts })
  },
  code: ({ text }) => readCode(String(text), 6),
  failure: ({ code, message, detail }) => {
    const error = { errCode: code, errMsg: message, detail }
    const { errCode = '', words = '', waitS = 0 } = readFailure(error) ?? {}
    return { errCode, words, waitS, isClock: isClockRefused(error) }
  },
  words: (given) => {
    const error = (failure: unknown) => {
      const { errCode, words, isClock } = Object(failure) as { errCode: string; words: string; isClock: boolean }
      return failure === null ? undefined : { errCode, errMsg: isClock ? 'timestamp expired' : words }
    }
    const { notice, words, announcement, proofWords } = useMessages(
      {
        phase: ref(given['phase']),
        failure: shallowRef(error(given['failure'])),
        wait: shallowRef({ toldS: given['toldS'], leftS: given['leftS'] }),
        shown: ref(given['shown']),
        isReplaced: ref(given['isReplaced']),
      } as unknown as Parameters<typeof useMessages>[0],
      {
        proof: {
          phase: ref(given['proofPhase']),
          failure: shallowRef(error(given['proofFailure'])),
          leftS: ref(given['proofLeftS']),
        },
        work: { isAwaited: ref(given['isWorkAwaited']), leftS: ref(given['workLeftS']) },
        answer: { isSending: ref(given['isSending']), failure: shallowRef(error(given['answerFailure'])) },
        face: computed(() => given['face']),
      } as unknown as Parameters<typeof useMessages>[1],
      computed(() => textsFor('en')),
      () => given['isOffline'] === true,
    )
    return {
      notice: notice.value,
      words: words.value,
      announcement: announcement.value,
      proofWords: proofWords.value,
    }
  },
}

const SRC = 'data:image/png;base64,AA=='
const LAYOUT: TapLayout = { columns: 4, rows: 2, count: 4, top: 50, width: 300, height: 200 }
const layouts: unknown[] = [
  LAYOUT,
  { ...LAYOUT, columns: 3, rows: 3, count: 9 },
  { ...LAYOUT, columns: 5 },
  { ...LAYOUT, rows: 3 },
  { ...LAYOUT, columns: 0 },
  { ...LAYOUT, columns: 1.5 },
  { ...LAYOUT, columns: '4' },
  { ...LAYOUT, count: 9 },
  { ...LAYOUT, count: 0 },
  { ...LAYOUT, top: -1 },
  { ...LAYOUT, top: 197 },
  { ...LAYOUT, top: 196 },
  { ...LAYOUT, width: 7 },
  { ...LAYOUT, width: 8 },
  { ...LAYOUT, height: 2001 },
  {},
  [],
  null,
  'here',
  7,
]
const tapped: Fields[] = [
  { layout: LAYOUT, keys: ['1', '5', '8', '3'] },
  { layout: LAYOUT, keys: ['1', '1', '9', '0', 'a', '12', 'Backspace', 'Backspace', '4', '3', '2', '1', '5'] },
  { layout: { ...LAYOUT, columns: 3, rows: 3, count: 9, width: 301, height: 211 }, keys: Array.from('987654321') },
  { layout: { ...LAYOUT, columns: 7, rows: 1, count: 1, top: 0 }, keys: ['7', '6'] },
]
const faces: Fields[] = [{}, { detail: null }, { detail: 'slide' }].concat(
  ['auto', 'button', 'slide', 'swipe', 1].map((face) => ({ detail: { face } })) as never[],
)
const answers: Fields[] = [
  ...layouts.map((tap) => ({ captchaBase64: SRC, tap })),
  {},
  { captchaBase64: 1 },
  { captchaBase64: 'https://elsewhere.example/a.png' },
  { captchaBase64: SRC },
  { captchaBase64: SRC, width: 200, height: 60, maxLength: 5, expiresIn: 180, kind: 'sum', alternative: 'pow' },
  { captchaBase64: SRC, width: 0, height: 2001, maxLength: 65, expiresIn: -1, kind: 'sums', alternative: 'x' },
  { captchaBase64: SRC, width: '150', height: null, maxLength: 4.9, expiresIn: 1e12, id: 7 },
  { captchaBase64: SRC, id: 'a', expiresIn: 0, work: { challenge: 'a.b' } },
  { captchaBase64: SRC, work: 'later' },
]
const tokens: Fields[] = [
  {},
  { captcha: 'pow1', expiresIn: 60 },
  { captcha: '', expiresIn: 60 },
  { captcha: 'pow1', expiresIn: 0 },
  { captcha: 'pow1', expiresIn: -1 },
  { captcha: 'pow1', expiresIn: '60' },
  { captcha: 1, expiresIn: 60 },
  { captcha: 'pow1', expiresIn: 1e9 },
]
const challenges: Fields[] = [
  {},
  { challenge: 'a.b', puzzles: 1, iterations: 1, target: 1 },
  { challenge: 'a.b', puzzles: 256, iterations: 1_000_000, target: 2 ** 32 },
  { challenge: 'a.b', puzzles: 257, iterations: 1, target: 1 },
  { challenge: 'a.b', puzzles: 0, iterations: 1, target: 1 },
  { challenge: 'a.b', puzzles: 1, iterations: 1_000_001, target: 1 },
  { challenge: 'a.b', puzzles: 1, iterations: 1, target: 2 ** 32 + 1 },
  { challenge: 1, puzzles: 1, iterations: 1, target: 1 },
]
const errors: Fields[] = [
  { code: '', message: '', detail: null },
  { code: 'uni-captcha-verify-fail', message: '验证码错误', detail: null },
  { code: 'uni-captcha-too-many-requests', message: 'm', detail: { retryAfter: 1.2 } },
  { code: 'uni-captcha-too-many-requests', message: 'm', detail: { retryAfter: -1 } },
  { code: 'uni-captcha-too-many-requests', message: 'm', detail: { retryAfter: 86_401 } },
  { code: 'uni-captcha-too-many-requests', message: 'm', detail: { retryAfter: '5' } },
  { code: 'uni-captcha-too-many-requests', message: 'm', detail: [1] },
  { code: 'SYS_ERR', message: 'request:fail', detail: { retryAfter: 5 } },
  { code: 'InvalidParameter', message: 'timestamp expired', detail: null },
  { code: 'RequestTimeTooSkewed', message: '', detail: null },
  { code: 'x', message: 'signature has expired', detail: null },
  { code: 'uni-captcha-proof-late', message: 'timestamp', detail: null },
]
const tags = [
  '',
  'en',
  'en-gb',
  'eno',
  'zh',
  'zh-cn',
  'zh-tw',
  'zh-hk',
  'zh-mo',
  'zh-hant-tw',
  'zh-hans-hk',
  'zh-twi',
  'fr',
]
const typed = ['', 'abcd', ' a b c d ', 'ＡＢｃｄ', '１２３', 'ab\u3000cd', 'a\u200bb', '－5', 'x'.repeat(1200)]
const MAINLAND = { countryCode: '86', pattern: '^1\\d{10}$' }
const BRITAIN = { countryCode: '44', pattern: '^7\\d{9}$' }
const ANYWHERE = { countryCode: '86', pattern: '^\\+\\d+$' }
const numbers: Fields[] = [
  ...[
    '',
    '1',
    '138 0013-8000',
    '１３８００１３８０００',
    '+86 138 0013 8000',
    '＋８６１３８００１３８０００',
    '008613800138000',
  ]
    .concat([
      '8613800138000',
      '013800138000',
      '+86 013800138000',
      '(+86) 13800138000',
      '+861380013800',
      '+86（0）13800138000',
    ])
    .map((text) => ({ text, ...MAINLAND })),
  ...['+44 (0)7911 123456', '+44 ( 0 ) 7911 123456', '0044 (0)7911 123456', '07911 123456', '4407911123456']
    .concat(['(0)7911 123456', '+4407911123456', '7911123456', '791112345', '00791112345'])
    .map((text) => ({ text, ...BRITAIN })),
  ...['13800138000', '0044 7911 123456', '+447911123456', '+86123'].map((text) => ({ text, ...ANYWHERE })),
]
const codes = ['', '12', '123456', '１２３４５６', '123 456', '123-456', '12 34 56', '1234567', '123  456']
  .concat([
    '【某某】验证码：654321，5 分钟内有效',
    'Your code is 123 456, valid for 5 minutes',
    '12 - 3456',
    '5 123456',
    'x１２３　４５６',
  ])
  .map((text) => ({ text }))

const OURS = { errCode: 'uni-captcha-create-fail', words: 'own words', waitS: 0, isClock: false }
const CLOCK = { errCode: '', words: '', waitS: 0, isClock: true }
const NETWORK = { errCode: '', words: '', waitS: 0, isClock: false }
const STILL = {
  phase: 'ready',
  failure: null as unknown,
  toldS: 0,
  leftS: 0,
  shown: 1,
  isReplaced: false,
  isOffline: false,
  proofPhase: 'idle',
  proofFailure: null as unknown,
  proofLeftS: 0,
  face: 'auto',
  isWorkAwaited: false,
  workLeftS: 0,
  isSending: false,
  answerFailure: null as unknown,
}

/** Every way in which some of the fields can be together. */
function* combinations(choices: Fields): Generator<Fields> {
  const [first, ...others] = Object.entries(choices) as [string, unknown[]][]
  if (!first) return void (yield {})
  for (const value of first[1]) {
    for (const rest of combinations(Object.fromEntries(others))) yield { [first[0]]: value, ...rest }
  }
}

const states: Fields[] = [
  ...combinations({
    phase: ['idle', 'loading', 'ready', 'expired', 'failed'],
    failure: [OURS, CLOCK, NETWORK],
    toldS: [0, 9],
    leftS: [0, 4],
    shown: [1, 2],
    isReplaced: [false, true],
    isOffline: [false, true],
    answerFailure: [null, OURS, NETWORK],
  }),
  ...combinations({ isSending: [false, true], isWorkAwaited: [false, true], workLeftS: [0, 2, 3] }),
  ...combinations({
    proofPhase: ['working', 'done', 'late', 'failed'],
    proofFailure: [OURS, CLOCK, NETWORK],
    proofLeftS: [0, 2, 3, 60],
  }),
  ...combinations({ proofPhase: ['offered', 'working'], face: ['auto', 'button', 'slide'] }),
].map((fields) => ({ ...STILL, ...fields }))

describe('a rule that is written for uni-app x, too', () => {
  test.each([
    ['picture', answers],
    ['token', tokens],
    ['challenge', challenges],
    ['failure', errors],
    ['tapped', tapped],
    ['face', faces],
    ['language', tags.map((tag) => ({ tag }))],
    ['typed', typed.map((text) => ({ text }))],
    ['number', numbers],
    ['code', codes],
    ['words', states],
  ] as [string, Fields[]][])('says of each %s what the one in TypeScript says', async (rule, given) => {
    const found = await inUts(given.map((fields) => [rule, fields]))
    expect(found).toEqual(given.map((fields) => RULES[rule]!(fields)))
  })
})

test.each(['throws', 'has nothing to call', 'rejects with a text', 'answers null', 'answers a text'])(
  'a call that %s ends in a failure without a code',
  async (wrong) => {
    const settled = await visitor.page.evaluate((how) => (window as unknown as TablePage).settleCall(how), wrong)
    expect(JSON.parse(settled)).toEqual([null, ''])
  },
)

test('a guarded call whose popup cannot be found rejects, and the next one is not kept waiting', async () => {
  const told = await visitor.page.evaluate(() => (window as unknown as TablePage).guardTwice())
  expect(told).toEqual(['the page has gone', 'uni-captcha-required'])
})

test('the engine of apps solves what Node says is solved', async () => {
  const challenge = { challenge: 'payload.a-signature-of-43-characters-0123456789abcdef', puzzles: 3, iterations: 5 }
  const target = 2 ** 28
  const solutions = await visitor.page.evaluate(
    (given) => (window as unknown as TablePage).solveInSlices(given),
    JSON.stringify({ ...challenge, target }),
  )
  expect(solutions).toHaveLength(3)
  const password = challenge.challenge.slice('payload.'.length)
  const first = solutions!.map((solution, index) => {
    const salt = Buffer.alloc(8)
    salt.writeUInt32BE(index)
    salt.writeUInt32BE(solution, 4)
    return pbkdf2Sync(password, salt, challenge.iterations, 32, 'sha256').readUInt32BE()
  })
  for (const word of first) expect(word).toBeLessThan(target)
})
