/** What a worker tells its primary. */
export type FromWorker =
  | { type: 'host:ready'; url: string }
  /** It cannot start; one sentence, or a stack. */
  | { type: 'host:failed'; reason: string }
  /** Its event loop turns. */
  | { type: 'host:beat' }
  /** It was asked to end by another process: another may take its place while it finishes. */
  | { type: 'host:leaving' }
  /** It takes no connection any more. */
  | { type: 'host:closed' }

/** What the primary tells a worker. */
export type FromPrimary =
  /** Finish what you are at, and end; `lingerMs` is how long idle connections are kept, to answer their next request. */
  | { type: 'host:drain'; lingerMs: number }
  /** No connection comes after this. */
  | { type: 'host:released' }

/** As long as a worker that leaves keeps idle connections while the others serve on. */
export const LINGER_MS = 5000

/** Other modules talk over the same channel: only what names itself is ours. */
export function isFromWorker(message: unknown): message is FromWorker {
  return getType(message).startsWith('host:')
}

export function isFromPrimary(message: unknown): message is FromPrimary {
  return getType(message).startsWith('host:')
}

function getType(message: unknown): string {
  const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : ''
  return typeof type === 'string' ? type : ''
}
