import type {
  CaptchaDeps,
  Captchas,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/captcha'
import type { Drawn } from '../../../uni_modules/uni-captcha/types/protocol'
import { createCaptchas } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/captcha'
import type { CallDeps } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/call/call'
import { draw } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/draw'
import type { Failure } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseCounters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-counters'
import { databaseOnce } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-once'
import { databaseStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-statistics'
import { createProofSteps } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof'
import { keyFor } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/secret'
import { databaseStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

/** The row of an image captcha as people who query the collection see it. */
export interface Row {
  _id: string
  device_uuid?: string
  scene: string
  code: string
  state: number
  attempts: number
  created_date: number
  expired_date: number
  call_options: Record<string, unknown>
  [column: string]: unknown
}

export interface Bench extends Captchas {
  clock: { now: number }
  /** rows of the collection, the last made last */
  rows(query?: object): Promise<Row[]>
  /** the right answer of a device's captcha of a scene */
  answer(scene: string, device?: string): Promise<string>
}

/** Every store on one database. */
export function storesOn(database: CloudDatabase, now: () => number): Stores {
  return {
    codes: databaseStore(database, cryptoBytes),
    counters: databaseCounters(database, now),
    once: databaseOnce(database, now, cryptoBytes),
    statistics: databaseStatistics(database),
  }
}

/** Signs the work that pictures carry, with the secret of the configuration. */
export function workPoser(deps: CallDeps): CaptchaDeps['poseWork'] {
  const key = (config: unknown) => keyFor('test', config, undefined)
  const steps = createProofSteps({ ...deps, key, randomBytes: cryptoBytes, charge: async () => undefined })
  return async (...asked) => steps.pose(...asked)
}

/** The module's own parts on a real database, with the clock in the test's hand. */
export function captchasOn(database: CloudDatabase, change: Partial<CaptchaDeps> = {}): Bench {
  const clock = { now: 1_800_000_000_000 }
  const stores = storesOn(database, () => clock.now)
  const deps = {
    stores: () => stores,
    config: () => undefined,
    draw,
    caller: () => ({}),
    randomBytes: cryptoBytes,
    now: () => clock.now,
    onEvent: () => {},
  }
  const captchas = createCaptchas({ ...deps, poseWork: workPoser(deps), ...change })
  const rows = async (query: object = {}) => {
    const { data } = await database.collection('opendb-verify-codes').where(query).limit(1000).get()
    return data as Row[]
  }
  return {
    ...captchas,
    clock,
    rows,
    async answer(scene, device = 'phone') {
      const [row] = await rows({ scene, device_uuid: device })
      if (!row) throw new Error(`no captcha of ${device} in ${scene}`)
      return row.code
    },
  }
}

/** The answer of a call that has to succeed. */
export function drawn(answer: Drawn | Failure): Drawn {
  if (answer.errCode !== 0) throw new Error(`${answer.errCode}: ${answer.errMsg}`)
  return answer
}
