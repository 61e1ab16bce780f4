import { networkOf } from '../guard/address'
import type { Parts } from '../captcha/captcha'
import type { Failure } from '../errors'
import { CaptchaError, failure } from '../errors'
import { isRecord, own, resolveOptions } from '../config/options'
import type { ProofChallenge } from './proof-challenge'
import { isSolved, openChallenge, PUZZLES, signChallenge, targetOf } from './proof-challenge'
import type { CreateParams, Request } from '../kit/request'
import { localeOf, readRequest } from '../kit/request'
import { hashId } from '../store/platform-database'
import type { Stores } from '../store/store'

/** What a device is asked to compute: `puzzles` numbers of 32 bits, see docs. */
export interface ProofAsked {
  errCode: 0
  errMsg: ''
  /** signed; handed back with the solutions */
  question: string
  puzzles: number
  /** a puzzle is solved by a hash whose first 32 bits are below this */
  target: number
  /** seconds */
  expiresIn: number
}

/** What a proof is worth: `captcha` goes where the typed text goes, once. */
export interface ProofAccepted {
  errCode: 0
  errMsg: ''
  captcha: string
  /** seconds */
  expiresIn: number
}

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

export interface ProofParts extends Pick<Parts, 'config' | 'caller' | 'randomBytes' | 'now' | 'onEvent'> {
  stores(): Pick<Stores, 'codes' | 'once'>
  /** what questions are signed with; throws `secretRequired` where there is none */
  key(): Buffer
}

const LIFE_MS = 180_000
const HARDER_LEVEL = 3
const HARDER_FACTOR = 4
const MOST_QUESTION_CHARACTERS = 512
export function createProof(parts: ProofParts): Proof {
  async function ask(params: unknown): Promise<ProofAsked> {
    const request = readRequest(params, parts.caller())
    const { scene } = request.slot
    const options = optionsOf(request)
    const key = parts.key()
    const target = targetOf(options.powWork * (request.minLevel >= HARDER_LEVEL ? HARDER_FACTOR : 1))
    const nonce = Buffer.from(parts.randomBytes(16)).toString('hex')
    const challenge = { for: holderOf(request), nonce, target, expiresAt: parts.now() + LIFE_MS }
    parts.onEvent('created', scene)
    const signed = signChallenge(challenge, key)
    return { errCode: 0, errMsg: '', question: signed, puzzles: PUZZLES, target, expiresIn: LIFE_MS / 1000 }
  }

  /** Nothing is hashed, stored or claimed for what has not been signed here, for this caller, a moment ago. */
  async function redeem(params: unknown): Promise<ProofAccepted> {
    const request = readRequest(params, parts.caller())
    const { expiresDate } = optionsOf(request)
    const { signed, solutions } = readSolutions(params)
    const challenge = openChallenge(signed, parts.key())
    const now = parts.now()
    if (!challenge || challenge.expiresAt <= now || challenge.for !== holderOf(request)) throw refused(request)
    if (!isSolved(signed, challenge.target, solutions)) throw refused(request)
    if (!(await claim(challenge, now))) throw refused(request)
    // Without the device's column: people who query the collection for its captcha look for a picture's.
    const { device_uuid: _, ...columns } = request.columns
    const captcha = `pow${Buffer.from(parts.randomBytes(20)).toString('hex')}`
    await parts.stores().codes.issue(
      { ...request.slot, kind: 'pow' },
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

  function optionsOf({ slot, callOptions }: Request) {
    const options = resolveOptions(parts.config(), slot.scene, callOptions)
    if (options.challenge !== 'pow' && options.alternative !== 'pow') {
      throw new CaptchaError('invalidParam', `scene (${JSON.stringify(slot.scene)} takes no proof of work)`)
    }
    return options
  }

  function claim({ nonce, expiresAt }: ProofChallenge, now: number): Promise<boolean> {
    // For longer than it is good: the clock of another machine may be late, and this one's be set back.
    return parts.stores().once.claim(`proof ${nonce}`, expiresAt - now + LIFE_MS)
  }

  function refused({ slot }: Request): CaptchaError {
    parts.onEvent('wrong', slot.scene)
    return new CaptchaError('proofFail')
  }

  function answering<Answer>(run: (params: unknown) => Promise<Answer>) {
    return async (params: unknown): Promise<Answer | Failure> => {
      try {
        return await run(params)
      } catch (error) {
        return failure(error, 'interior', localeOf(params, parts.caller()))
      }
    }
  }

  return { ask: answering(ask), redeem: answering(redeem) }
}

/** Scene, device and address: a challenge is worth nothing to anybody else. */
function holderOf({ slot, columns }: Request): string {
  return hashId(slot.scene, slot.subject, columns.ip === undefined ? '' : networkOf(columns.ip))
}

function readSolutions(params: unknown): { signed: string; solutions: number[] } {
  const [signed, solutions] = isRecord(params) ? [own(params, 'question'), own(params, 'solutions')] : []
  if (typeof signed !== 'string' || signed.length > MOST_QUESTION_CHARACTERS) {
    throw new CaptchaError('invalidParam', `question (string of at most ${MOST_QUESTION_CHARACTERS} characters)`)
  }
  const isSolution = (value: unknown) => typeof value === 'number' && value >>> 0 === value
  if (!Array.isArray(solutions) || solutions.length !== PUZZLES || !solutions.every(isSolution)) {
    throw new CaptchaError('invalidParam', `solutions (${PUZZLES} integers of 0–4294967295)`)
  }
  return { signed, solutions: solutions as number[] }
}
