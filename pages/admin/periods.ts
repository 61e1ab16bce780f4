import { HOUR_MS } from './scene-statistics'

import type { Period } from './scene-statistics'

export const SPANS = ['today', 'day', 'week', 'month', 'custom'] as const
export type SpanName = (typeof SPANS)[number]

/** What is shown, and what it is compared with where there are numbers of that time. */
export interface Periods {
  present: Period
  /** the same length of time just before */
  before: Period | undefined
  weekBefore: Period | undefined
}

/** Two days of the calendar as `YYYY-MM-DD`, both included. */
export interface Days {
  first: string
  last: string
}

export const DAY_MS = 24 * HOUR_MS
/** How long the server keeps its hours. */
const KEPT_DAYS = 30
/** Days of the calendar may be an hour longer. */
const MAX_LENGTH_MS = KEPT_DAYS * DAY_MS + 2 * HOUR_MS

/** The periods of a choice at `now`, days in the browser's time zone; undefined for days that name no period. */
export function toPeriods(span: SpanName, now: number, days: Days): Periods | undefined {
  const present = toPresent(span, now, days)
  if (!present || present.from >= present.to || present.to - present.from > MAX_LENGTH_MS) return undefined
  const lengthDays = Math.ceil((present.to - present.from) / DAY_MS)
  const oldest = now - KEPT_DAYS * DAY_MS
  const earlier = (shiftDays: number) => {
    const period = { from: present.from - shiftDays * DAY_MS, to: present.to - shiftDays * DAY_MS }
    return period.from < oldest ? undefined : period
  }
  return { present, before: earlier(lengthDays), weekBefore: lengthDays < 7 ? earlier(7) : undefined }
}

/** Everything that has to be read for them. */
export function toSpan({ present, before, weekBefore }: Periods): Period {
  const from = Math.min(present.from, before?.from ?? Infinity, weekBefore?.from ?? Infinity)
  return { from: Math.floor(from / HOUR_MS) * HOUR_MS, to: Math.ceil(present.to / HOUR_MS) * HOUR_MS }
}

/** The day of the calendar that a time lies in, as `YYYY-MM-DD`. */
export function toDay(at: number): string {
  const day = new Date(at)
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}

function toPresent(span: SpanName, now: number, { first, last }: Days): Period | undefined {
  if (span === 'today') return { from: new Date(now).setHours(0, 0, 0, 0), to: now }
  if (span === 'day') return { from: now - DAY_MS, to: now }
  if (span === 'week') return { from: now - 7 * DAY_MS, to: now }
  if (span === 'month') return { from: now - KEPT_DAYS * DAY_MS, to: now }
  const [from, to] = [startOfDay(first), startOfDay(last)]
  if (from === undefined || to === undefined) return undefined
  return { from, to: Math.min(now, new Date(to).setHours(24, 0, 0, 0)) }
}

function startOfDay(day: string): number | undefined {
  const at = new Date(`${day}T00:00:00`).getTime()
  return Number.isNaN(at) ? undefined : at
}
