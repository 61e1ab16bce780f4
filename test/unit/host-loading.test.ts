import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

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
  it('loads nothing of clientDB and no parser: a page that asks for data does', async () => {
    const { files, later, packages } = await loadedAtStart()
    expect(files).toContain('host/gateway/route.ts')
    expect(files.filter((file) => file.startsWith('host/clientdb/'))).toEqual([])
    expect(packages).toContain('fastify')
    expect(packages).not.toContain('acorn')
    expect(later).toEqual(['host/clientdb/index.ts'])
  })
})
