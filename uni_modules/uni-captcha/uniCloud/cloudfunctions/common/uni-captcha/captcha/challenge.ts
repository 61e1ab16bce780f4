import { alphabet } from '../config/letters'
import type { Options } from '../config/options'
import type { RandomInt } from '../kit/random'
import { TAP, TAP_CELLS } from '../render/tap-layout'

/** What is shown, what is right, and how many characters an answer has at most. */
export interface Challenge {
  prompt: string
  answer: string
  maxLength: number
}

export function createChallenge(options: Options, randomInt: RandomInt): Challenge {
  if (options.challenge === 'tap') return tap(options, randomInt)
  return options.mathExpr ? arithmetic(options, randomInt) : letters(options, randomInt)
}

function letters(options: Options, randomInt: RandomInt): Challenge {
  const choices = alphabet(options.ignoreChars)
  let prompt = ''
  while (prompt.length < options.size) prompt += choices.charAt(randomInt(choices.length))
  return { prompt, answer: prompt.toLowerCase(), maxLength: options.size }
}

function arithmetic({ mathMin, mathMax, mathOperator }: Options, randomInt: RandomInt): Challenge {
  const draw = () => mathMin + randomInt(mathMax - mathMin + 1)
  const [a, b] = [draw(), draw()]
  const operator = mathOperator === '' ? (randomInt(2) === 0 ? '+' : '-') : mathOperator
  // The larger number goes first: the minus sign is hard to find on a phone's number pad.
  const [left, right] = operator === '-' && a < b ? [b, a] : [a, b]
  const answer = operator === '+' ? left + right : left - right
  // From the configuration, not from this answer: the length of the field must not tell its digits.
  const largest = mathOperator === '-' ? mathMax - mathMin : mathMax * 2
  return { prompt: `${left}${operator}${right}=?`, answer: String(answer), maxLength: String(largest).length }
}

/** Of an answer whose points lie in the picture. */
const MAX_TAP_LENGTH = 'tap.299,199.299,199.299,199.299,199'.length

/**
 * Different characters in the cells of the field, and some of them to be tapped. The prompt is the field by rows, then
 * the strip; the answer is the cells, a digit each.
 */
function tap({ ignoreChars }: Options, randomInt: RandomInt): Challenge {
  const field = takeSome(Array.from(alphabet(ignoreChars)), TAP_CELLS, randomInt)
  const cells = takeSome(Array.from(field.keys()), TAP.count, randomInt)
  const strip = cells.map((cell) => field[cell]!)
  return { prompt: [...field, ...strip].join(''), answer: cells.join(''), maxLength: MAX_TAP_LENGTH }
}

/** Some of the values in an order of chance, none twice. */
function takeSome<T>(values: T[], count: number, randomInt: RandomInt): T[] {
  return Array.from({ length: count }, () => values.splice(randomInt(values.length), 1)[0]!)
}
