import type { Message, Provider, RefusalReason, SendOutcome, SmsMessage } from './provider'

/** One request to the provider; its own time-out is `timeoutMs` at most. What it throws counts as unknown. */
export type Attempt<M extends Message = SmsMessage> = (message: M, timeoutMs: number) => Promise<SendOutcome>

const RETRY_AFTER_MS = 200

/** With less time left than this nothing is repeated, and no other provider is asked: an answer would hardly come. */
export const MIN_TIME_LEFT_MS = 500

/** A provider out of single attempts: an answer within `timeoutMs`, and one repetition of what was surely not sent. */
export function createProvider<M extends Message>(attempt: Attempt<M>, timeoutMs: number): Provider<M> {
  return {
    async send(message, withinMs = timeoutMs) {
      const limitMs = Math.min(withinMs, timeoutMs)
      const outcome = await within(limitMs, () => twice(limitMs, (leftMs) => once(attempt, message, leftMs)))
      return withoutSecrets(outcome, message)
    },
  }
}

export function refused(reason: RefusalReason, providerCode?: string): SendOutcome {
  return { kind: 'refused', reason, providerCode }
}

/** Refused before anything was accepted, for a reason that may be over in a moment. */
export function notNow(reason: 'busy' | 'unreachable', providerCode?: string): SendOutcome {
  return { kind: 'refused', reason, providerCode, mayRetry: true }
}

export function unknown(providerCode?: string): SendOutcome {
  return { kind: 'unknown', providerCode }
}

async function once<M extends Message>(attempt: Attempt<M>, message: M, timeoutMs: number): Promise<SendOutcome> {
  try {
    return await attempt(message, timeoutMs)
  } catch (error) {
    // Its text may quote the request.
    return unknown(error instanceof Error ? error.name : typeof error)
  }
}

/** The repetition has what is left of the time: told of later, what was surely not sent would count as unknown. */
async function twice(limitMs: number, send: (leftMs: number) => Promise<SendOutcome>): Promise<SendOutcome> {
  const deadline = Date.now() + limitMs
  const outcome = await send(limitMs)
  if (outcome.kind !== 'refused' || !outcome.mayRetry) return outcome
  if (deadline - Date.now() - RETRY_AFTER_MS < MIN_TIME_LEFT_MS) return outcome
  await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS))
  return send(Math.max(deadline - Date.now(), 1))
}

async function within(timeoutMs: number, send: () => Promise<SendOutcome>): Promise<SendOutcome> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<SendOutcome>((resolve) => {
    timer = setTimeout(() => resolve(unknown('timeout')), timeoutMs)
  })
  const outcome = await Promise.race([send(), late])
  if (timer) clearTimeout(timer)
  return outcome
}

/** The repetition is done, and a provider's code is what it looks like: words, not a number, and not our code. */
function withoutSecrets(outcome: SendOutcome, { code }: Message): SendOutcome {
  if (outcome.kind === 'sent') return { kind: 'sent' }
  const given = outcome.providerCode
  const isPlain = given !== undefined && /^[\w.: -]{1,80}$/.test(given) && !/\d{7}/.test(given) && !given.includes(code)
  const providerCode = isPlain ? { providerCode: given } : {}
  if (outcome.kind === 'unknown') return { kind: 'unknown', ...providerCode }
  return { kind: 'refused', reason: outcome.reason, ...providerCode }
}
