import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

const root = join(__dirname, '../..')
const SKIPPED = new Set(['node_modules', 'dist', 'unpackage', '.data'])

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : sources(path)
    return /\.(vue|ts|css|scss)$/.test(entry.name) ? [path] : []
  })
}

/** Style sheets of packages that a file has compiled with its own: `import 'x/y.css'`, `@import "x/y.css"`. */
function foreignStyleSheets(source: string): string[] {
  const imports = source.matchAll(
    /@?import\s*(?:url\()?\s*(?:[\w{}\s,*]+\sfrom\s*)?['"]([^'"]+\.s?css(?:\?[^'"]*)?)['"]/g,
  )
  return [...imports].map(([, path]) => path!).filter((path) => !/^(\.|\/|@\/)/.test(path) && !path.endsWith('?raw'))
}

describe('style sheets that go through uni’s compiler', () => {
  test.each(["import 'uplot/dist/uPlot.min.css'", '@import "x/y.css";', "import css from 'x/y.css?inline'"])(
    'a foreign one is recognised: %s',
    (line) => expect(foreignStyleSheets(line)).toHaveLength(1),
  )

  test('are all our own: the compiler renames the elements in them to its components, `canvas` to `uni-canvas`', () => {
    const files = [...sources('pages'), ...sources('uni_modules'), 'App.vue', 'main.ts']
    expect(files.length).toBeGreaterThan(50)
    const found = files.flatMap((file) =>
      foreignStyleSheets(readFileSync(join(root, file), 'utf8')).map((path) => `${file}: ${path}`),
    )
    expect(found).toEqual([])
  })
})
