import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { build, type BuildOptions } from 'esbuild'

import { root } from './build-cache.mjs'

/**
 * Writes the web component as one script, and beside it what computes proofs: the component loads that when a proof is
 * asked for, and takes no other file than the one it was built with. Its types lie beside it, too.
 */
export async function buildWidget(folder: string = join(root, 'dist/widget')): Promise<void> {
  const proof = await bundle('proof', {
    // A classic script has no address for a worker's file: the proof is computed on the page.
    'import.meta.url': 'undefined',
  })
  const integrity = `sha384-${createHash('sha384').update(proof).digest('base64')}`
  const widget = await bundle('widget', { PROOF_INTEGRITY: JSON.stringify(integrity) })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'uni-captcha-proof.js'), proof)
  writeFileSync(join(folder, 'uni-captcha-widget.js'), widget)
  copyFileSync(join(root, 'widget/uni-captcha-widget.d.ts'), join(folder, 'uni-captcha-widget.d.ts'))
}

async function bundle(name: string, define: BuildOptions['define']): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(root, `widget/${name}.ts`)],
    write: false,
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    loader: { '.css': 'text' },
    charset: 'utf8',
    define,
    logLevel: 'warning',
  })
  return outputFiles[0]!.contents
}
