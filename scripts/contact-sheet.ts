// Contact sheets for blind reading: sheet.png without answers, answers.txt beside it.
//   npm run sheet -- --level 2 --count 40 --out DIR [--scene login] [--config config.json]
//   npm run sheet -- --challenge tap --count 20 --out DIR      pictures to tap on; an answer is four cells of 1 to 8
//   npm run sheet -- --check readings.txt --out DIR      one reading a line, compared with answers.txt
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { createChallenge } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/challenge'
import { resolveOptions } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import { uniformInt } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import {
  drawPng,
  drawTap,
  type DrawOptions,
} from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/index'
import { arrange } from './contact-sheet-image'

const COLUMNS = 4

const { values } = parseArgs({
  options: {
    level: { type: 'string' },
    challenge: { type: 'string' },
    count: { type: 'string', default: '40' },
    out: { type: 'string', default: 'dist/sheet' },
    scene: { type: 'string', default: '' },
    config: { type: 'string' },
    check: { type: 'string' },
  },
})

if (values.check === undefined) draw()
else check(values.check)

function draw(): void {
  const config: unknown = values.config === undefined ? undefined : JSON.parse(readFileSync(values.config, 'utf8'))
  const { level, challenge } = values
  const options = resolveOptions(config, values.scene, { ...(level && { level }), ...(challenge && { challenge }) })
  const isTap = options.challenge === 'tap'
  const look = options as DrawOptions // the option table bounds level and pixelRatio
  const randomInt = uniformInt(randomBytes)
  const challenges = Array.from({ length: Number(values.count) }, () => createChallenge(options, randomInt))
  const drawOne = isTap ? drawTap : drawPng
  const pictures = challenges.map(({ prompt }) => drawOne(prompt, look, randomBytes(16)).bytes)
  mkdirSync(values.out, { recursive: true })
  writeFileSync(join(values.out, 'sheet.png'), arrange(pictures, COLUMNS))
  writeFileSync(
    join(values.out, 'answers.txt'),
    challenges.map(({ answer }) => `${isTap ? toCellNames(answer) : answer}\n`).join(''),
  )
  console.log(`${pictures.length} pictures, left to right in ${COLUMNS} columns: ${join(values.out, 'sheet.png')}`)
}

/** Cells are counted from 1 where people count them. */
function toCellNames(cells: string): string {
  return Array.from(cells, (cell) => Number(cell) + 1).join('')
}

function check(file: string): void {
  const lines = (file: string) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.trim().toLowerCase())
  const answers = lines(join(values.out, 'answers.txt'))
  const readings = lines(file)
  if (readings.length !== answers.length) {
    throw new Error(`${readings.length} readings for ${answers.length} pictures: one reading a line is needed`)
  }
  const wrong = answers.flatMap((answer, i) =>
    answer === readings[i] ? [] : [`${i + 1}: ${readings[i]} was ${answer}`],
  )
  console.log([...wrong, `${answers.length - wrong.length} of ${answers.length} read`].join('\n'))
}
