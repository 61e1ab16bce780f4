import { useAdminTexts } from './use-admin-texts'

import type { Sum } from './scene-statistics'

/** The numbers of the overview, in its order. */
export const METRICS = ['passRate', 'wrongRate', 'abandonment', 'medianSeconds', 'refused', 'pictures'] as const
export type MetricName = (typeof METRICS)[number]

const NONE = '–'

/** Numbers as the overview writes them, in the page's language. */
export function useNumbers() {
  const { t } = useAdminTexts()
  const rate = (share: number) => `${Math.round(share * 1000) / 10} %`

  function show(name: MetricName, sum: Sum | undefined): string {
    const value = sum && readValue(name, sum)
    if (value === undefined) return NONE
    if (name === 'medianSeconds') return t('statistics.seconds', { seconds: value })
    return isCount(name) ? Math.round(value).toLocaleString() : rate(value)
  }

  /** What changed since then: counts by a share, shares by points; empty where nothing did or nothing is known. */
  function difference(name: MetricName, now: Sum, then: Sum): string {
    const [value, earlier] = [readValue(name, now), readValue(name, then)]
    if (value === undefined || earlier === undefined || (isCount(name) && earlier < 0.5)) return ''
    const change = isCount(name) ? value / earlier - 1 : value - earlier
    if (name === 'medianSeconds') return change === 0 ? '' : signed(change, t('unit.seconds'))
    const points = Math.round(change * 1000) / 10
    return points === 0 ? '' : signed(points, isCount(name) ? '%' : t('unit.points'))
  }

  return { rate, show, difference }
}

function isCount(name: MetricName): boolean {
  return name === 'refused' || name === 'pictures'
}

function readValue(name: MetricName, sum: Sum): number | undefined {
  if (name === 'refused') return sum.counts.refused
  return name === 'pictures' ? sum.counts.created + sum.counts.refreshed : sum[name]
}

function signed(value: number, unit: string): string {
  return `${value > 0 ? '↑' : '↓'} ${Math.abs(value).toLocaleString()} ${unit}`
}
