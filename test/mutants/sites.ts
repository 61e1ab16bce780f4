import type { MutatedFile } from './mutation'
import { CAPTCHA } from './mutation'

const SITES = ['test/contract/sites/sites.test.ts']
const ADDRESSES = ['test/contract/sites/address-limits.test.ts']

/** Sites: challenges, tokens, siteverify; and the proof of work in place of a picture. */
export const SITE_TOKENS: readonly MutatedFile[] = [
  {
    file: `${CAPTCHA}/sites/siteverify.ts`,
    tests: SITES,
    only: 'a site on the embedded database',
    mutants: {
      'a token passes for any site': ['!row || key !== site.key ||', '!row ||'],
      'a token passes from any network': ['networkOf(remoteip) !== network', 'false'],
      'any secret is that of a site': ['if (timingSafeEqual(Buffer.from(hash), given)) found', 'found'],
      'secrets are guessed without end': ['if (cost > 0 && count > MAX_WRONG_SECRETS) {', 'if (false) {'],
      'a repeated call is answered as the first for ever': [' && Math.abs(now - Number(at)) < SAME_ANSWER_MS', ''],
      'a token passes again and again': ["if (verdict !== 'ok' && (await", 'if (false && (await'],
    },
  },
  {
    file: `${CAPTCHA}/sites/siteverify.ts`,
    tests: ADDRESSES,
    only: 'siteverify with scene and device',
    mutants: {
      'the key of one answer is a pass for another answer': ['given.key, given.response)', 'given.key)'],
    },
  },
  {
    file: `${CAPTCHA}/sites/challenge.ts`,
    tests: SITES,
    only: 'a site on the embedded database',
    mutants: {
      'pages of any host use a site': ['!allowsHost(site, hostname)', 'false'],
      'a site uses any scene': ['!site.scenes.includes(scene)', 'false'],
      'a challenge is answered on any page of the site': ['[id, siteKey, hostname]', '[id, siteKey]'],
      'a site that asks when needed never asks': ['return false\n      throw error', 'return true\n      throw error'],
    },
  },
  {
    file: `${CAPTCHA}/sites/token.ts`,
    tests: SITES,
    only: 'a site on the embedded database',
    mutants: {
      'a token lives a thousand times as long': ['site.tokenSeconds * 1000', 'site.tokenSeconds * 1_000_000'],
    },
  },
  {
    file: `${CAPTCHA}/config/site-options.ts`,
    tests: ['test/unit/site-options.test.ts'],
    mutants: {
      '*.example.com lets evilexample.com in': ['hostname.endsWith(host.slice(1))', 'hostname.endsWith(host.slice(2))'],
      'a secret in plain text is a hash': ['isItem: (one) => SECRET_HASH.test(one)', 'isItem: () => true'],
      'a mistake in a secret repeats it': [
        "badConfig(`sites.${key}.secrets`, '••••••••', SITE.secrets.allowed)",
        'error',
      ],
    },
  },
  {
    file: `${CAPTCHA}/proof/proof-check.ts`,
    tests: ['test/contract/captcha/proof.test.ts'],
    only: 'redeeming',
    mutants: {
      'any number solves a puzzle': ['if (key.readUInt32BE(0) >= target) return false', ''],
      'one solution is that of all puzzles': ['solutions.entries()', 'solutions.map((one) => [0, one] as const)'],
    },
  },
]
