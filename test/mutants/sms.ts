import type { MutatedFile } from './mutation'
import { SMS, SMS_CLOUD } from './mutation'

const SEND = ['test/contract/sms/send.test.ts']
const TICKETS = ['test/contract/sms/tickets.test.ts']

/** Codes by SMS: what is reserved, sent, verified and redeemed. */
export const SMS_CODES: readonly MutatedFile[] = [
  {
    file: `${SMS}/send/send-through.ts`,
    tests: SEND,
    only: 'a message|limits',
    mutants: {
      'refused calls use up the address': ["if ('errCode' in result) await giveBack()\n", ''],
    },
  },
  {
    file: `${SMS}/send/own-code.ts`,
    tests: ['test/contract/sms/own-code.test.ts'],
    mutants: {
      'a code of the caller that may have been sent is thrown away': [
        "  if ('errCode' in handedIn) return handedIn\n",
        "  if ('errCode' in handedIn) return handedIn\n  if (handedIn.mayHaveFailed) throw new Error()\n",
      ],
    },
  },
  {
    file: `${SMS}/send/deliver.ts`,
    tests: ['test/contract/sms/provider-outcomes.test.ts'],
    mutants: {
      'a refusal leaves the number waiting': ['await releaseCooldown()\n', ''],
      'the code of a message that went out never verifies': ['await activate()', ''],
      'a message whose fate is unknown is told as sent': [
        "outcome.kind === 'unknown' }",
        "outcome.kind === 'refused' }",
      ],
    },
  },
  {
    file: `${SMS}/send/reserve.ts`,
    tests: SEND,
    only: 'limits|concurrency',
    mutants: {
      'a number gets messages without a pause': ['if (token === undefined) throw', 'if (false) throw'],
      'limits of numbers and devices are looked at and never paid': ['await takeAll(counters, buckets)', '[]'],
    },
  },
  {
    file: `${SMS}/send/send.ts`,
    tests: SEND,
    only: 'a message|limits',
    mutants: {
      'messages go out without a captcha': ["options.captcha === 'always' || ", ''],
      'an address is not asked for a captcha however much it sends': [" || sentToNetwork > limits['ip.soft']", ''],
      'a wrong captcha is let through': ['if (refusal) return refusal\n', ''],
      'a registered number is sent a message all the same': [
        "throw new SmsCodeError(channel === 'email' ? 'emailRegistered' : 'mobileRegistered')",
        'progress.captchaSpent = true',
      ],
    },
  },
  {
    file: `${SMS}/codes/buckets.ts`,
    tests: SEND,
    only: 'limits',
    mutants: {
      'one more message than the limit goes out': ['count + more > limit)', 'count + more > limit + 1)'],
      'a scene has no daily budget': ['limit: limits.budget }', 'limit: Infinity }'],
    },
  },
  {
    file: `${SMS}/codes/verify.ts`,
    tests: SEND,
    only: 'guessing|a message',
    mutants: {
      'an address guesses codes without end': ['await takeAll(counters, wrong)', ''],
      'an old code counts as a guess': [
        "const GUESSES: Verdict[] = ['wrong',",
        "const GUESSES: Verdict[] = ['wrong', 'replaced',",
      ],
      'any six digits verify': ["if (verdict !== 'ok') throw new SmsCodeError('verifyFail')", ''],
      'strangers use up the attempts of the device that asked': ['deps.now(), toHolder(key, deviceId))', 'deps.now())'],
    },
  },
  {
    file: `${SMS}/codes/tickets.ts`,
    tests: TICKETS,
    only: 'a ticket|what is stored',
    mutants: {
      'a ticket is redeemed again and again': [
        "if (verdict !== 'ok') throw new SmsCodeError('ticketInvalid')",
        "if (verdict !== 'ok' && verdict !== 'used') throw new SmsCodeError('ticketInvalid')",
      ],
      'the first half of a ticket proves the number': [
        "if (verdict !== 'ok') throw new SmsCodeError('ticketInvalid')",
        "if (verdict !== 'ok' && verdict !== 'wrong') throw new SmsCodeError('ticketInvalid')",
      ],
      'tickets never end': ['at + expiresInSeconds * 1000', 'at + expiresInSeconds * 1_000_000'],
      'a ticket lies in the store as it is': ["code: hashValues(key, 'ticket', scene, ticket)", 'code: ticket'],
    },
  },
  {
    file: `${SMS}/codes/keys.ts`,
    tests: ['test/unit/sms-options.test.ts', 'test/unit/sms-values.test.ts'],
    mutants: {
      'a short secret is enough': ['secret.length < MIN_SECRET_LENGTH', 'secret.length < 1'],
      'hashes of joined values mix them up': ['JSON.stringify(values)', "values.join('')"],
    },
  },
  {
    file: `${SMS_CLOUD}/uni-sms-code-co/http-request.ts`,
    tests: ['test/unit/sms-values.test.ts'],
    only: 'a call by URL',
    mutants: {
      'codes are sent for a GET, which an image can make': ["toUpperCase() !== 'POST'", "toUpperCase() === ''"],
      'a form of another site sends codes': ["if (site === 'cross-site') return 'not from another site'", ''],
      'a body of any size is parsed': ['|| body.length > MAX_BODY_CHARACTERS', ''],
    },
  },
  {
    file: `${SMS_CLOUD}/uni-sms-code-co/index.obj.ts`,
    tests: ['test/contract/sms/uni-sms-code-co.test.ts'],
    only: 'as TypeScript in the repository',
    mutants: {
      'by URL every method of SMS codes can be called': [
        'if (byUrl !== URL_METHODS.includes(this.getMethodName())) {',
        'if (false) {',
      ],
    },
  },
]
