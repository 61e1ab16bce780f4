import { toHourLines } from './scene-statistics'

import type { HourLines, Period } from './scene-statistics'
import type { MessageHour } from '../../uni_modules/uni-captcha/types/protocol'

/** What became of a message or of its code, as the chart's lines and the table's columns show it. */
export const FATES = ['sent', 'verified', 'unknown', 'refused', 'wrong', 'expired'] as const
type Fate = (typeof FATES)[number]

/** Messages of one scene and channel. */
export interface MessageSum {
  scene: string
  channel: string
  counts: Record<Fate, number>
}

/** One row a scene and channel, the one that sent most first. */
export function sumMessages(hours: readonly MessageHour[]): MessageSum[] {
  const sums = new Map<string, MessageSum>()
  for (const hour of hours) {
    const { scene, channel } = hour
    const key = JSON.stringify([scene, channel])
    const sum = sums.get(key) ?? { scene, channel, counts: toCounts(() => 0) }
    sums.set(key, { ...sum, counts: toCounts((fate) => sum.counts[fate] + countFate(hour, fate)) })
  }
  return [...sums.values()].sort((one, other) => other.counts.sent - one.counts.sent)
}

/** Refusals by reason, the most frequent first. */
export function sumReasons(hours: readonly MessageHour[]): [reason: string, count: number][] {
  const sums = new Map<string, number>()
  for (const [reason, count] of hours.flatMap(({ refused }) => Object.entries(refused))) {
    sums.set(reason, (sums.get(reason) ?? 0) + count)
  }
  return [...sums].sort(([, one], [, other]) => other - one)
}

/** The times and a line for each fate, all scenes and channels together. */
export function toMessageLines(hours: readonly MessageHour[], period: Period): HourLines {
  return toHourLines(hours, period, FATES, countFate)
}

function countFate(hour: MessageHour, fate: Fate): number {
  return fate === 'refused' ? Object.values(hour.refused).reduce((sum, count) => sum + count, 0) : hour[fate]
}

function toCounts(read: (fate: Fate) => number): Record<Fate, number> {
  return Object.fromEntries(FATES.map((fate) => [fate, read(fate)])) as Record<Fate, number>
}
