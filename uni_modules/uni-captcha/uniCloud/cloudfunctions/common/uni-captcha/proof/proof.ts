import type { ProofAccepted, ProofAsked, WorkAsked } from '../../../../../types/protocol'
import type { Call, CallDeps } from '../call/call'
import type { CreateParams } from '../call/request'
import { pickOptions, resolveOptions } from '../config/options'
import { resolveWork } from '../config/work-options'
import { warnOnce } from '../config/warn-once'
import type { ErrorName, Failure } from '../errors'
import { CaptchaError, ERRORS } from '../errors'
import { networkOf } from '../network/address'
import type { RandomBytes } from '../kit/random'
import { hashId, isRecord, own } from '../kit/values'
import type { ProofChallenge } from './proof-challenge'
import { openChallenge, PUZZLES, signChallenge, toDifficulty } from './proof-challenge'
import { isSolved } from './proof-check'

export type { ProofAccepted, ProofAsked }

export interface RedeemParams extends Pick<CreateParams, 'scene' | 'deviceId' | 'codeId' | 'clientIP' | 'locale'> {
  challenge: string
  /** one number of 32 bits for each puzzle, in order */
  solutions: readonly number[]
}

export interface Proof {
  /** Asks for a proof of work in a scene that allows it, or with `mayWork` in any. Answers, never throws. */
  ask(params: CreateParams & { mayWork?: boolean }): Promise<ProofAsked | Failure>
  /**
   * Takes the solutions and gives what `verify` takes, for the same scene and device; of work beside a picture it gives
   * an empty text, and what is typed passes from now on. Answers, never throws.
   */
  redeem(params: RedeemParams): Promise<ProofAccepted | Failure>
}

/** What is done with a call of either, once it is read. */
export interface ProofSteps {
  ask(call: Call): Promise<ProofAsked>
  redeem(call: Call): Promise<ProofAccepted>
  /** makes the work that belongs to a picture */
  pose(call: Call, expiresAt: number): PosedWork
}

/** Work that belongs to a picture: the name by which the picture knows it, and what the device is asked. */
export interface PosedWork {
  name: string
  asked: WorkAsked
}

export interface ProofDeps extends CallDeps {
  randomBytes: RandomBytes
  /** what challenges are signed with; throws `secretRequired` where there is none */
  key(config: unknown): Buffer
  /** counts a proof against an address that did not ask for it, as asking does; throws a `Failure` above the limits */
  charge(params: CreateParams): Promise<unknown>
}

/** The slowest engine, on a slow phone, has to come to an end; what a person reads lives shorter. */
const LIFE_MS = 900_000
/** Clocks of machines that share a store may differ by as much, each way. */
const CLOCK_SKEW_MS = 1_200_000
const HARDER_LEVEL = 3
const HARDER_FACTOR = 4
const MAX_CHALLENGE_CHARACTERS = 512
/** The work beside a picture is done. */
const FINISHED: ProofAccepted = { errCode: 0, errMsg: '', captcha: '', expiresIn: 0 }

