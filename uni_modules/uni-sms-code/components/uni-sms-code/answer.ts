import { isClockRefused } from '../../../uni-captcha/components/uni-captcha/answer'

import type { SmsCodeError } from './props'

/** What a successful send says. Everything from the server is hostile until checked; times in seconds. */
export interface SentAnswer {
  retryAfterS: number
  /** digits of the code */
  length: number
}

export interface TicketAnswer {
  ticket: string
  lifeS: number
}

export const USUAL_CODE_LENGTH = 6
const USUAL_WAIT_S = 60
const USUAL_TICKET_LIFE_S = 300
const DAY_S = 86_400

export function readSent(answer: unknown): SentAnswer {
  const { retryAfter, codeLength } = toRecord(answer)
  return {
    retryAfterS: within(retryAfter, 0, DAY_S) ?? USUAL_WAIT_S,
    length: Math.floor(within(codeLength, 1, 12) ?? USUAL_CODE_LENGTH),
  }
}

/** Undefined when there is no ticket in it. */
export function readTicket(answer: unknown): TicketAnswer | undefined {
  const { ticket, expiresIn } = toRecord(answer)
  if (typeof ticket !== 'string' || ticket === '') return undefined
  return { ticket, lifeS: within(expiresIn, 0, DAY_S) ?? USUAL_TICKET_LIFE_S }
}

/** A failed call, and what only the component knows of it. */
export interface SmsCodeFailure extends SmsCodeError {
  /** a gateway has refused the time that the client signed with: the clock of the device is off */
  isClock?: boolean
}

/** A failed call, as the page hears of it; `errMsg` is the cloud side's own, empty for a network error's jargon. */
export function readFailure(error: unknown): SmsCodeFailure {
  const { code, errCode = code, errMsg, detail } = toRecord(error)
  const isOurs = typeof errCode === 'string' && /^uni-(sms-code|captcha)-/.test(errCode)
  const wait = within(toRecord(detail)['retryAfter'] ?? toRecord(error)['retryAfter'], 0, DAY_S)
  return {
    errCode: typeof errCode === 'string' ? errCode : '',
    errMsg: isOurs && typeof errMsg === 'string' ? errMsg : '',
    ...(wait === undefined ? {} : { retryAfter: wait }),
    ...(!isOurs && isClockRefused(error) && { isClock: true }),
  }
}

function toRecord(value: unknown): Record<string, unknown> {
  return Object(value) as Record<string, unknown>
}

function within(value: unknown, min: number, max: number): number | undefined {
  return typeof value === 'number' && value >= min && value <= max ? value : undefined
}
