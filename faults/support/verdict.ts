// What a fault did, counted from the visits of the traffic.
import { wasAccepted, type Visit } from './traffic'

export interface Counted {
  attempted: number
  failed: number
  /** Why calls failed → how many. */
  reasons: Record<string, number>
  lost: number
  unheard: number
  acceptedTwice: number
  firstFailureMs: number | undefined
  lastFailureMs: number | undefined
  slowestFailureMs: number
}

/** What came of a fault; `broken` are the promises that were not kept. */
export interface Verdict extends Counted {
  errorWindowMs: number
  recoveryMs: number
  facts: Record<string, string | number>
  broken: string[]
}

/**
 * `attempted` and `failed` count calls. `lost`: captchas made and answered that were not accepted, because they were
 * refused. `unheard`: the same, but one of the answers failed, so that it may have been accepted without anybody
 * hearing of it. `acceptedTwice`: captchas with two acceptances. The window is from the first failure to the last.
 */
export function countVisits(visits: readonly Visit[]): Counted {
  const calls = visits.flatMap(({ picture, orders }) => [picture, ...orders]).filter((one) => one !== undefined)
  const failures = calls.filter(({ outcome }) => outcome === 'failed').sort((a, b) => a.at - b.at)
  const answered = visits.filter(({ orders }) => orders.length > 0 && !wasAccepted({ orders }))
  const isUnheard = ({ orders }: Visit) => orders.some(({ outcome }) => outcome === 'failed')
  const reasons: Record<string, number> = {}
  for (const { reason = 'unknown' } of failures) reasons[reason] = (reasons[reason] ?? 0) + 1
  return {
    attempted: calls.length,
    failed: failures.length,
    reasons,
    lost: answered.filter((visit) => !isUnheard(visit)).length,
    unheard: answered.filter(isUnheard).length,
    acceptedTwice: visits.filter(({ orders }) => orders.filter(({ outcome }) => outcome === 'ok').length > 1).length,
    firstFailureMs: failures[0]?.at,
    lastFailureMs: failures.at(-1)?.at,
    slowestFailureMs: Math.round(Math.max(0, ...failures.map(({ tookMs }) => tookMs))),
  }
}

interface Findings {
  visits?: readonly Visit[]
  facts?: Record<string, string | number>
  /** The traffic's time of the fault's end. */
  mendedAtMs?: number
  holds(counted: Counted): Record<string, boolean>
}

/** The verdict of a fault: what was counted, which promises (sentence → whether it holds) are broken, facts to print. */
export function toVerdict({ visits = [], facts = {}, mendedAtMs, holds }: Findings): Verdict {
  const counted = countVisits(visits)
  const { firstFailureMs, lastFailureMs } = counted
  const hasWindow = firstFailureMs !== undefined && lastFailureMs !== undefined
  return {
    ...counted,
    errorWindowMs: hasWindow ? Math.round(lastFailureMs - firstFailureMs) : 0,
    recoveryMs: hasWindow && mendedAtMs !== undefined ? Math.max(0, Math.round(lastFailureMs - mendedAtMs)) : 0,
    facts,
    broken: Object.entries(holds(counted))
      .filter(([, isTrue]) => !isTrue)
      .map(([sentence]) => sentence),
  }
}

export function printVerdict(title: string, verdict: Verdict): void {
  const { attempted, failed, reasons, lost, unheard, acceptedTwice, facts, broken } = verdict
  console.log(`\n${title}`)
  if (attempted > 0) {
    const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`)
    console.log(`  calls: ${attempted} attempted, ${failed} failed${failed > 0 ? ` (${why.join(', ')})` : ''}`)
    console.log(`  captchas: ${lost} lost, ${unheard} of unknown end, ${acceptedTwice} accepted twice`)
    if (failed > 0) printWindow(verdict)
  }
  for (const [what, value] of Object.entries(facts)) console.log(`  ${what}: ${value}`)
  console.log(broken.length === 0 ? '  verdict: held' : `  verdict: NOT held: ${broken.join('; ')}`)
}

function printWindow(verdict: Verdict): void {
  const { errorWindowMs, recoveryMs, slowestFailureMs } = verdict
  console.log(`  errors during ${errorWindowMs} ms, the last ${recoveryMs} ms after the end of the fault`)
  console.log(`  the slowest failure took ${slowestFailureMs} ms`)
}
