const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']

/** Whether a request surely never left this machine: its name was not found, or the connection was not accepted. */
export function neverConnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && code !== '') return NEVER_CONNECTED.includes(code)
  // Tencent's SDK keeps the text alone. It is empty when several addresses were tried in vain.
  const [, reason] = /, reason: (.*)$/.exec(error.message) ?? []
  return reason === '' || NEVER_CONNECTED.some((name) => reason?.includes(`connect ${name}`) || isLookup(reason, name))
}

function isLookup(reason: string | undefined, name: string): boolean {
  return reason?.includes(`getaddrinfo ${name}`) ?? false
}
