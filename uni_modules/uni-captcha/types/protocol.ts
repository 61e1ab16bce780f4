/**
 * What crosses a wire between module, host, components and pages. Types only, no imports: each side takes them with
 * `import type`, so that nothing of one is loaded by another.
 */

/** A text in the languages of the cloud side; Traditional Chinese where clients read it. */
export interface Texts {
  'zh-Hans': string
  'zh-Hant'?: string
  en: string
}

export interface Success {
  errCode: 0
  errMsg: string
  code: 0
  msg: string
  message: string
}

/** A drawn captcha: `captchaBase64` is a base64 data URI, sizes are CSS pixels, `expiresIn` is in seconds. */
export interface Drawn extends Success {
  captchaBase64: string
  width: number
  height: number
  /** characters of an answer at most */
  maxLength: number
  expiresIn: number
  /** the picture is tapped on; left out where something is typed */
  tap?: TapLayout
  /** a sum to work out; left out for letters to read */
  kind?: 'sum'
  /** another way through that the scene allows: a proof of work */
  alternative?: 'pow'
  /** what the device has to compute beside it: what is typed passes once that has been redeemed */
  work?: WorkAsked
}

/**
 * Where a picture is tapped: equal cells of one character each, under a strip that shows `count` of them in the order in
 * which they are to be tapped. All in CSS pixels; the same for every picture.
 *
 * The answer, in the place of what is typed, is `tap` and for each point a full stop, x, a comma, y: whole CSS pixels of
 * the picture from its upper left corner, such as `tap.37,88.262,120.187,163.112,88`. A point stands for the cell in
 * which it lies.
 */
export interface TapLayout {
  columns: number
  rows: number
  count: number
  /** height of the strip: the field begins there */
  top: number
  /** of the whole picture */
  width: number
  height: number
}

/** What every method answers when it fails; the codes are those of the error table. */
export interface Failure {
  errCode: string
  errMsg: string
  code: number
  msg: string
  message: string
  /** what a guarded call needs a captcha for, or is refused for */
  scene?: string
  /** seconds until the next call can pass */
  retryAfter?: number
  /** what the user presses or slides before a demanded proof is computed; left out where it is computed at once */
  face?: 'button' | 'slide'
}

/** What a device has to compute: for each puzzle a number whose PBKDF2 begins below the target. */
export interface WorkAsked {
  /** signed; handed back with the solutions */
  challenge: string
  puzzles: number
  /** of PBKDF2-HMAC-SHA-256, each time */
  iterations: number
  /** a puzzle is solved by a key whose first 32 bits are below this */
  target: number
}

/** Work that takes the place of a picture. `expiresIn` is in seconds. */
export interface ProofAsked extends WorkAsked {
  errCode: 0
  errMsg: ''
  expiresIn: number
}

export interface ProofSolved {
  scene: string
  challenge: string
  /** one number of 32 bits for each puzzle, in order */
  solutions: readonly number[]
}

/**
 * What a proof is worth: `captcha` goes where the typed text goes, once. `expiresIn` is in seconds. Of work beside a
 * picture `captcha` is empty: from now on what is typed passes.
 */
export interface ProofAccepted {
  errCode: 0
  errMsg: ''
  captcha: string
  expiresIn: number
}

/** What a page of a site has to solve; `id` goes back with the answer. `expiresIn` is in seconds. */
export type SiteChallenge = { id: string } & (
  | ({ kind: 'image' | 'sum' | 'tap' } & Pick<
      Drawn,
      'captchaBase64' | 'width' | 'height' | 'maxLength' | 'expiresIn' | 'alternative' | 'tap'
    >)
  | ({ kind: 'proof' } & Omit<ProofAsked, 'errCode' | 'errMsg'> & Pick<Failure, 'face'>)
)

/** What passes `siteverify` once. `expiresIn` is in seconds. */
export interface SiteAnswered {
  token: string
  expiresIn: number
}

/** Turnstile's. */
export type SiteverifyCode =
  | 'missing-input-secret'
  | 'invalid-input-secret'
  | 'missing-input-response'
  | 'invalid-input-response'
  | 'timeout-or-duplicate'
  | 'bad-request'
  | 'internal-error'

/** As Turnstile and reCAPTCHA answer. */
export type SiteverifyResult =
  | { success: false; 'error-codes': SiteverifyCode[] }
  | {
      success: true
      /** when the challenge was passed, ISO 8601 */
      challenge_ts: string
      /** of the page; empty where the request named none */
      hostname: string
      /** the scene */
      action: string
      cdata?: string
      'error-codes': []
    }

/** What is counted of a scene, in the order of a captcha's life; the last two are the guard's. */
export type EventName = 'created' | 'refreshed' | 'passed' | 'wrong' | 'expired' | 'spent' | 'demanded' | 'refused'

/** Counts of one scene in one hour (epoch milliseconds of its beginning): events, and `solved_<seconds>`. */
export interface SceneHour {
  scene: string
  hour: number
  counts: Record<string, number>
}

