/** A text in both languages of the cloud side. */
export interface Texts {
  'zh-Hans': string
  en: string
}

export interface OptionRow {
  /** where it stands in the root or in a scene: `guard.ip.soft` */
  path: string
  type: 'integer' | 'flag' | 'choice' | 'colour' | 'text'
  default: string | number | boolean
  whenFailuresOnly?: number
  min?: number
  max?: number
  maxLength?: number
  choices?: string[]
  unit: 'px' | 'seconds' | 'calls' | 'pictures' | 'one'
  isSceneOnly?: true
  label: Texts
  allowed: string
  help: Texts
}

export interface OptionGroup {
  name: string
  label: Texts
  isRootOnly: boolean
  rows: OptionRow[]
}

export interface Problem {
  path: string
  value: string
  allowed: string
  message: Texts
}

/** Values are JSON; a side that has none leaves its key out. */
export interface Change {
  path: string
  before?: string
  after?: string
}

/** Who saved, and when (epoch milliseconds). */
export interface Author {
  at: number
  address: string
  name: string
}

export interface PresentConfig {
  version: string
  text: string
  isReadable: boolean
  modifiedAt?: number
  by?: Author
}

export interface Checked {
  version: string
  problems: Problem[]
  unknown: string[]
  changes: Change[]
  preview: { errCode: 0 | string; errMsg?: string; pictures?: string[]; width?: number; height?: number } | null
}

export interface KeptVersion {
  id: string
  replacedAt: number
  changes: Change[]
}

export interface AuditEntry extends Author {
  action: 'signed in' | 'saved' | 'went back' | 'failed to write'
  changes?: Change[]
}

export interface SceneHour {
  scene: string
  hour: number
  counts: Record<string, number>
}

/** A refusal of the server; `code` has a sentence in the locale files. `off`: there is no administration at all. */
export class AdminFailure extends Error {
  constructor(
    readonly code: string,
    readonly fields: {
      retryAfter?: number
      problems?: Problem[]
      by?: Author
      modifiedAt?: number
      reason?: string
    } = {},
  ) {
    super(code)
  }
}

const BASE = '/admin/api'

/** Calls a route of the host. Throws AdminFailure, and what `fetch` throws for a call that `signal` ends. */
export async function callAdmin<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, signal, credentials: 'same-origin', cache: 'no-store' }
  if (body) Object.assign(init, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const response = await fetch(BASE + path, init).catch((error: unknown) => {
    throw signal?.aborted ? error : new AdminFailure('network')
  })
  const answer = (await response.json().catch(() => undefined)) as (T & { error?: { code: string } }) | undefined
  if (response.ok && answer) return answer
  const { code = 'network', ...fields } = answer?.error ?? {}
  // Without a token, or a module, none of the routes is there.
  throw new AdminFailure(response.status === 404 && code !== 'NoSuchVersion' ? 'off' : code, fields)
}
