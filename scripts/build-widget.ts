import { join } from 'node:path'

import { build } from 'esbuild'

import { root } from './build-cache.mjs'

/** Writes the web component as one script. */
export async function buildWidget(outfile: string = join(root, 'dist/widget/uni-captcha-widget.js')): Promise<void> {
  await build({
    entryPoints: [join(root, 'widget/widget.ts')],
    outfile,
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    loader: { '.css': 'text' },
    charset: 'utf8',
    // A classic script has no address for a worker's file: the proof is computed on the page.
    define: { 'import.meta.url': 'undefined' },
    logLevel: 'warning',
  })
}
