import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'
import * as host from '../../host/redis/errors'
import * as plugin from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-errors'
import type { CloudRedis } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import {
  script,
  scriptRunner,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'

const STORE = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store'
const IN_A_SCRIPT = 'ERR Error running script (call to f_9b2a): @user_script:14: @user_script: 14: -'
const REFUSALS: [word: string, message: string][] = [
  ['READONLY', "READONLY You can't write against a read only replica."],
  ['READONLY', `${IN_A_SCRIPT}READONLY You can't write against a read only replica.`],
  ['READONLY', "READONLY You can't write against a read only replica. script: 9b2a, on @user_script:14."],
  ['LOADING', 'LOADING Redis is loading the dataset in memory'],
  ['MASTERDOWN', `${IN_A_SCRIPT}MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.`],
  ['CLUSTERDOWN', `${IN_A_SCRIPT}CLUSTERDOWN Hash slot not served`],
  ['TRYAGAIN', 'TRYAGAIN Multiple keys request during rehashing of slot'],
  ['NOSCRIPT', 'NOSCRIPT No matching script. Please use EVAL.'],
  ['NOSCRIPT', 'ERR proxy: -NOSCRIPT No matching script. Please use EVAL.'],
  ['MOVED', 'MOVED 3999 127.0.0.1:6381'],
  ['ASK', 'ASK 3999 127.0.0.1:6381'],
]
const LASTING: [word: string, message: string][] = [
  ['OOM', `${IN_A_SCRIPT}OOM command not allowed when used memory > 'maxmemory'.`],
  ['MISCONF', `${IN_A_SCRIPT}MISCONF Redis is configured to save RDB snapshots, but it is unable to persist on disk.`],
  ['NOPERM', "NOPERM this user has no permissions to run the 'evalsha' command"],
  ['WRONGPASS', 'WRONGPASS invalid username-password pair or user is disabled.'],
  ['ERR', 'ERR unknown command `evalsha`, with args beginning with: `readonly`, `a task`'],
]

describe.each([
  ['the host', host],
  ['the plugin', plugin],
])('of what Redis refuses, %s', (_, { findErrorWord, findTransientWord }) => {
  it.each(REFUSALS)('knows %s, which passes, wherever it stands: %s', (word, message) => {
    expect(findTransientWord(message)).toBe(word)
    expect(findErrorWord(message)).toBe(word)
  })

  it.each(LASTING)('takes %s for no refusal that passes: %s', (word, message) => {
    expect(findTransientWord(message)).toBeUndefined()
    expect(findErrorWord(message)).toBe(word)
  })
})

it('the words that Redis refuses by are the same in the host and in the plugin', () => {
  const [ours, theirs] = ['host/redis/errors.ts', `${STORE}/redis-errors.ts`].map((file) =>
    readFileSync(file, 'utf8').replace(/^\/\/.*\n/gm, ''),
  )
  expect(ours).toContain('TRANSIENT_WORDS')
  expect(theirs).toBe(ours)
})

it('a Redis that knows no script even when it is given the text is not asked without a pause', async () => {
  let calls = 0
  const refuse = () => {
    calls++
    const error = Object.assign(new Error('NOSCRIPT No matching script. Please use EVAL.'), { name: 'ReplyError' })
    return Promise.reject(error)
  }
  const redis: CloudRedis = { eval: refuse, evalsha: refuse }
  const run = scriptRunner(
    () => redis,
    () => '',
    2000,
  )
  await expect(run(script('a-script-1', 'return 1'), 'key', [])).rejects.toMatchObject({ name: 'RedisFailure' })
  expect(calls).toBeGreaterThan(2)
  expect(calls).toBeLessThan(80)
})
