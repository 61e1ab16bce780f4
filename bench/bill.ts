// `npm run bench:bill`: what an attacker pays who reads every picture and has as many addresses as they like, at the
// defaults. The attack runs against the module itself on a database; its clock is the attack's, so that nothing waits.
import { pbkdf2Sync } from 'node:crypto'
import { fileURLToPath } from 'node:url'

import { resolveAddressLimits } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/limit-options'
import { WORK } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/work-options'
import { createGuard } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { cryptoBytes } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { createProofSteps } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof'
import { ITERATIONS } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof-challenge'
import { keyFor } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/secret'
import { createEndpoint } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/call/call'
import type { Drawn, WorkAsked } from '../uni_modules/uni-captcha/types/protocol'
import { createCaptchas } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/captcha'
import type { DrawOptions } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render'
import { drawPng } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/index'
import { databaseStore } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseCounters } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-counters'
import { databaseOnce } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-once'
import { databaseStatistics } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-statistics'
import { networkOf } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/network/address'
import { createSmsCodes } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/sms-codes'
import { createRecorder } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/statistics/recorder'
import type { Stores } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { openTemporaryDatabase } from '../test/contract/support/cloud-database'
import type { Caller, Target } from '../test/support/attack'
import { attack, mostWithin } from '../test/support/attack'
import { solve } from '../test/support/proofs'
import { rows, runMeasures } from './support/measures'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const HOME = '203.0.113.9'
/** Drawn in no time; an attacker who reads all of them needs no larger ones. */
const SMALL = { width: 60, height: 24, pixelRatio: 1, secret: 'the secret of this bench, not of yours' }
/** Passes 9.9 % of the sums of 1 to 9: no other answer is right more often. */
const LIKELIEST_SUM = '8'
const WORKED_TOKENS = 5
const MAX_GUESSES = 50

interface Service extends Target {
  /** accepted after the device's work, or what it was answered */
  work(caller: Caller, way: 'picture' | 'alone'): Promise<unknown>
  close(): void
}

// The host's database is made for a bundle of CommonJS, where this is there.
Object.assign(globalThis, { __filename: fileURLToPath(import.meta.url) })
await runMeasures([pictures, networks, sums, worked, messages])

async function pictures(): Promise<void> {
  const { 'passes.hour.soft': hour, 'passes.day.soft': day } = resolveAddressLimits({}, 'login')
  await bill('picture alone, one address, in an hour', {}, [HOME], 1.1 * HOUR_MS, HOUR_MS, hour)
  await bill('picture alone, one address, in a day', {}, [HOME], 1.05 * DAY_MS, DAY_MS, day)
}

async function networks(): Promise<void> {
  const limits = resolveAddressLimits({}, 'login')
  const lines = Array.from({ length: 12 }, (_, i) => `2001:db8:7:${(i * 256).toString(16)}::1`)
  const most = limits['passes.hour.soft'] * limits['times.48']
  await bill('picture alone, a whole IPv6 /48, in an hour', {}, lines, HOUR_MS / 2, HOUR_MS, most)
}

async function sums(): Promise<void> {
  const limits = resolveAddressLimits({}, 'login')
  const guess = () => LIKELIEST_SUM
  const most = Math.ceil(limits['sums.hour.soft'] * 0.3)
  await bill('sum, not read, one address, in an hour', { mathExpr: true }, [HOME], HOUR_MS, HOUR_MS, most, guess)
}

/** Attacks, and prints how many were accepted without work. */
async function bill(
  what: string,
  config: object,
  addresses: string[],
  lastsMs: number,
  withinMs: number,
  most: number,
  guess?: () => string,
): Promise<void> {
  const service = serve(config)
  const { accepted } = await attack(service, addresses, lastsMs, guess)
  service.close()
  rows.push({ what, measured: `${mostWithin(accepted, withinMs)} for 0 CPU-s`, wanted: `≤ ${most}` })
}

/** What is not accepted without work, and what it costs with it. */
async function worked(): Promise<void> {
  const rate = nativeRate()
  rows.push({ what: 'OpenSSL on this core, iterations a CPU-second', measured: `${(rate / 1e6).toFixed(2)} M` })
  const ways = [
    ['picture with work', 'picture', { beside: 'always' }],
    ['proof alone', 'alone', { required: true }],
  ] as const
  for (const [name, way, work] of ways) {
    const service = serve({ work })
    const end = service.clock.now + HOUR_MS
    const { accepted } = await attack(service, [HOME], HOUR_MS)
    // No wait helps who does no work: the attack's clock has stopped there.
    service.clock.now = end
    rows.push({ what: `${name}, one address, without work`, measured: String(accepted.length), wanted: '0' })
    const before = process.cpuUsage()
    for (let i = 0; i < WORKED_TOKENS; i++) {
      const outcome = await service.work({ deviceId: `worker ${i}`, clientIP: HOME }, way)
      if (outcome !== 0) throw new Error(`${name}: ${String(outcome)}`)
    }
    const { user, system } = process.cpuUsage(before)
    service.close()
    const seconds = (user + system) / 1e6 / WORKED_TOKENS
    const what = `${name}, a token by OpenSSL, mean of ${WORKED_TOKENS} (work.seconds ${WORK.seconds.default})`
    rows.push({ what, measured: `${seconds.toFixed(2)} CPU-s`, wanted: '≥ 1' })
  }
}

