import { mkdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

import { makeFolder } from '../support/folder'

/** Every file that is loaded before the first request, by following what is imported at once. */
async function loadedAtStart(): Promise<{ files: string[]; later: string[]; packages: string[] }> {
  const { metafile } = await build({
    entryPoints: ['host/main.ts'],
    bundle: true,
    platform: 'node',
    packages: 'external',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const files = new Set(['host/main.ts'])
  const later = new Set<string>()
  const packages = new Set<string>()
  for (const file of files) {
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') later.add(path)
      else if (external) packages.add(path)
      else files.add(path)
    }
  }
  return { files: [...files], later: [...later], packages: [...packages] }
}

describe('a host that serves captchas alone', () => {
  it('loads nothing of clientDB, file storage and PostgreSQL, and none of their packages: what asks for them does', async () => {
    const { files, later, packages } = await loadedAtStart()
    expect(files).toContain('host/gateway/route.ts')
    expect(files.filter((file) => /^host\/(clientdb|database\/postgres)\//.test(file))).toEqual([])
    expect(packages).toContain('fastify')
    expect(packages).not.toContain('acorn')
    expect(packages).not.toContain('@fastify/busboy')
    expect(packages).not.toContain('postgres')
    // Its addresses, its settings, and what loads the rest.
    const storage = ['cloud-path', 'open', 'routes', 'settings'].map((name) => `host/storage/${name}.ts`)
    expect(files.filter((file) => file.startsWith('host/storage/')).toSorted()).toEqual(storage)
    expect(later.toSorted()).toEqual([
      'host/clientdb/index.ts',
      'host/database/postgres/driver.ts',
      'host/storage/index.ts',
    ])
  })
})

describe('clientDB', () => {
  it('goes on once its parser can be read, after a first time when it could not', async () => {
    const { folder, remove } = makeFolder('parser')
    const outfile = join(folder, 'expression.cjs')
    await build({
      entryPoints: ['host/clientdb/expression.ts'],
      outfile,
      bundle: true,
      platform: 'node',
      packages: 'external',
    })
    const { parseExpression } = createRequire(outfile)(outfile) as {
      parseExpression: (text: string) => { type: string }
    }
    expect(() => parseExpression('a == 1')).toThrow(expect.objectContaining({ code: 'MODULE_NOT_FOUND' }))
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(resolve('node_modules/acorn'), join(folder, 'node_modules/acorn'))
    expect(parseExpression('a == 1').type).toBe('BinaryExpression')
    remove()
  })
})
