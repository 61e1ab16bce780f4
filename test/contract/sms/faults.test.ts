import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { join } from 'node:path'

import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { storesOn } from '../support/captchas'
import { intercept, openTemporaryDatabase } from '../support/cloud-database'
import type { SmsBench } from '../support/sms-codes'
import { MOBILE, smsCodesOn, START } from '../support/sms-codes'
import type { Reached, Stage } from '../support/sms-process'

let opened: ReturnType<typeof openTemporaryDatabase>
let log: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  opened = openTemporaryDatabase()
  log = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
  opened.close()
})

const FORM = { mobile: MOBILE, scene: 'register' }
const UNAVAILABLE = /^uni-(sms-code|captcha)-store-unavailable$/

/** The storage of an SMS bench that can go down: `failing` says so of each statement, by its number. */
function unreliable(): { sms: SmsBench; fail(when: (statement: number) => boolean): void; count(): number } {
  let failing: (statement: number) => boolean = () => false
  let statement = 0
  const database = intercept(opened.database, async (_, run) => {
    if (failing(statement++)) throw Object.assign(new Error(`disk I/O error near ${MOBILE}`), { code: 'SQLITE_IOERR' })
    return run()
  })
  const sms = smsCodesOn(opened.database, { stores: () => stores })
  const stores = storesOn(database, () => sms.clock.now)
  return {
    sms,
    fail(when) {
      statement = 0
      failing = when
    },
    count: () => statement,
  }
}

async function countSendStatements(): Promise<number> {
  const { sms, fail, count } = unreliable()
  const captcha = await sms.solve('phone')
  fail(() => false)
  await sms.sendCode({ ...FORM, deviceId: 'phone', captcha })
  return count()
}

async function countExchangeStatements(): Promise<number> {
  const { sms, fail, count } = unreliable()
  await sms.send()
  fail(() => false)
  await sms.exchangeCode({ ...FORM, code: sms.lastCode() })
  return count()
}

describe.each([
  ['for one statement', (n: number) => (statement: number) => statement === n],
  ['for good', (n: number) => (statement: number) => statement >= n],
])('storage that fails %s', (_, from) => {
  it('during a send: no code without its message verifies, nothing is sent twice, and all is well afterwards', async () => {
    const statements = await countSendStatements()
    expect(statements).toBeGreaterThan(10)
    for (let n = 0; n < statements; n++) {
      opened.close()
      opened = openTemporaryDatabase()
      const { sms, fail } = unreliable()
      const captcha = await sms.solve('phone')
      fail(from(n))
      const answer = await sms.sendCode({ ...FORM, deviceId: 'phone', captcha })
      expect(answer.errCode, `statement ${n}`).toMatch(UNAVAILABLE)
      expect(answer.needNewCaptcha, `statement ${n}`).toBeTypeOf('boolean')
      expect(sms.messages.length, `statement ${n}`).toBeLessThanOrEqual(1)
      fail(() => false)
      if (sms.messages.length === 1) {
        // The message is out and its code was not made valid: it is none, and the next one waits its time.
        expect(await sms.verifyCode({ ...FORM, code: sms.lastCode() })).toMatchObject({ code: 11106 })
        expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
      }
      sms.clock.now += 60_000
      expect(await sms.send(), `statement ${n}`).toMatchObject({ errCode: 0 })
      expect(await sms.exchangeCode({ ...FORM, code: sms.lastCode() })).toMatchObject({ errCode: 0 })
    }
    expect(log.mock.calls.flat().join('\n')).not.toContain(MOBILE)
  })

  it('during verification or redemption never lets anything pass twice', async () => {
    const statements = await countExchangeStatements()
    for (let n = 0; n < statements; n++) {
      opened.close()
      opened = openTemporaryDatabase()
      const { sms, fail } = unreliable()
      await sms.send()
      const code = sms.lastCode()
      fail(from(n))
      expect((await sms.exchangeCode({ ...FORM, code })).errCode, `statement ${n}`).toMatch(UNAVAILABLE)
      fail(() => false)
      const answers = [await sms.exchangeCode({ ...FORM, code }), await sms.exchangeCode({ ...FORM, code })]
      const tickets = answers.flatMap((answer) => ('ticket' in answer ? [answer.ticket] : []))
      expect(tickets.length).toBeLessThanOrEqual(1)
      if (tickets.length === 0) continue
      const request = { ticket: tickets[0]!, scene: 'register' }
      fail(from(n % 3))
      expect((await sms.redeem(request)).errCode).toMatch(UNAVAILABLE)
      fail(() => false)
      const redeemed = [await sms.redeem(request), await sms.redeem(request)]
      expect(redeemed.filter(({ errCode }) => errCode === 0).length).toBeLessThanOrEqual(1)
    }
  })
})

describe('a process that is killed', () => {
  it.each<[string, Stage]>([
    ['between the reservation and the message', 'sending'],
    ['between the message and the activation', 'sent'],
  ])('%s leaves nothing that verifies, and the number is free after its cooldown', async (_, stage) => {
    const { code } = await killedAt(stage, opened.file)
    const sms = smsCodesOn(opened.database)
    expect(await sms.verifyCode({ ...FORM, code })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-too-many-requests', retryAfter: 60 })
    sms.clock.now = START + 60_000
    expect(await sms.verifyCode({ ...FORM, code })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    expect(await sms.send()).toMatchObject({ errCode: 0 })
    if (code !== sms.lastCode()) {
      expect(await sms.verifyCode({ ...FORM, code })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    }
    expect(await sms.verifyCode({ ...FORM, code: sms.lastCode() })).toMatchObject({ errCode: 0 })
  })
})

/** Starts a process that sends a message, and kills it where it says that it has come to `stage`. */
async function killedAt(stage: Stage, file: string): Promise<Reached> {
  const outfile = `${file}.${stage}.cjs`
  const entry = join(__dirname, '../support/sms-process.ts')
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    alias: {
      'uni-captcha': './uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/index.ts',
      'uni-config-center': './uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/index.ts',
    },
    logLevel: 'error',
  })
  const env = { ...process.env, NODE_PATH: join(__dirname, '../../../node_modules') }
  const child = fork(outfile, [file, stage], { env })
  const reached = await message(child)
  expect(reached.stage).toBe(stage)
  await new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill('SIGKILL')
  })
  return reached
}

function message(child: ChildProcess): Promise<Reached> {
  return new Promise((resolve, reject) => {
    child.once('message', (reached) => resolve(reached as Reached))
    child.once('exit', (code) => reject(new Error(`the process ended by itself (${code})`)))
  })
}
