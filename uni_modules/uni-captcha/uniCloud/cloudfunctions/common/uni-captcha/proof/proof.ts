import type { ProofAccepted, ProofAsked } from '../../../../../types/protocol'
import { networkOf } from '../guard/address'
import type { Call, CallDeps } from '../captcha/call'
import type { CreateParams } from '../captcha/request'
import type { Failure } from '../errors'
import { CaptchaError } from '../errors'
import { pickOptions, resolveOptions } from '../config/options'
import type { ProofChallenge } from './proof-challenge'
import { isSolved, openChallenge, PUZZLES, signChallenge, toTarget } from './proof-challenge'
import type { RandomBytes } from '../kit/random'
import { hashId, own } from '../kit/values'

export type { ProofAccepted, ProofAsked }

export interface RedeemParams extends Pick<CreateParams, 'scene' | 'deviceId' | 'codeId' | 'clientIP' | 'locale'> {
  question: string
  /** one number of 32 bits for each puzzle, in order */
  solutions: readonly number[]
}

export interface Proof {
  /** Asks for a proof of work in a scene that allows it. Answers, never throws. */
  ask(params: CreateParams): Promise<ProofAsked | Failure>
  /** Takes the solutions and gives what `verify` takes, for the same scene, device and address. Answers, never throws. */
  redeem(params: RedeemParams): Promise<ProofAccepted | Failure>
}

/** What is done with a call of either, once it is read. */
export interface ProofSteps {
  ask(call: Call): Promise<ProofAsked>
  redeem(call: Call): Promise<ProofAccepted>
}

export interface ProofDeps extends CallDeps {
  randomBytes: RandomBytes
  /** what questions are signed with; throws `secretRequired` where there is none */
  key(config: unknown): Buffer
}

const LIFE_MS = 180_000
const HARDER_LEVEL = 3
const HARDER_FACTOR = 4
const MAX_QUESTION_CHARACTERS = 512

export function createProofSteps(deps: ProofDeps): ProofSteps {
  async function ask(call: Call): Promise<ProofAsked> {
    const { scene } = call.slot
    const options = getOptions(call)
    const key = deps.key(call.config)
    const target = toTarget(options.powWork * (call.minLevel >= HARDER_LEVEL ? HARDER_FACTOR : 1))
    const nonce = Buffer.from(deps.randomBytes(16)).toString('hex')
    const challenge = { for: toHolder(call), nonce, target, expiresAt: call.now + LIFE_MS }
    deps.onEvent('created', scene, call.config)
    const signed = signChallenge(challenge, key)
    return { errCode: 0, errMsg: '', question: signed, puzzles: PUZZLES, target, expiresIn: LIFE_MS / 1000 }
  }

  /** Nothing is hashed, stored or claimed for what has not been signed here, for this caller, a moment ago. */
  async function redeem(call: Call): Promise<ProofAccepted> {
    const { now } = call
    const { expiresDate } = getOptions(call)
    const { signed, solutions } = readSolutions(call.params)
    const challenge = openChallenge(signed, deps.key(call.config))
    if (!challenge || challenge.expiresAt <= now || challenge.for !== toHolder(call)) throw refused(call)
    if (!isSolved(signed, challenge.target, solutions)) throw refused(call)
    if (!(await claim(call, challenge))) throw refused(call)
    // Without the device's column: people who query the collection for its captcha look for a picture's.
    const { device_uuid: _, ...columns } = call.columns
    const captcha = `pow${Buffer.from(deps.randomBytes(20)).toString('hex')}`
    await call.stores.codes.issue(
      { ...call.slot, kind: 'pow' },
      {
        code: hashId(captcha),
        maxAttempts: 5,
        createdAt: now,
        expiresAt: now + expiresDate * 1000,
        columns,
      },
    )
    return { errCode: 0, errMsg: '', captcha, expiresIn: expiresDate }
  }

  function getOptions({ slot, config, params }: Call) {
    const options = resolveOptions(config, slot.scene, pickOptions(params))
    if (options.challenge !== 'pow' && options.alternative !== 'pow') {
      throw new CaptchaError('invalidParam', `scene (${JSON.stringify(slot.scene)} takes no proof of work)`)
    }
    return options
  }

  async function claim({ stores, now }: Call, { nonce, expiresAt }: ProofChallenge): Promise<boolean> {
    // For longer than it is good: the clock of another machine may be late, and this one's be set back.
    const token = await stores.once.claim(`proof ${nonce}`, expiresAt - now + LIFE_MS)
    return token !== undefined
  }

  function refused({ slot, config }: Call): CaptchaError {
    deps.onEvent('wrong', slot.scene, config)
    return new CaptchaError('proofFail')
  }

  return { ask, redeem }
}

/** Scene, device and address: a challenge is worth nothing to anybody else. */
function toHolder({ slot, columns }: Call): string {
  return hashId(slot.scene, slot.subject, columns.ip === undefined ? '' : networkOf(columns.ip))
}

function readSolutions(params: Call['params']): { signed: string; solutions: number[] } {
  const [signed, solutions] = [own(params, 'question'), own(params, 'solutions')]
  if (typeof signed !== 'string' || signed.length > MAX_QUESTION_CHARACTERS) {
    throw new CaptchaError('invalidParam', `question (string of at most ${MAX_QUESTION_CHARACTERS} characters)`)
  }
  const isSolution = (value: unknown) => typeof value === 'number' && value >>> 0 === value
  if (!Array.isArray(solutions) || solutions.length !== PUZZLES || !solutions.every(isSolution)) {
    throw new CaptchaError('invalidParam', `solutions (${PUZZLES} integers of 0–4294967295)`)
  }
  return { signed, solutions: solutions as number[] }
}
