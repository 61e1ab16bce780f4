/** The common module `uni-captcha` as cloud functions call it. Types only; `types/require.d.ts` gives them to its name. */
import type { Drawn, Failure, Success } from './protocol'

export type { Drawn, Failure, Success }

/** Who calls: left out, the platform's own word for it is taken. */
interface CallerParams {
  /** what the captcha protects, 1–64 characters */
  scene: string
  /** 1–256 characters */
  deviceId?: string
  /** a version-4 UUID made by a client without a device id; takes the place of `deviceId` */
  codeId?: string
  /** language of `errMsg`: `zh-Hans` (default), `zh-Hant` or `en` */
  locale?: string
}

/** Options of the configuration can be given beside these, for this call. */
export interface CreateParams extends CallerParams {
  clientIP?: string
  /** 1–4: this picture is at least this hard */
  minLevel?: number
  /** true: a proof of work belongs to this picture, to be handed in by `redeemSolutions` before it is verified */
  work?: boolean
  [option: string]: unknown
}

export interface VerifyParams extends CallerParams {
  /** what the person typed */
  captcha: string
}

export interface GuardParams extends CallerParams {
  clientIP?: string
  /** what the person typed, once a captcha was asked for */
  captcha?: string
  /** whom the call is about, 1–256 characters: a user name, a mobile number */
  identity?: string
}

export interface GuardEntry {
  scene: string
  /** the methods to guard, all where left out */
  methods?: readonly string[]
  /** the field of the first argument that says whom the call is about, e.g. `username` */
  identity?: string
}

/** What a cloud object's `this` gives `guard.before`. */
interface GuardedObject {
  getMethodName(): string
  getParams(): unknown[]
  getClientInfo(): { deviceId?: string; clientIP?: string; locale?: string }
}

export interface Guard {
  /** Counts a call; throws a `Failure` when it needs a captcha or is refused. */
  (params: GuardParams): Promise<void>
  /** What the guard let through has failed. */
  fail(params: GuardParams): Promise<void>
  /** What the guard let through has succeeded. */
  success(params: GuardParams): Promise<void>
  /** A ready `_before` of a cloud object. */
  before(entry: GuardEntry): (this: GuardedObject) => Promise<void>
}

/** `create`, `refresh` and `verify` answer and never throw. */
export interface CommonModule {
  create(params: CreateParams): Promise<Drawn | Failure>
  refresh(params: CreateParams): Promise<Drawn | Failure>
  verify(params: VerifyParams): Promise<Success | Failure>
  guard: Guard
  /** Removes what expired an hour ago; answers how many rows. */
  sweep(budgetMs?: number): Promise<number>
  version: string
}
