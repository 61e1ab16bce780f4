import { readFileSync } from 'fs'

/** Reads a JSON file. Throws a SyntaxError of one sentence with file, line and column, which quotes nothing of the file. */
export function readJsonFile(file: string): unknown {
  const text = readText(file)
  try {
    return JSON.parse(text)
  } catch {
    const lines = text.slice(0, findMistake(text)).split(/\r\n|\n|\r/)
    const column = lines[lines.length - 1]!.length + 1
    throw new SyntaxError(`${file} is not JSON: see line ${lines.length}, column ${column}`)
  }
}

function readText(file: string): string {
  const bytes = readFileSync(file)
  const text = bytes.toString('utf8')
  if (isUtf16(bytes)) throw new SyntaxError(`${file} is saved as UTF-16; save it as UTF-8`)
  if (!Buffer.from(text, 'utf8').equals(bytes)) {
    throw new SyntaxError(`${file} is saved as something that is not UTF-8 (GBK?); save it as UTF-8`)
  }
  return text.replace(/^\uFEFF+/, '')
}

/** With its mark, or by the zero that is every other byte of plain text. */
function isUtf16([first, second]: Buffer): boolean {
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return isMarked || (second !== undefined && (first === 0 || second === 0))
}

const TEXT = '"(?:[^"\\\\\\u0000-\\u001f]|\\\\(?:["\\\\/bfnrt]|u[\\da-fA-F]{4}))*"'
const NUMBER = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?(?![A-Za-z_.+-])'
const WORD = '(?:true|false|null)(?!\\w)'

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end'

/** Where the first token stands that JSON does not allow there; engines tell this for some mistakes only. */
function findMistake(text: string): number {
  const token = new RegExp(`[{}[\\]:,]|${TEXT}|${NUMBER}|${WORD}`, 'y')
  const closers: string[] = []
  let expected: Expected = 'value'
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, token.lastIndex)) {
    token.lastIndex = at
    const [found = ''] = token.exec(text) || []
    const next = follow(found, expected, closers)
    if (!next) return at
    expected = next
  }
  return text.length
}

/** What may stand after a token; undefined where the token itself may not stand here. */
function follow(token: string, expected: Expected, closers: string[]): Expected | undefined {
  if (token === '') return undefined
  if (token === '}' || token === ']') {
    return expected.endsWith('end') && closers.pop() === token ? 'comma or end' : undefined
  }
  if (expected === 'colon') return token === ':' ? 'value' : undefined
  if (expected === 'comma or end') {
    if (token !== ',' || closers.length === 0) return undefined
    return closers[closers.length - 1] === '}' ? 'name' : 'value'
  }
  if (expected.startsWith('name')) return token.startsWith('"') ? 'colon' : undefined
  if (token === '{' || token === '[') closers.push(token === '{' ? '}' : ']')
  if (token === '{') return 'name or end'
  if (token === '[') return 'value or end'
  return token === ':' || token === ',' ? undefined : 'comma or end'
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++
  return at
}
