import type { MutatedFile } from './mutation'
import { CAPTCHA } from './mutation'

const STORE = `${CAPTCHA}/store`
const EMBEDDED = ['test/contract/store/stores.test.ts']
const REDIS = ['test/contract/redis/stores.test.ts']
const onRedis = (suite: string) => `on one server ${suite}`

/** What keeps codes, counts, claims and statistics, on either driver. */
export const STORES: readonly MutatedFile[] = [
  {
    file: `${STORE}/database.ts`,
    tests: EMBEDDED,
    only: 'on the embedded database the code store',
    mutants: {
      'on the database a right answer passes again and again': [
        "claimant === '' ? { state: USED }",
        "claimant === '' ? { state: PENDING }",
      ],
      'on the database any answer passes': [', code: answer }', ' }'],
      'on the database a right answer that lost against another one is called wrong': [
        'if (row.code === answer) return',
        'if (row.code === claimant) return',
      ],
      'on the database attempts cost nothing': ['.inc(1)', '.inc(0)'],
      'on the database a code holds a millisecond past its expiry': [
        'row.expired_date <= now ||',
        'row.expired_date < now ||',
      ],
      'on the database guesses that arrive together are worth more than the attempts': [
        '.lt(row.max_attempts)',
        '.lt(1e9)',
      ],
      'on the database a reservation is activated by any id': ['issue_id: reservation, state: VOID', 'state: VOID'],
      'on the database a reserved code verifies before its message is out': [
        'put(slot, code, VOID).catch(fail)',
        'put(slot, code, PENDING).catch(fail)',
      ],
      'on the database a captcha of one scene answers for another': [
        'return hashId(kind, scene, subject)',
        'return hashId(kind, subject)',
      ],
      'on the database strangers use up the attempts of the holder': [
        "row.holder === holder ? 'attempts' : 'other_attempts'",
        "row.holder === holder ? 'attempts' : 'attempts'",
      ],
    },
  },
  {
    file: `${STORE}/lua/code-consume-1.ts`,
    tests: REDIS,
    only: onRedis('the code store'),
    mutants: {
      'on Redis a right answer passes again and again': [
        "if isRight then\n  state = '1'",
        "if isRight then\n  state = '0'",
      ],
      'on Redis attempts cost nothing': ['attempts = attempts + 1', 'attempts = attempts + 0'],
      'on Redis a code holds a millisecond past its expiry': [
        'if tonumber(row[5]) <= tonumber(ARGV[2])',
        'if tonumber(row[5]) < tonumber(ARGV[2])',
      ],
      'on Redis a right answer passes after the attempts are used up': [
        'if attempts >= most then return',
        'if attempts > most then return',
      ],
      'on Redis a reserved code verifies before its message is out': [
        "if state ~= '0' then return answer(isFormer and 'replaced' or 'voided') end\n",
        '',
      ],
    },
  },
  {
    file: `${STORE}/lua/code-activate-1.ts`,
    tests: REDIS,
    only: onRedis('the code store'),
    mutants: {
      'on Redis a reservation is activated by any id': ["row[1] ~= ARGV[1] or row[2] ~= '2'", "row[2] ~= '2'"],
    },
  },
  {
    file: `${STORE}/lua/once-claim-1.ts`,
    tests: REDIS,
    only: onRedis('claims'),
    mutants: {
      'on Redis a claim is given to all who ask': ['then return 0 end', 'then return 1 end'],
    },
  },
  {
    file: `${STORE}/lua/once-release-1.ts`,
    tests: REDIS,
    only: onRedis('claims'),
    mutants: {
      'on Redis a late release frees the claim of the next': [
        " or string.match(held, '^%d+ %d+ (.+)$') ~= ARGV[1]",
        '',
      ],
    },
  },
  {
    file: `${STORE}/lua/counter-hit-1.ts`,
    tests: REDIS,
    only: onRedis('the counters'),
    mutants: {
      'on Redis what is given back of another window becomes an allowance': [
        'elseif cost < 0 and window == present and count + cost >= 0 then',
        'elseif cost < 0 and count + cost >= 0 then',
      ],
      'on Redis a new window forgets the one before': [
        'previous = window == present - 1 and count or 0',
        'previous = 0',
      ],
    },
  },
  {
    file: `${STORE}/lazy.ts`,
    tests: REDIS,
    only: onRedis('the code store'),
    mutants: {
      'a method is missing among those of the stores that are loaded late': ['activate: true, ', ''],
    },
  },
  {
    file: `${STORE}/lazy.ts`,
    tests: ['test/unit/lazy-stores.test.ts'],
    mutants: {
      'stores that could not be loaded once are never loaded again': ['    loading = undefined\n', ''],
    },
  },
  {
    file: `${STORE}/database-once.ts`,
    tests: EMBEDDED,
    only: 'on the embedded database claims',
    mutants: {
      'on the database a claim that is held is given to the next': ['.lte(at)', '.lte(at + 1e12)'],
      'on the database a claim ends a millisecond late': ['.lte(at)', '.lte(at - 1)'],
      'on the database a late release frees the claim of the next': [
        '_id: toId(nonce), holder }',
        '_id: toId(nonce) }',
      ],
    },
  },
  {
    file: `${STORE}/database-counters.ts`,
    tests: EMBEDDED,
    only: 'on the embedded database the counters',
    mutants: {
      'on the database what is given back of a cleared bucket becomes an allowance': ['.gte(cost)', '.gte(-99)'],
      'on the database a new window forgets the one before': [
        'row.window === window - 1 ? row.count : 0',
        'row.window === window - 1 ? 0 : 0',
      ],
      'on the database counts are lost when a window is opened by many': [
        'const seen = { _id: id, window: row.window, count: row.count }',
        'const seen = { _id: id }',
      ],
    },
  },
  {
    file: `${STORE}/platform-database.ts`,
    tests: ['test/contract/store/counters.test.ts'],
    only: 'the counters on a database fail closed',
    mutants: {
      'the log repeats what a failing store said': ['failed: ${name} ${', 'failed: ${name} ${String(error)} ${'],
    },
  },
]
