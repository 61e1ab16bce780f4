import { join } from 'node:path'

import { runUni } from '../host/uni-build'
import { root } from './build-cache.mjs'
import { compressAssets } from './compress'

/** Builds the demo application for `h5` or `mp-weixin` into dist/build/<platform>. */
export async function buildApp(platform: 'h5' | 'mp-weixin'): Promise<void> {
  const status = await runUni([join(root, 'scripts/uni.mjs'), 'build', platform], root, process.env)
  if (status !== 0) throw new Error(`the ${platform} build failed; its message is above`)
  if (platform === 'h5') compressAssets(join(root, 'dist/build/h5'))
}
