import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'

import { root } from './freshness.mjs'

/** Bundles the host's own files; its dependencies stay in node_modules. Answers their names. */
export async function buildHost(outfile = join(root, 'dist/host/main.cjs')) {
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
  const names = imported.filter((path) => !isBuiltin(path)).map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)[0])
  return [...new Set(names)].sort()
}
