// @ts-check
// Module hooks: `.ts` files are ES modules, and an import between them may leave the ending out, as tsc reads it.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'

const ENDINGS = ['.ts', '/index.ts']

/** @type {import('node:module').ResolveHook} */
export function resolve(specifier, context, nextResolve) {
  const { parentURL = '' } = context
  if (/^\.\.?\//.test(specifier) && parentURL.endsWith('.ts')) {
    const urls = ENDINGS.map((ending) => new URL(specifier + ending, parentURL))
    const url = urls.find((candidate) => existsSync(candidate))
    if (url) return { url: url.href, format: 'module', shortCircuit: true }
  }
  return nextResolve(specifier, context)
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!/^file:.*\.ts$/.test(url)) return nextLoad(url, context)
  const sourcefile = fileURLToPath(url)
  const { code } = await transform(readFileSync(sourcefile, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile,
    sourcemap: 'inline',
    // NestJS takes no others.
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  })
  return { format: 'module', source: code, shortCircuit: true }
}
