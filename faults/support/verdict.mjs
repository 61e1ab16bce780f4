// What a fault did, counted from the visits of the traffic.
import { wasAccepted } from './traffic.mjs'

/**
 * `attempted` and `failed` count calls. `lost`: captchas made and answered that nobody accepted, because they were
 * refused. `unheard`: the same, but one of the answers failed, so that it may have been accepted without anybody
 * hearing of it. `acceptedTwice`: captchas with two acceptances. The window is from the first failure to the last.
 */
export function countVisits(visits) {
  const calls = visits.flatMap(({ picture, orders }) => [picture, ...orders]).filter(Boolean)
  const failures = calls.filter(({ outcome }) => outcome === 'failed').sort((a, b) => a.at - b.at)
  const answered = visits.filter(({ orders }) => orders.length > 0 && !wasAccepted({ orders }))
  const isUnheard = ({ orders }) => orders.some(({ outcome }) => outcome === 'failed')
  const reasons = {}
  for (const { reason } of failures) reasons[reason] = (reasons[reason] ?? 0) + 1
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

/**
 * The verdict of a fault: what was counted, what has to hold (sentence → whether it does), and facts to print.
 * `struckAt` and `mendedAt` are the traffic's times of the fault's begin and end.
 */
export function verdictOf({ visits = [], holds, facts = {}, struckAt, mendedAt = struckAt }) {
  const counted = countVisits(visits)
  const { firstFailureMs, lastFailureMs } = counted
  const hasWindow = firstFailureMs !== undefined
  return {
    ...counted,
    errorWindowMs: hasWindow ? Math.round(lastFailureMs - firstFailureMs) : 0,
    recoveryMs: hasWindow && mendedAt !== undefined ? Math.max(0, Math.round(lastFailureMs - mendedAt)) : 0,
    facts,
    broken: Object.entries(holds(counted))
      .filter(([, isTrue]) => !isTrue)
      .map(([sentence]) => sentence),
  }
}

export function printVerdict(title, verdict) {
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

function printWindow(verdict) {
  const { errorWindowMs, recoveryMs, slowestFailureMs } = verdict
  console.log(`  errors during ${errorWindowMs} ms, the last ${recoveryMs} ms after the end of the fault`)
  console.log(`  the slowest failure took ${slowestFailureMs} ms`)
}
