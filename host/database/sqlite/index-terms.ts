import type { Test } from '../filter'
import type { Use } from '../index-use'
import { getRank, isFraction } from '../index-use'
import { isDate } from '../values'
import { RANKS } from '../order'
import { rankSql, valueSql } from './order-sql'
import type { Parameters } from './where'

/** Terms on the columns of an index. */
export function usedTerms({ equal, ranges }: Pick<Use, 'equal' | 'ranges'>, parameters: Parameters): string[] {
  const terms = equal.map((test) => equalSql(test, parameters))
  return ranges.length > 0 ? [...terms, rangeSql(ranges, parameters)] : terms
}

function equalSql({ path, operator, value }: Test, parameters: Parameters): string {
  const rank = rankSql(path)
  if (value === null) return `${rank} = ${RANKS.null} AND ${valueSql(path)} IS NULL`
  if (operator !== '$in') return `${rank} = ${getRank(value)} AND ${valueSql(path)} = ${parameters.bind(bound(value))}`
  const values = value as unknown[]
  const ranks = [...new Set(values.map(getRank))]
  const list = parameters.bind(JSON.stringify(values.map(bound)))
  return `${rank} IN (${ranks.join()}) AND ${valueSql(path)} IN (SELECT value FROM json_each(${list}))`
}

/**
 * Ranges of one type as one: SQLite would follow the first of several bounds, and walk what the others leave out. Bounds
 * are included, so that a rounded fraction at the bound is still a candidate.
 */
function rangeSql(ranges: readonly Test[], parameters: Parameters): string {
  const { path, value } = ranges[0]!
  const lower = ranges.filter(({ operator }) => operator !== '$lt' && operator !== '$lte').map((test) => edge(test, -1))
  const upper = ranges.filter(({ operator }) => operator !== '$gt' && operator !== '$gte').map((test) => edge(test, 1))
  const terms = [`${rankSql(path)} = ${getRank(value)}`]
  if (lower.length > 0) {
    const largest = lower.reduce((one, other) => (isBelow(one, other) ? other : one))
    terms.push(`${valueSql(path)} >= ${parameters.bind(largest)}`)
  }
  if (upper.length > 0) {
    const smallest = upper.reduce((one, other) => (isBelow(other, one) ? other : one))
    terms.push(`${valueSql(path)} <= ${parameters.bind(smallest)}`)
  }
  return terms.join(' AND ')
}

function edge({ value }: Test, direction: 1 | -1): string | number {
  const at = bound(value)
  return isFraction(at) ? at + direction * (Math.abs(at) * 1e-12 + 1e-300) : at
}

/** As SQLite compares values of one type: texts by their bytes. */
function isBelow(one: string | number, other: string | number): boolean {
  if (typeof one === 'number' || typeof other === 'number') return one < other
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
}

function bound(value: unknown): string | number {
  if (isDate(value)) return value.getTime()
  return typeof value === 'boolean' ? Number(value) : (value as string | number)
}
