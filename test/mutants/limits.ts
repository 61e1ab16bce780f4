import type { MutatedFile } from './mutation'
import { CAPTCHA } from './mutation'

const LIMITS = ['test/contract/guard/address-limits.test.ts']
const TALLIES = ['test/contract/store/stores.test.ts']

/** What networks may do: rules, limits of addresses, tallies, and who is refused. */
export const NETWORK_LIMITS: readonly MutatedFile[] = [
  {
    file: `${CAPTCHA}/limits/rules.ts`,
    tests: ['test/unit/rules.test.ts'],
    mutants: {
      'a rule for a larger network wins over one for a smaller': ['other.bits - one.bits', 'one.bits - other.bits'],
      'a rule never ends': ['now < untilMs', 'true'],
    },
  },
  {
    file: `${CAPTCHA}/limits/rules.ts`,
    tests: ['test/contract/guard/rules.test.ts'],
    mutants: {
      'a network that is denied gets calls and pictures': ["if (action === 'deny') throw", 'if (false) throw'],
      'a network that is allowed is counted and asked': ["action === 'allow' ? allowed", 'false ? allowed'],
      'a network that always has to be asked is asked like others': [
        "run(call, action === 'captcha')",
        'run(call, false)',
      ],
    },
  },
  {
    file: `${CAPTCHA}/limits/address-limits.ts`,
    tests: LIMITS,
    mutants: {
      'an address passes without end': ['if (count <= limit.hard) continue', 'if (count <= Infinity) continue'],
      'a network that the rules allow has to work': ['isAllowed ? NO_WORK : resolveWork', 'resolveWork'],
      'a full network costs the store a write for each of its calls': [
        'rememberFull(stores.counters, { ...toBucket(limit, name), count, retryAfterMs }, deps.now)',
        '',
      ],
      'pictures are harder from the soft limit on, not from half of it': [
        'harder: (soft * times) / 2',
        'harder: soft * times',
      ],
      'a whole IPv4 /24 has the limits of one address': ["'/24': limits['times.24']", "'/24': 1"],
      'wrong sums are counted as wrong letters alone': ['...(isSum ? [limit(', '...(false ? [limit('],
    },
  },
  {
    file: `${CAPTCHA}/captcha/captcha.ts`,
    tests: LIMITS,
    only: 'guesses blindly',
    mutants: {
      'a wrong answer costs its address nothing': [
        "return verdict === 'wrong' ? notPassed : { ...notPassed, ...notWrong }",
        'return { ...notPassed, ...notWrong }',
      ],
    },
  },
  {
    file: `${CAPTCHA}/store/tally.ts`,
    tests: TALLIES,
    only: 'on the embedded database the counters',
    mutants: {
      'counts of an hour are forgotten with their minute': ['past: toPast(seen, minute)', 'past: []'],
      'what was paid in a minute that is over is given back': ['.filter(([, count]) => count > 0)', ''],
      'a clock that is behind starts the minute of another one anew': [
        'present = isAhead ? seen.minute : minute',
        'present = minute',
      ],
    },
  },
  {
    file: `${CAPTCHA}/statistics/refused-callers.ts`,
    tests: ['test/unit/statistics.test.ts'],
    only: 'who is refused',
    mutants: {
      'callers that change their address fill every place': ['!place || count < place.refusals', '!place'],
      'the least refused come first': ['other - one)', 'one - other)'],
      'each address of an IPv4 network has a place of its own': [
        '.slice(1, 4).map(Number)',
        '.slice(2, 5).map(Number)',
      ],
    },
  },
]
