import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { documentsWithTables } from '../../scripts/docs-tables'

it('the option and error tables of the documents say what the code says', () => {
  for (const [file, text] of Object.entries(documentsWithTables())) {
    expect(readFileSync(file, 'utf8'), `${file}: run npm run docs:tables`).toBe(text)
  }
})
