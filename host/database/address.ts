/** Where a PostgreSQL server is, read from `postgres://user:password@host:port/database?schema=name`. */
export interface PostgresAddress {
  /** As the client takes it, with the password: for nothing else. */
  readonly url: string
  /** Where the tables are. */
  readonly schema: string
}

const DEFAULT_SCHEMA = 'unicloud'
const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/

/** Throws a RangeError, which does not quote what was given: a password may stand in it. */
export function parsePostgresAddress(given: string): PostgresAddress {
  let url: URL
  try {
    url = new URL(given)
  } catch {
    throw new RangeError('is not an address: write postgres://user:password@host:5432/database')
  }
  if (!['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new RangeError('does not begin with postgres:// or postgresql://')
  }
  if (url.hostname === '') throw new RangeError('names no host: write postgres://user:password@host:5432/database')
  if (!/^\/[^/]+$/.test(url.pathname))
    throw new RangeError('names no database: write it after the host, as in /unicloud')
  const schema = url.searchParams.get('schema') ?? DEFAULT_SCHEMA
  if (!SCHEMA.test(schema) || schema.startsWith('pg_')) {
    throw new RangeError('has a schema that is not 1 to 63 small letters, digits or "_" beginning with a letter')
  }
  url.searchParams.delete('schema')
  return { url: url.href, schema }
}
