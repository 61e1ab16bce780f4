/** What a page is told, by `code`; the first eight are DCloud's own, which pages compare with. */
export type ClientDbCode =
  | 'TOKEN_INVALID_ANONYMOUS_USER'
  | 'TOKEN_INVALID_TOKEN_EXPIRED'
  | 'TOKEN_INVALID_WRONG_TOKEN'
  | 'SYNTAX_ERROR'
  | 'PERMISSION_ERROR'
  | 'VALIDATION_ERROR'
  | 'DUPLICATE_KEY'
  | 'SYSTEM_ERROR'
  | 'uni-cloud-not-supported'
  | 'uni-cloud-too-many-rows'

/** A refusal of clientDB. Its message names collections, fields and methods, never stored values. */
export class ClientDbError extends Error {
  override name = 'ClientDbError'

  constructor(
    readonly code: ClientDbCode,
    message: string,
  ) {
    super(message)
  }
}

/** What a trigger or an action of the project has thrown to stop a query: told to the page in its own words. */
export class HookRefusal extends Error {
  override name = 'HookRefusal'

  constructor(
    readonly code: string | number,
    message: string,
  ) {
    super(message)
  }
}

export function syntaxError(message: string): ClientDbError {
  return new ClientDbError('SYNTAX_ERROR', message)
}

export function forbidden(message: string): ClientDbError {
  return new ClientDbError('PERMISSION_ERROR', message)
}

export function invalidData(message: string): ClientDbError {
  return new ClientDbError('VALIDATION_ERROR', message)
}

export function notSupported(what: string): ClientDbError {
  return new ClientDbError('uni-cloud-not-supported', `clientDB of this host does not support ${what}`)
}

/** Text of a client inside a message: short, and in quotes. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)
}
