import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { root } from './build-cache.mjs'

/** Builds the documentation site into dist/docs, in a process of its own: a test that waits for it goes on answering its runner. */
export async function buildDocs(): Promise<void> {
  const program = join(root, 'node_modules/vitepress/bin/vitepress.js')
  const building = spawn(process.execPath, [program, 'build', 'docs'], { cwd: root, stdio: 'inherit' })
  const status = await new Promise<number | null>((resolve, reject) => {
    building.once('error', reject)
    building.once('close', resolve)
  })
  if (status !== 0) throw new Error('the documentation could not be built; the message is above')
}
