import { join } from 'node:path'
import { build } from 'esbuild'

import { root } from './freshness.mjs'

/** Bundles the host's own files; its dependencies stay in node_modules. */
export async function buildHost() {
  await build({
    entryPoints: [join(root, 'host/main.ts')],
    outfile: join(root, 'dist/host/main.cjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'linked',
    logLevel: 'warning',
  })
}
