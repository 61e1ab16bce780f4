// @ts-check
// `node scripts/uni.mjs build h5|mp-weixin` and `node scripts/uni.mjs dev`: uni-app's own command line for a project whose
// root is the application. Further arguments go through to it.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PLATFORMS = ['h5', 'mp-weixin']
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [command = '', ...rest] = process.argv.slice(2)

if (command === 'dev') {
  run(['-p', 'h5', ...rest])
} else if (command === 'build' && PLATFORMS.includes(rest[0] ?? '')) {
  const [platform, ...more] = rest
  run(['build', '-p', platform ?? '', ...more])
} else {
  console.error(`Usage: node scripts/uni.mjs dev | build ${PLATFORMS.join('|')}`)
  process.exitCode = 1
}

/** @param {string[]} args */
function run(args) {
  // Both are read while the command line loads. Without CI the compiler reports each build to its maker's server.
  process.env.UNI_INPUT_DIR = root
  process.env.CI ??= '1'
  process.chdir(root)
  const require = createRequire(import.meta.url)
  const file = require.resolve('@dcloudio/vite-plugin-uni/bin/uni.js')
  process.argv = [process.execPath, file, ...args]
  require(file)
}
