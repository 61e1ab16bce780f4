// What every bench does around its measures.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { step } from '../../scripts/build-cache.mjs'

/** The bench's own place, removed at its end. */
export const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-bench-'))
export interface Row {
  what: string
  measured: string
  wanted?: string
  absolute?: string
}

/** What was measured. */
export const rows: Row[] = []

/** Runs the measures one after the other and prints the rows they add as one table. */
export async function runMeasures(measures: readonly (() => unknown)[]): Promise<void> {
  try {
    for (const measure of measures) {
      step(`measuring ${measure.name}`)
      await measure()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log('')
  console.table(rows)
}
