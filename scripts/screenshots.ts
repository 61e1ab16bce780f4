// `npm run docs:screenshots`: docs/images/*.png and docs/public/overview.png, taken in Chromium from the running
// application. Run by hand when the look changes; look at every picture before it is committed.
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { build } from './build'
import { root, step } from './build-cache.mjs'
import { composeOverview } from './screenshots/overview'
import { SCENES } from './screenshots/scenes'
import { openStage } from './screenshots/stage'
import { kilobytes } from './release/sizes'

const MAX_BYTES = 150_000

for (const target of ['host', 'hbuilderx', 'h5']) await build(target)
mkdirSync(join(root, 'docs/images'), { recursive: true })
const stage = await openStage()
const written: string[] = []
try {
  for (const [name, scene] of Object.entries(SCENES)) {
    step(name)
    const file = join(root, `docs/images/${name}.png`)
    await stage.play(scene, file)
    written.push(file)
  }
  written.push(await composeOverview(stage))
} finally {
  await stage.close()
}

for (const file of written) {
  const { size } = statSync(file)
  console.log(`${file}: ${kilobytes(size)}`)
  if (size <= MAX_BYTES) continue
  console.error(`✗ that is more than ${kilobytes(MAX_BYTES)}`)
  process.exitCode = 1
}
