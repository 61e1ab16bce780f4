/** Every failure of the administration: its code and HTTP status. The page has a sentence for each, in both languages. */
export const ADMIN_ERRORS = {
  InvalidRequest: 400,
  SignInRequired: 401,
  WrongToken: 401,
  ForeignOrigin: 403,
  NoSuchVersion: 404,
  NoSuchSite: 404,
  Stale: 409,
  SiteExists: 409,
  ConfigUnreadable: 409,
  NotJson: 415,
  InvalidConfig: 422,
  TooManyTries: 429,
  Busy: 429,
  WriteFailed: 500,
  StoreUnavailable: 503,
} as const

export type AdminCode = keyof typeof ADMIN_ERRORS

/** A failure that reaches the page as `{ error: { code, message, …fields } }`; nothing in it is secret. */
export class AdminError extends Error {
  override name = 'AdminError'

  constructor(
    readonly code: AdminCode,
    message: string,
    readonly fields: Record<string, unknown> = {},
  ) {
    super(message)
  }

  get status(): number {
    return ADMIN_ERRORS[this.code]
  }

  get body(): object {
    return { error: { code: this.code, message: this.message, ...this.fields } }
  }
}
