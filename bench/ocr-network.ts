import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { draw, LETTERS, toDarkness, type Level, type Picture } from './ocr-pictures'

const PLAIN = 12_000
const LABELLED = 500

/**
 * Trains a small convolutional network on other styles (our letters without swapped regions, under thick arcs and
 * blots, some of them negative), then goes on with 500 labelled pictures of each level; prints what it reads.
 */
export function readByNetwork(levels: readonly Level[], count: number, directory: string): void {
  save(join(directory, 'plain'), draw(PLAIN / 2, 1, { noise: 0 }).concat(draw(PLAIN / 2, 1, { noise: 3 })))
  for (const level of levels) {
    save(join(directory, `train-${level}`), draw(LABELLED, level))
    save(join(directory, `test-${level}`), draw(count, level))
  }
  const script = join(fileURLToPath(import.meta.url), '../ocr-network.py')
  execFileSync('/usr/bin/python3', [script, directory, levels.join(','), LETTERS], { stdio: 'inherit' })
}

/** Pixels as one byte each (0 to 240, dark) at half the resolution, rows after rows, and the answers beside them. */
function save(file: string, pictures: readonly Picture[]): void {
  const half = pictures.map(({ png }) => {
    const { width, height, darkness } = toDarkness(png)
    const out = Buffer.alloc((width / 2) * (height / 2))
    for (let i = 0; i < darkness.length; i++) {
      const [x, y] = [i % width, Math.floor(i / width)]
      out[(y >> 1) * (width / 2) + (x >> 1)]! += Math.round(60 * darkness[i]!)
    }
    return out
  })
  writeFileSync(`${file}.bin`, Buffer.concat(half))
  writeFileSync(`${file}.txt`, pictures.map(({ answer }) => answer).join('\n'))
}
