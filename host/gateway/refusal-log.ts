import type { Logger } from 'pino'
import { GatewayError, type GatewayCode } from '../shared/gateway-error'

/** Each kind of refusal is logged at most once in this time, with how many there were. */
const EVERY_MS = 60_000

const CAUSES: { [Code in GatewayCode]?: string } = {
  SignatureNotMatch:
    'requests with a wrong signature are refused: their client was built with another secret than CLIENT_SECRET',
  'InvalidSpaceId.NotFound':
    'requests for another space are refused: their client was built with another space id than SPACE_ID',
  'InvalidTimestamp.Skewed':
    "requests with a time more than a day off are refused: the client's clock is wrong, or this machine's is",
}

/** Logs what an operator can mend: clients that were built for another host, and clocks. */
export class RefusalLog {
  readonly #told = new Map<GatewayCode, { atMs: number; more: number }>()

  constructor(
    private readonly log: Logger,
    private readonly now: () => number,
  ) {}

  look(error: unknown): void {
    if (!(error instanceof GatewayError)) return
    const cause = CAUSES[error.code]
    if (cause === undefined) return
    const told = this.#told.get(error.code)
    const atMs = this.now()
    if (told && atMs - told.atMs < EVERY_MS && atMs >= told.atMs) {
      told.more++
      return
    }
    this.#told.set(error.code, { atMs, more: 0 })
    this.log.warn({ code: error.code, requests: (told?.more ?? 0) + 1 }, cause)
  }
}