/** Who was refused how often: networks as /24 or /48, devices as a hash; the most refused first, at most 100 of each. */
export interface RefusedCallers {
  networks: { network: string; count: number }[]
  devices: { device: string; count: number }[]
}

/** One field of the form. */
export interface OptionRow {
  /** where it stands in the root of config.json or in a scene: `guard.ip.soft` */
  path: string
  type: 'integer' | 'decimal' | 'flag' | 'choice' | 'colour' | 'text' | 'list'
  default: string | number | boolean | readonly string[]
  /** the default with `guard.failuresOnly` */
  whenFailuresOnly?: string | number | boolean
  min?: number
  max?: number
  maxLength?: number
  choices?: readonly string[]
  unit: 'px' | 'seconds' | 'calls' | 'pictures' | 'one'
  /** means nothing at the root */
  isSceneOnly?: true
  label: Texts
  /** in words, as errors say it */
  allowed: Texts
  help: Texts
}

export interface OptionGroup {
  name: 'picture' | 'guard' | 'imageLimit' | 'addressLimit' | 'work' | 'module'
  label: Texts
  /** means nothing in a scene */
  isRootOnly: boolean
  rows: OptionRow[]
}

/** A mistake in a configuration, in the words that a failing call would use. */
export interface Problem {
  /** where it is: `scene.login.guard.ip.soft` */
  path: string
  /** what stands there, as JSON of at most 60 characters; empty for a secret */
  value: string
  allowed: Texts
  message: Texts
}

/** What a check found. Unknown keys change nothing and are only mentioned. */
export interface Check {
  problems: Problem[]
  unknown: string[]
}

/** Pictures drawn with a configuration that is not live. They are stored nowhere: no answer to them passes. */
export interface Preview {
  errCode: 0
  /** data URIs */
  pictures: string[]
  /** CSS pixels */
  width: number
  height: number
}

/** Messages of a scene within the last day, and how many there may be. */
export interface SmsBudget {
  scene: string
  channel: 'sms' | 'email'
  sent: number
  limit: number
}

/** What became of the messages of uni-sms-code: sent, perhaps sent or not, and of the codes in them. */
export interface MessageCounts {
  sent: number
  /** the provider gave no clear answer */
  unknown: number
  /** by reason: a provider's, or `limit` and `budget` for this installation's own */
  refused: Record<string, number>
  verified: number
  wrong: number
  /** right or wrong, to a code that had expired or was replaced */
  expired: number
}

/** One scene and channel in one hour; `hour` is its beginning, epoch milliseconds. */
export interface MessageHour extends MessageCounts {
  scene: string
  channel: string
  hour: number
}

/** Messages of a scene times the configured price: those that were sent, and those that may have been. */
export interface MessageCost {
  scene: string
  channel: string
  messages: number
  price: number
  cost: number
}

/** What a provider said when it did not send; the most recent first, by the hour. */
export interface MessageError {
  provider: string
  /** the class: a reason of the reasons' table, or `unknown` */
  reason: string
  /** the provider's own code, empty where it gave none */
  providerCode: string
  count: number
  /** the hour in which it happened last, epoch milliseconds */
  lastHour: number
}

/** No number and no address is in it. */
export interface MessageStatistics {
  hours: MessageHour[]
  costs: MessageCost[]
  errors: MessageError[]
}

/** One value that differs, as JSON; a side that has none leaves its key out. */
export interface Change {
  path: string
  before?: string
  after?: string
}

/** Who did something: the address is proven, the name is what they called themselves. */
export interface Actor {
  address: string
  name: string
}

/** Who saved, and when (epoch milliseconds). */
export interface Author extends Actor {
  at: number
}

export interface AuditEntry extends Author {
  action:
    | 'signed in'
    | 'failed to sign in'
    | 'saved'
    | 'went back'
    | 'rotated a secret'
    | 'retired a secret'
    | 'failed to write'
  /** the version that is live after it */
  version?: string
  /** without secrets */
  changes?: Change[]
}

/** A site as the administration shows it. */
export interface SiteSummary {
  siteKey: string
  hosts: string[]
  scenes: string[]
  tokenSeconds?: number
  whenNeeded: boolean
  /** how many are valid; the secrets themselves are nowhere */
  secrets: number
}

/** config.json as it is; `text` is without secrets, and empty where the file is no JSON object. */
export interface PresentConfig {
  version: string
  text: string
  isReadable: boolean
  /** epoch milliseconds; left out where there is no file */
  modifiedAt?: number
  by?: Author
  problems: Problem[]
}

/** What a text would be in place of the present configuration, and how its pictures look. */
export interface CheckedConfig extends Check {
  version: string
  changes: Change[]
  preview: Preview | Failure | null
}

export interface KeptVersion {
  id: string
  /** epoch milliseconds */
  replacedAt: number
  changes: Change[]
}
