import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'

import { root } from './build-cache.mjs'

/** Bundles the host's own files; its dependencies stay in node_modules. Answers their names. */
export async function buildHost(outfile: string = join(root, 'dist/host/main.cjs')): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, 'host/main.ts')],
    outfile,
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'linked',
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
    metafile: true,
  })
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  const names = imported.filter((path) => !isBuiltin(path)).map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path)
  return [...new Set(names)].sort()
}
