import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { root } from './build-cache.mjs'

/** Builds the documentation site into dist/docs. */
export function buildDocs(): void {
  const program = join(root, 'node_modules/vitepress/bin/vitepress.js')
  const { status } = spawnSync(process.execPath, [program, 'build', 'docs'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error('the documentation could not be built; the message is above')
}
