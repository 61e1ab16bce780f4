import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { documentsWithTables } from '../../scripts/tables.mjs'

it('the option and error tables of the documents say what the code says', async () => {
  for (const [file, text] of Object.entries(await documentsWithTables())) {
    expect(readFileSync(file, 'utf8'), `${file}: run node scripts/tables.mjs`).toBe(text)
  }
})
