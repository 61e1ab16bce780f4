// Writes docs/images/levels.png: a row for each level, on a light, a dark and no background. Run by hand when the drawing changes.
import { Buffer } from 'node:buffer'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { importSource, root } from './import-source.mjs'
import { arrange } from './sheet-image.mjs'

const BACKGROUNDS = ['#FFFAE8', '#1E2430', '']
const TEXTS = ['RK5D', 'T2HA', 'U8CE', 'ML9P']

const { drawPng } = await importSource(`export { drawPng } from './render/index'`)
const pictures = [1, 2, 3, 4].flatMap((level) =>
  BACKGROUNDS.map((background, column) => {
    const look = { width: 150, height: 40, background, color: true, fontSize: 40, noise: 4, level, pixelRatio: 2 }
    return drawPng(TEXTS[(level + column) % TEXTS.length], look, Buffer.alloc(16, level * 16 + column)).bytes
  }),
)
writeFileSync(join(root, 'docs/images/levels.png'), arrange(pictures, BACKGROUNDS.length))
