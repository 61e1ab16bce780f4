/** Every way a call can fail, by `errCode`. Messages name fields, types and bounds, never stored or queried values. */
export const DATABASE_ERRORS = {
  'database-invalid-argument': 'The call was wrong: a name, a value, an operator or a bound.',
  'database-duplicate-key': 'Another document already has this _id or this value of a unique index.',
  'database-unsupported': 'uniCloud has this, the database of this host does not.',
  'database-too-many-rows': 'The statement would look at more documents than it may, for as often as it compares each.',
  'database-conflict': 'Another write changed a document of the transaction; nothing of it was written.',
  'database-transaction-ended': 'The transaction has been committed or rolled back, or is older than 10 s.',
  'database-busy': 'Other writes held what this one needs for longer than the time-out.',
  'database-unavailable': 'The database cannot be opened, reached, read or written, or is closed.',
} as const

export type DatabaseErrorCode = keyof typeof DATABASE_ERRORS

export class DatabaseError extends Error {
  readonly errSubject = 'database'
  readonly errCode: DatabaseErrorCode

  constructor(errCode: DatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseError'
    this.errCode = errCode
  }
}

export function invalid(message: string): DatabaseError {
  return new DatabaseError('database-invalid-argument', message)
}

export function unsupported(what: string): DatabaseError {
  return new DatabaseError('database-unsupported', `the database of this host does not offer ${what}`)
}

/** `comparisons` are given where there may be fewer documents because of them. */
export function tooManyRows(collection: string, maxRows: number, comparisons?: number): DatabaseError {
  const each = comparisons === undefined ? '' : `, each compared ${comparisons} times`
  return new DatabaseError(
    'database-too-many-rows',
    `more than ${maxRows} documents of ${JSON.stringify(collection)} would be looked at${each}: compare and sort by fields of an index` +
      ` (${collection}.index.json), or ask for fewer`,
  )
}

export function tooMuchText(collection: string, maxCharacters: number): DatabaseError {
  return new DatabaseError(
    'database-too-many-rows',
    `more than ${maxCharacters} characters of documents of ${JSON.stringify(collection)} would be looked at, once for each` +
      ' regular expression: compare by fields of an index, or ask for fewer',
  )
}

/** MongoDB's wording, which retry code looks for; the value itself stays out of the message. */
export function duplicateKey(collection: string, index: string): DatabaseError {
  const message = `E11000 duplicate key error collection: ${collection} index: ${index}`
  return new DatabaseError('database-duplicate-key', message)
}

/** Whether an error says that a document with this `_id` or unique value exists already. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof DatabaseError && error.errCode === 'database-duplicate-key'
}
