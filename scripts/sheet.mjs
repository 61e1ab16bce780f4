// Contact sheets for blind reading: sheet.png without answers, answers.txt beside it.
//   npm run sheet -- --level 2 --count 40 --out DIR [--scene login] [--config config.json]
//   npm run sheet -- --check readings.txt --out DIR      one reading a line, compared with answers.txt
import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { decode, encode } from 'fast-png'
import { importSource } from './import-source.mjs'

const COLUMNS = 4
const GAP_PX = 12

const { values } = parseArgs({
  options: {
    level: { type: 'string' },
    count: { type: 'string', default: '40' },
    out: { type: 'string', default: 'dist/sheet' },
    scene: { type: 'string', default: '' },
    config: { type: 'string' },
    check: { type: 'string' },
  },
})

if (values.check === undefined) await draw()
else check()

async function draw() {
  const { resolveOptions, createChallenge, uniformInt, drawPng } = await importSource(`
    export { resolveOptions } from './options'
    export { createChallenge } from './challenge'
    export { uniformInt } from './random'
    export { drawPng } from './render/index'`)
  const config = values.config === undefined ? undefined : JSON.parse(readFileSync(values.config, 'utf8'))
  const options = resolveOptions(config, values.scene, values.level === undefined ? {} : { level: values.level })
  const randomInt = uniformInt(randomBytes)
  const challenges = Array.from({ length: Number(values.count) }, () => createChallenge(options, randomInt))
  const pictures = challenges.map(({ prompt }) => decode(drawPng(prompt, options, randomBytes(16)).bytes))
  mkdirSync(values.out, { recursive: true })
  writeFileSync(join(values.out, 'sheet.png'), arrange(pictures))
  writeFileSync(join(values.out, 'answers.txt'), challenges.map(({ answer }) => `${answer}\n`).join(''))
  console.log(`${pictures.length} pictures, left to right in ${COLUMNS} columns: ${join(values.out, 'sheet.png')}`)
}

function arrange(pictures) {
  const [{ width: cellWidth, height: cellHeight }] = pictures
  const width = COLUMNS * (cellWidth + GAP_PX) + GAP_PX
  const height = Math.ceil(pictures.length / COLUMNS) * (cellHeight + GAP_PX) + GAP_PX
  const data = Buffer.alloc(width * height * 3, 255)
  pictures.forEach((picture, i) => {
    const left = GAP_PX + (i % COLUMNS) * (cellWidth + GAP_PX)
    const top = GAP_PX + Math.floor(i / COLUMNS) * (cellHeight + GAP_PX)
    for (let y = 0; y < cellHeight; y++) {
      for (let x = 0; x < cellWidth; x++) data.set(colorAt(picture, x, y), ((top + y) * width + left + x) * 3)
    }
  })
  return encode({ width, height, data, channels: 3, depth: 8 })
}

function colorAt({ data, palette, width }, x, y) {
  const rowBytes = Math.ceil(width / 8)
  const index = (data[y * rowBytes + (x >> 3)] >> (7 - (x & 7))) & 1
  const [red, green, blue, alpha = 255] = palette[index]
  return [red, green, blue].map((channel) => Math.round((channel * alpha + 255 * (255 - alpha)) / 255))
}

function check() {
  const lines = (file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.trim().toLowerCase())
  const answers = lines(join(values.out, 'answers.txt'))
  const readings = lines(values.check)
  if (readings.length !== answers.length) {
    throw new Error(`${readings.length} readings for ${answers.length} pictures: one reading a line is needed`)
  }
  const wrong = answers.flatMap((answer, i) =>
    answer === readings[i] ? [] : [`${i + 1}: ${readings[i]} was ${answer}`],
  )
  console.log([...wrong, `${answers.length - wrong.length} of ${answers.length} read`].join('\n'))
}
