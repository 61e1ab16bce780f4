// How many pictures machines read. Prints tables; nothing is gated here.
//   npm run bench:ocr -- [--count 300] [--levels 1,2,3,4] [--only template,tesseract,network,tap]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { readByNetwork } from './ocr-network'
import { draw, toBitmap, type Bitmap, type Level } from './ocr-pictures'
import { readNearest, undoByMajority, undoInversion } from './ocr-template'
import { readTapsByNetwork, readTapsByTemplate } from './ocr-tap'
import { readByTesseract } from './ocr-tesseract'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    levels: { type: 'string', default: '1,2,3,4' },
    only: { type: 'string', default: 'template,tesseract,network,tap' },
  },
})
const levels = values.levels.split(',').map((level) => Number(level) as Level)
const readers = new Map(Object.entries({ template, tesseract, network, tap }))

for (const name of values.only.split(',')) {
  const reader = readers.get(name)
  if (!reader) throw new Error(`there is no reader ${name}; there are ${[...readers.keys()].join(', ')}`)
  const directory = mkdtempSync(join(tmpdir(), 'bench-ocr-'))
  try {
    reader(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function template(): void {
  const rows = levels.map((level) => {
    const pictures = draw(Number(values.count), level).map(({ answer, png }) => ({ answer, bitmap: toBitmap(png) }))
    const rate = (prepare: (bitmap: Bitmap) => Bitmap) =>
      percent(pictures.filter(({ answer, bitmap }) => readNearest(prepare(bitmap)) === answer).length)
    return {
      level,
      'after Otsu': rate((bitmap) => bitmap),
      'most likely inversion undone': rate(undoInversion),
      'inverted where mostly ink': rate(undoByMajority),
    }
  })
  console.log(`Nearest template of the shipped glyphs, exact, ${values.count} pictures a level`)
  console.table(rows)
}

function tesseract(directory: string): void {
  if (!isInstalled('tesseract', ['--version']))
    return console.log('tesseract is missing: apt-get install tesseract-ocr')
  // Upright letters without lines show that the reader itself works.
  const sets = [
    { pictures: 'plain letters', drawn: draw(Number(values.count), 1, { noise: 0 }) },
    ...levels.map((level) => ({ pictures: `level ${level}`, drawn: draw(Number(values.count), level) })),
  ]
  const rows = sets.map(({ pictures, drawn }) => {
    const rates = readByTesseract(drawn, directory)
    const best = rates.reduce((a, b) => (b.exact > a.exact ? b : a))
    return { pictures, 'best exact': percent(best.exact), psm: best.psm, preparation: best.preparation }
  })
  console.log(`tesseract, best of 3 page modes × 11 preparations, ${values.count} pictures each`)
  console.table(rows)
}

function network(directory: string): void {
  if (!isInstalled('/usr/bin/python3', ['-c', 'import torch'])) {
    return console.log('the network is missing its library: apt-get install python3-torch')
  }
  readByNetwork(levels, Number(values.count), directory)
}

function tap(directory: string): void {
  // A second each: every cell is searched for its inversion.
  const count = Math.min(Number(values.count), 100)
  const rows = levels.map((level) => ({ level, 'passed, %': (100 * readTapsByTemplate(level, count)) / count }))
  console.log(`Pictures to tap on: largest piece of ink, nearest template, inversion undone, ${count} a level`)
  console.table(rows)
  if (!isInstalled('/usr/bin/python3', ['-c', 'import torch'])) {
    return console.log('the network is missing its library: apt-get install python3-torch')
  }
  readTapsByNetwork(levels, Number(values.count), directory)
}

function isInstalled(command: string, parameters: string[]): boolean {
  return spawnSync(command, parameters, { stdio: 'ignore' }).status === 0
}

function percent(count: number): string {
  return `${((100 * count) / Number(values.count)).toFixed(1)} %`
}
