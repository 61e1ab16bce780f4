// Writes docs/images/levels.png, a row for each level, and docs/images/tap.png, both on a light, a dark and no background.
// Run by hand when the drawing changes.
import { Buffer } from 'node:buffer'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { drawPng, drawTap } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/index'
import { root } from './build-cache.mjs'
import { arrange } from './contact-sheet-image'

const BACKGROUNDS = ['#FFFAE8', '#1E2430', '']
const TEXTS = ['RK5D', 'T2HA', 'U8CE', 'ML9P']

const pictures = ([1, 2, 3, 4] as const).flatMap((level) =>
  BACKGROUNDS.map((background, column) => {
    const look = {
      width: 150,
      height: 40,
      background,
      color: true,
      fontSize: 40,
      noise: 4,
      level,
      pixelRatio: 2 as const,
    }
    return drawPng(TEXTS[(level + column) % TEXTS.length]!, look, Buffer.alloc(16, level * 16 + column)).bytes
  }),
)
writeFileSync(join(root, 'docs/images/levels.png'), arrange(pictures, BACKGROUNDS.length))

const taps = BACKGROUNDS.map((background, column) => {
  const look = { background, color: true, noise: 4, level: 2 as const, pixelRatio: 2 as const }
  return drawTap(['8THMALK9HAM8', 'UTAEMRP8RATE', 'C2LH9AKP9CAP'][column]!, look, Buffer.alloc(16, 77 + column)).bytes
})
writeFileSync(join(root, 'docs/images/tap.png'), arrange(taps, BACKGROUNDS.length))
