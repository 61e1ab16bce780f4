import { readFileSync } from 'node:fs'
import { getNodeValue, parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser'

/** A file that a person saved and that cannot be read. Its message is one sentence and quotes nothing of the file. */
export class FileError extends Error {
  override name = 'FileError'
}

const EXPECTED: Record<string, string> = {
  InvalidSymbol: 'an unknown word; true, false, null and text in double quotes are allowed',
  InvalidNumberFormat: 'a number that JSON does not have',
  UnexpectedEndOfNumber: 'a number that is not finished',
  PropertyNameExpected: 'a name in double quotes is expected',
  ValueExpected: 'a value is expected',
  ColonExpected: 'a colon is expected',
  CommaExpected: 'a comma is expected',
  CloseBraceExpected: 'a closing brace is expected',
  CloseBracketExpected: 'a closing bracket is expected',
  EndOfFileExpected: 'the end of the file is expected',
  InvalidCommentToken: 'a comment, which this file must not hold',
  UnexpectedEndOfComment: 'a comment that is not closed',
  UnexpectedEndOfString: 'a text that is not closed on its line',
  InvalidUnicode: 'a \\u that four hexadecimal digits do not follow',
  InvalidEscapeCharacter: 'an escape that JSON does not have',
  InvalidCharacter: 'a control character inside a text',
}

/** Reads a JSON file. Throws FileError with the file, line and column. */
export function readJsonFile(file: string): unknown {
  return parseJson(readTextFile(file), file)
}

/** Reads a JSON file that may hold comments and trailing commas, as DCloud's templates do. Throws FileError. */
export function readRelaxedJsonFile(file: string): unknown {
  const errors: ParseError[] = []
  const text = readTextFile(file)
  const tree = parseTree(text, errors, { allowTrailingComma: true })
  if (errors.length > 0 || !tree) throw notJson(file, text, errors)
  return getNodeValue(tree) as unknown
}

/** Parses the content of a JSON file. Throws FileError, which names the file by `file`. */
export function parseJson(content: string, file: string): unknown {
  const text = content.replace(/^\uFEFF+/, '')
  try {
    return JSON.parse(text) as unknown
  } catch {
    const errors: ParseError[] = []
    parseTree(text, errors, { disallowComments: true })
    throw notJson(file, text, errors)
  }
}

/** The text of a file, without a byte order mark. Throws FileError where it is not UTF-8. */
function readTextFile(file: string): string {
  const bytes = readFileSync(file)
  const encoding = foreignEncoding(bytes)
  if (encoding) throw new FileError(`${file} is saved as ${encoding}; save it as UTF-8.`)
  return bytes.toString('utf8').replace(/^\uFEFF+/, '')
}

/** The text of a code file. Comments may be in any encoding that keeps ASCII: UTF-16 alone cannot be run. */
export function readCodeFile(file: string): string {
  const bytes = readFileSync(file)
  const encoding = wideEncoding(bytes)
  if (encoding) throw new FileError(`${file} is saved as ${encoding}; save it as UTF-8.`)
  return bytes.toString('utf8').replace(/^\uFEFF+/, '')
}

function foreignEncoding(bytes: Buffer): string | undefined {
  const isUtf8 = Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes)
  return wideEncoding(bytes) ?? (isUtf8 ? undefined : 'something that is not UTF-8 (GBK?)')
}

function wideEncoding(bytes: Buffer): string | undefined {
  const [first, second, third, fourth] = bytes
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'UTF-32' : 'UTF-16 (little endian)'
  if (first === 0xfe && second === 0xff) return 'UTF-16 (big endian)'
  // Without a mark: every other byte of plain text is zero.
  if (bytes.length >= 2 && first === 0) return second === 0 ? 'UTF-32' : 'UTF-16 (big endian)'
  if (bytes.length >= 2 && second === 0) return third === 0 && fourth === 0 ? 'UTF-32' : 'UTF-16 (little endian)'
  return undefined
}

function notJson(file: string, text: string, errors: ParseError[]): FileError {
  const [first] = [...errors].sort((a, b) => a.offset - b.offset)
  const before = text.slice(0, first?.offset ?? text.length).split(/\r\n|\n|\r/)
  const column = (before.at(-1) ?? '').length + 1
  const expected = (first && EXPECTED[printParseErrorCode(first.error)]) ?? 'a value is expected'
  return new FileError(`${file} is not JSON: see line ${before.length}, column ${column} (${expected}).`)
}
