import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

import { describe, expect, it } from 'vitest'

/** Parts of the host (folders, and files beside them), from the bottom up: each imports only what stands before it. */
const HOST = `
  shared drain secret node-version
  files database redis
  prepare-database functions runtime
  multi-machine timers http clientdb storage
  gateway admin metrics
  settings arguments init uni-build log site-command development server
  copy-command index workers main
`
  .trim()
  .split(/\s+/)

/** Parts of the common module likewise. `admin` and `index` are what others may import. */
const MODULE = `
  font-path version kit network
  errors render fonts config
  store platform stores statistics
  call proof limits captcha guard
  sites index admin
`
  .trim()
  .split(/\s+/)

/** Imports between parts of a folder: `admin/index.ts → http`. */
function importsBelow(folder: string): { file: string; from: string; to: string }[] {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', `${folder}/*.ts`], { encoding: 'utf8' })
  return files
    .trim()
    .split('\n')
    .flatMap((file) => {
      const imported = readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)
      return [...imported]
        .map(([, path]) => normalize(join(dirname(file), path!)))
        .filter((target) => target.startsWith(`${folder}/`))
        .map((target) => ({ file, from: toPart(folder, file), to: toPart(folder, target) }))
        .filter(({ from, to }) => from !== to)
    })
}

function toPart(folder: string, path: string): string {
  const [part = ''] = relative(folder, path).split('/')
  return part.replace(/\.ts$/, '')
}

describe.each([
  ['host', HOST],
  ['uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha', MODULE],
])('the parts of %s', (folder, parts) => {
  const imports = importsBelow(folder)

  it('import one way: only parts that stand below them', () => {
    expect(imports.length).toBeGreaterThan(100)
    const upwards = imports.filter(({ from, to }) => parts.indexOf(to) >= parts.indexOf(from))
    expect(upwards.map(({ file, to }) => `${file} imports ${to}`)).toEqual([])
  })

  it('are all in that list, and each is there', () => {
    const found = new Set(imports.flatMap(({ from, to }) => [from, to]))
    expect([...found].sort()).toEqual([...parts].sort())
  })
})
