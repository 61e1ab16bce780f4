import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

import { unzipSync } from 'fflate'

const HEAD = ['file', 'packed', 'unpacked', 'files', 'cloud code', 'largest']

type Cell = string | number

/** A row of the table: what a zip weighs, in itself and unpacked. */
export function sizeRow(zip: string): Cell[] {
  const packed = readFileSync(zip)
  const sizes = Object.entries(unzipSync(packed)).map(([path, { length }]) => ({ path, length }))
  const sum = (of: { length: number }[]) => of.reduce((total, { length }) => total + length, 0)
  const largest = sizes.reduce((one, other) => (other.length > one.length ? other : one))
  const cloud = sizes.filter(({ path }) => path.startsWith('uniCloud/cloudfunctions/'))
  const last = `${basename(largest.path)} ${kilobytes(largest.length)}`
  return [basename(zip), kilobytes(packed.length), kilobytes(sum(sizes)), sizes.length, kilobytes(sum(cloud)), last]
}

/** Rows below a head, in columns. */
export function sizeTable(rows: readonly Cell[][]): string {
  const lines = [HEAD, ...rows].map((row) => row.map(String))
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => Buffer.byteLength(line[column] ?? ''))))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Bytes as people compare them. */
export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`
}