/** Guesses at a code, of its own device and of others, each from an address of its own, until none is compared any more. */
async function messages(): Promise<void> {
  const opened = openTemporaryDatabase()
  const now = () => 1_800_000_000_000
  const { codes, ...others } = openStores(opened.database, now)
  let code = ''
  let compared = 0
  // No answer tells a guess that was compared from one that was not.
  const consume: typeof codes.consume = async (...args) => {
    const consumed = await codes.consume(...args)
    if (consumed.verdict === 'wrong') compared++
    return consumed
  }
  const stores = { ...others, codes: { ...codes, consume } }
  const sms = createSmsCodes({
    stores: () => stores,
    verifyCaptcha: async () => ({ errCode: 0, errMsg: '' }),
    networkOf,
    config: () => ({ provider: 'tencent', scene: { register: {} } }),
    secret: () => SMALL.secret,
    openProvider: async () => ({
      send: async (message) => {
        code = message.code
        return { kind: 'sent' }
      },
    }),
    openEmailProvider: async () => Promise.reject(new Error('no e-mail is sent here')),
    exchangePhoneNumber: async () => Promise.reject(new Error('no number is exchanged here')),
    recorder: createRecorder({ countMessages: async () => {}, metrics: () => ({}), now }),
    hooks: () => ({}),
    caller: () => ({}),
    randomBytes: cryptoBytes,
    now,
  })
  const asked = { mobile: '13800138000', scene: 'register' }
  const sent = await sms.sendCode({ ...asked, deviceId: 'own', clientIP: HOME, captcha: 'read' })
  if (sent.errCode !== 0) throw new Error(sent.errMsg)
  const wrong = String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0')
  for (let i = 0; i < MAX_GUESSES; i++) {
    const guess = { ...asked, code: wrong, clientIP: `203.0.${i}.9` }
    for (const deviceId of ['own', `other ${i}`]) {
      const { errCode } = await sms.verifyCode({ ...guess, deviceId })
      if (errCode !== 'uni-sms-code-verify-fail') throw new Error(`a guess was answered ${String(errCode)}`)
    }
  }
  opened.close()
  const chance = compared / 10 ** code.length
  rows.push({
    what: `SMS code, chance of ${compared} guesses, which are all that one code takes`,
    measured: `1 in ${Math.round(1 / chance).toLocaleString('en')}`,
    wanted: '≤ 1 in 100,000',
  })
}

function openStores(database: ReturnType<typeof openTemporaryDatabase>['database'], now: () => number): Stores {
  return {
    codes: databaseStore(database, cryptoBytes),
    counters: databaseCounters(database, now),
    once: databaseOnce(database, now, cryptoBytes),
    statistics: databaseStatistics(database),
  }
}

/** The module on a database of its own, as an attacker meets it who sees each answer. */
function serve(given: object): Service {
  const config = { ...SMALL, ...given }
  const opened = openTemporaryDatabase()
  const { database } = opened
  const clock = { now: 1_800_000_000_000 }
  const now = () => clock.now
  const stores = openStores(database, now)
  const call = {
    stores: () => stores,
    config: () => config,
    caller: () => ({}),
    now,
    onEvent: () => {},
  }
  const guard = createGuard(call)
  const key = () => keyFor('test', config, undefined)
  const proof = createProofSteps({ ...call, key, randomBytes: cryptoBytes, charge: (params) => guard.proof(params) })
  const captchas = createCaptchas({
    ...call,
    draw: (prompt, options) => drawPng(prompt, options as DrawOptions, cryptoBytes(16)),
    randomBytes: cryptoBytes,
    poseWork: async (...asked) => proof.pose(...asked),
  })
  const readAnswer = async (deviceId: string) => {
    const row = { scene: 'login', device_uuid: deviceId }
    const { data } = await database.collection('opendb-verify-codes').where(row).limit(1).get()
    return (data[0] as { code: string }).code
  }
  const endpoint = createEndpoint(call)
  const [ask, redeem] = [endpoint(proof.ask), endpoint(proof.redeem)]
  const toWait = (refused: unknown) => ({ retryAfter: (refused as { retryAfter?: number }).retryAfter })
  const draw = async (caller: Caller) => {
    const asked = { scene: 'login', canWork: true, ...caller }
    return (await captchas.create({ ...asked, ...(await guard.image(asked)) })) as Drawn
  }

  return {
    clock,
    close: () => opened.close(),
    async read(caller) {
      try {
        await draw(caller)
      } catch (refused) {
        return toWait(refused)
      }
      return { answer: await readAnswer(caller.deviceId) }
    },
    async submit(caller, captcha) {
      const answer = await captchas.verify({ scene: 'login', ...caller, captcha })
      if (answer.errCode === 0) return 'accepted'
      // Who does no work has nothing to wait for.
      if (answer.errCode === 'uni-captcha-work-pending') return { retryAfter: HOUR_MS / 1000 }
      return answer.errCode === 'uni-captcha-verify-fail' ? 'wrong' : toWait(answer)
    },
    async work(caller, way) {
      const asked = { scene: 'login', ...caller }
      const posed =
        way === 'picture' ? (await draw(caller)).work : await ask({ ...asked, ...(await guard.proof(asked)) })
      const challenge = posed as WorkAsked
      const redeemed = await redeem({ ...asked, challenge: challenge.challenge, solutions: solve(challenge) })
      if (redeemed.errCode !== 0) return redeemed.errCode
      const captcha = redeemed.captcha || (await readAnswer(caller.deviceId))
      return (await captchas.verify({ ...asked, captcha })).errCode
    },
  }
}

function nativeRate(): number {
  const salt = Buffer.alloc(8)
  const tries = 1000
  const before = process.cpuUsage()
  for (let i = 0; i < tries; i++) pbkdf2Sync('a password', salt, ITERATIONS, 32, 'sha256')
  const { user, system } = process.cpuUsage(before)
  return (tries * ITERATIONS) / ((user + system) / 1e6)
}
