/** Where a PostgreSQL server is, read from `postgres://user:password@host:port/database?schema=name`. */
export interface PostgresAddress {
  /** As the client takes it, with the password: for nothing else. */
  readonly url: string
  /** A name or an IP address; of IPv6 without its brackets, which the client cannot read in the URL. */
  readonly host: string
  readonly port: number
  /** Where the tables are. */
  readonly schema: string
  /** Whether the server's certificate has to be for the host, by an authority that is known. */
  readonly isCertified: boolean
}

/** What may be asked for after the address. */
const PARAMETERS = ['schema', 'sslmode']
const SSL_MODES = ['disable', 'require', 'verify-full']
const DEFAULT_SCHEMA = 'unicloud'
const DEFAULT_PORT = 5432
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
  for (const [part, text] of [
    ['user', url.username],
    ['password', url.password],
    ['database', url.pathname],
  ] as const) {
    if (!isEncoded(text)) throw new RangeError(`has a % in the ${part} that encodes nothing: write a % itself as %25`)
  }
  for (const name of url.searchParams.keys()) {
    if (PARAMETERS.includes(name)) continue
    const shown = /^[\w.-]{1,32}$/.test(name) ? `the parameter ${name}` : 'a parameter'
    throw new RangeError(`has ${shown}, which it does not know: it knows ${PARAMETERS.join(' and ')}`)
  }
  const mode = url.searchParams.get('sslmode')
  if (mode !== null && !SSL_MODES.includes(mode)) {
    throw new RangeError(`has an sslmode that is none of ${SSL_MODES.join(', ')}`)
  }
  const schema = url.searchParams.get('schema') ?? DEFAULT_SCHEMA
  if (!SCHEMA.test(schema) || schema.startsWith('pg_')) {
    throw new RangeError('has a schema that is not 1 to 63 small letters, digits or "_" beginning with a letter')
  }
  url.searchParams.delete('schema')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { url: url.href, host, port: Number(url.port || DEFAULT_PORT), schema, isCertified: mode === 'verify-full' }
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
