/** What a worker tells its primary. */
export type FromWorker =
  | { type: 'host:ready'; url: string }
  /** It cannot start; one sentence, or a stack. */
  | { type: 'host:failed'; reason: string }
  /** Its event loop turns. */
  | { type: 'host:beat' }
  /** It was asked to end by another process: another may take its place while it finishes. */
  | { type: 'host:leaving' }

/** What the primary tells a worker. */
export interface FromPrimary {
  type: 'host:drain'
  /** How long idle connections are kept, so that their next request is answered. */
  lingerMs: number
}

/** As long as a worker that leaves keeps idle connections while the others serve on. */
export const LINGER_MS = 5000

/** Other modules talk over the same channel: only what names itself is ours. */
export function isFromWorker(message: unknown): message is FromWorker {
  return getType(message).startsWith('host:')
}

export function isFromPrimary(message: unknown): message is FromPrimary {
  return getType(message) === 'host:drain'
}

function getType(message: unknown): string {
  const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : ''
  return typeof type === 'string' ? type : ''
}
