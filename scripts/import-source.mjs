import { Buffer } from 'node:buffer'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
export const commonModule = join(root, 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha')

export const smsModule = join(root, 'uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code')

/** Bundles a few lines of TypeScript that re-export parts of a common module, and imports the result. */
export async function importSource(contents, plugins = [], resolveDir = commonModule) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    // A CommonJS dependency inside an ES module bundle still asks for node's own modules.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire('${import.meta.url}');` },
    plugins,
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
