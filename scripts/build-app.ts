import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { root } from './build-cache.mjs'

/** Builds the demo application for `h5` or `mp-weixin` into dist/build/<platform>. */
export function buildApp(platform: 'h5' | 'mp-weixin'): void {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/uni.mjs'), 'build', platform], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`the ${platform} build failed; its message is above`)
}