export function createProofSteps(deps: ProofDeps): ProofSteps {
  async function ask(call: Call): Promise<ProofAsked> {
    const { scene } = call.slot
    // Where the address has come past its limit work takes the place of pictures in every scene.
    if (own(call.params, 'mayWork') !== true) requireAllowed(call)
    const factor = call.minLevel >= HARDER_LEVEL ? HARDER_FACTOR : 1
    const { asked } = sign(call, { factor, expiresAt: call.now + LIFE_MS })
    deps.onEvent('created', scene, call.config)
    return { errCode: 0, errMsg: '', ...asked, expiresIn: LIFE_MS / 1000 }
  }

  function sign(
    call: Call,
    { factor, ...content }: { factor: number } & Pick<ProofChallenge, 'expiresAt' | 'isBeside'>,
  ): PosedWork {
    const { seconds } = resolveWork(call.config, call.slot.scene)
    const difficulty = toDifficulty(seconds * factor)
    const nonce = Buffer.from(deps.randomBytes(16)).toString('hex')
    const whose = { holder: toHolder(call), network: toNetwork(call), nonce }
    const challenge = signChallenge({ ...whose, ...difficulty, ...content }, deps.key(call.config))
    return { name: nonce, asked: { challenge, ...difficulty } }
  }

  /**
   * Nothing is computed, stored or claimed for what has not been signed here, for this caller, a while ago. Claimed
   * before it is computed: a challenge costs the server its check once.
   */
  async function redeem(call: Call): Promise<ProofAccepted> {
    const { now } = call
    // The option of the same name is another thing.
    const { challenge: _challenge, ...params } = call.params
    const { expiresDate } = resolveOptions(call.config, call.slot.scene, pickOptions(params))
    const { signed, solutions } = readSolutions(call.params)
    const challenge = openChallenge(signed, deps.key(call.config))
    if (!challenge || challenge.expiresAt <= now || challenge.holder !== toHolder(call)) throw refused(call)
    if (challenge.puzzles !== solutions.length) throw refused(call)
    if (challenge.network !== toNetwork(call)) await charge(call)
    if (!(await claim(call, challenge))) {
      if (challenge.isBeside && (await isFinished(call, challenge))) return FINISHED
      throw refused(call)
    }
    if (!(await isSolved(signed, challenge, solutions))) throw refused(call)
    if (challenge.isBeside) {
      if (await call.stores.codes.finishWork(call.slot, challenge.nonce, now)) return FINISHED
      throw refused(call)
    }
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

  function requireAllowed({ slot, config, params }: Call): void {
    const { challenge, alternative } = resolveOptions(config, slot.scene, pickOptions(params))
    if (challenge === 'pow' || alternative === 'pow') return
    throw new CaptchaError('invalidParam', `scene (${JSON.stringify(slot.scene)} takes no proof of work)`)
  }

  /** It is handed in again because the first answer was lost on the way. */
  async function isFinished({ slot, stores }: Call, { nonce }: ProofChallenge): Promise<boolean> {
    return (await stores.codes.peek(slot))?.finishedWork === nonce
  }

  async function claim({ stores, now }: Call, { nonce, expiresAt }: ProofChallenge): Promise<boolean> {
    // For longer than it is good: the clock of another machine may be late, and this one's be set back.
    const token = await stores.once.claim(`proof ${nonce}`, expiresAt - now + CLOCK_SKEW_MS)
    return token !== undefined
  }

  /** Another network meanwhile, as between Wi-Fi and mobile, is not a reason to refuse a proof. */
  async function charge(call: Call): Promise<void> {
    try {
      await deps.charge(call.params as CreateParams)
    } catch (error) {
      const failure = isRecord(error) ? error : {}
      const row = (Object.keys(ERRORS) as ErrorName[]).find((name) => ERRORS[name].errCode === failure['errCode'])
      if (row === undefined) throw error
      // What it asks for is here.
      if (row === 'proofRequired') return
      const { scene, retryAfter } = failure as unknown as Failure
      throw new CaptchaError(row, String(retryAfter ?? ''), {
        ...(scene && { scene }),
        ...(retryAfter && { retryAfter }),
      })
    }
  }

  function refused({ slot, config }: Call): CaptchaError {
    deps.onEvent('wrong', slot.scene, config)
    return new CaptchaError('proofFail')
  }

  return { ask, redeem, pose: (call, expiresAt) => sign(call, { factor: 1, expiresAt, isBeside: true }) }
}

/** Scene and device: a challenge is worth nothing to others. */
function toHolder({ slot }: Call): string {
  return hashId(slot.scene, slot.subject)
}

function toNetwork({ columns }: Call): string {
  return hashId(columns.ip === undefined ? '' : networkOf(columns.ip))
}

function readSolutions(params: Call['params']): { signed: string; solutions: number[] } {
  const [signed, solutions] = [own(params, 'challenge') ?? readOldName(params), own(params, 'solutions')]
  if (typeof signed !== 'string' || signed.length > MAX_CHALLENGE_CHARACTERS) {
    throw new CaptchaError('invalidParam', `challenge (string of at most ${MAX_CHALLENGE_CHARACTERS} characters)`)
  }
  const isSolution = (value: unknown) => typeof value === 'number' && value >>> 0 === value
  if (!Array.isArray(solutions) || solutions.length !== PUZZLES || !solutions.every(isSolution)) {
    throw new CaptchaError('invalidParam', `solutions (${PUZZLES} integers of 0–4294967295)`)
  }
  return { signed, solutions: solutions as number[] }
}

/** In 1.0. */
function readOldName(params: Call['params']): unknown {
  const question = own(params, 'question')
  if (question !== undefined) warnOnce('question of a call', 'is the old name of "challenge", which is read until 2.0')
  return question
}
