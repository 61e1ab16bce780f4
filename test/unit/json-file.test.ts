import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'

import { fromExtendedJson } from '../../host/files/extended-json'
import { parseJson, readJsonFile as readOnHost, readRelaxedJsonFile } from '../../host/files/json-file'
import { readJsonFile as readInCenter } from '../../uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/json-file'

const directory = mkdtempSync(join(tmpdir(), 'json-file-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const file = join(directory, 'config.json')
const save = (content: string | Buffer) => {
  writeFileSync(file, content)
  return file
}
function readMessage(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing was thrown'
}

const READERS = [
  ['the host', readOnHost],
  ['uni-config-center', readInCenter],
] as const

describe.each(READERS)('a JSON file that a person saved, read by %s', (_who, read) => {
  it('may begin with a byte order mark', () => {
    expect(read(save('\uFEFF{"size": 4}'))).toEqual({ size: 4 })
  })

  it.each([
    ['a capital True', '{\n  "a": True\n}', 2, 8],
    ['a capital None', '{"a": None}', 1, 7],
    ['single quotes', "{\r\n  'a': 1\r\n}", 2, 3],
    ['a missing comma', '{\n  "a": "secret"\n  "b": 1\n}', 3, 3],
    ['a trailing comma', '{\n  "a": 1,\n}', 3, 1],
    ['a trailing comma in a list', '[1, 2,]', 1, 7],
    ['a comment', '{\n  // why\n  "a": 1\n}', 2, 3],
    ['a Chinese colon', '{\r"a"：1}', 2, 4],
    ['a leading zero', '{"a": 012}', 1, 8],
    ['a second value', '{"a": 1} {"b": 2}', 1, 10],
    ['a brace too many', '{"a": 1}}', 1, 9],
    ['the wrong closing bracket', '{"a": [1}', 1, 9],
    ['no end', '{\n  "a": [1,\n', 3, 1],
    ['nothing', '', 1, 1],
    ['a text that breaks', '{\n  "a": "half\n  way"}', 2, 8],
  ])('that holds %s is named with line and column, and not quoted', (_what, content, line, column) => {
    const message = readMessage(() => read(save(content)))
    expect(message).toContain(`${file} is not JSON: see line ${line}, column ${column}`)
    expect(message.split('\n')).toHaveLength(1)
    expect(message).not.toMatch(/secret|half|why/)
  })

  it.each([
    ['UTF-16', Buffer.from('\uFEFF{"a":1}', 'utf16le')],
    ['UTF-16', Buffer.from('\uFEFF{"a":1}', 'utf16le').swap16()],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le').swap16()],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xc4, 0xe3, 0x22, 0x3a, 0x31, 0x7d])],
  ])('in another encoding is told to be %s', (encoding, bytes) => {
    expect(readMessage(() => read(save(bytes)))).toMatch(new RegExp(`^${file} is saved as .*${encoding}.*as UTF-8`))
  })

  it('is read as JSON.parse reads it, and any mistake in it has a place', () => {
    const mutated = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', ':', 'True', '\n', '0', '\\', 'e', '-'))
      .map(([text, at, put]) => {
        const cut = at % (text.length + 1)
        return text.slice(0, cut) + put + text.slice(cut + (put === '' ? 1 : 0))
      })
    fc.assert(
      fc.property(mutated, (text) => {
        let value: unknown
        try {
          value = JSON.parse(text)
        } catch {
          const place = /: see line (\d+), column (\d+)/.exec(readMessage(() => read(save(text))))
          const lines = text.split(/\r\n|\n|\r/)
          const column = Number(place?.[2])
          expect(column).toBeGreaterThanOrEqual(1)
          expect(column).toBeLessThanOrEqual((lines[Number(place?.[1]) - 1] ?? '').length + 1)
          return
        }
        expect(read(save(text))).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })
})

describe("a file of DCloud's templates", () => {
  it('may hold comments and trailing commas, and a mark', () => {
    save('\uFEFF// first\n{ /* data */ "data": [1, 2,], // two\n}\n')
    expect(readRelaxedJsonFile(file)).toEqual({ data: [1, 2] })
  })

  it('is named with line and column all the same', () => {
    save('{\n  // a comment\n  "a": TRUE,\n}')
    expect(readMessage(() => readRelaxedJsonFile(file))).toContain('see line 3, column 8')
    save('/* not closed')
    expect(readMessage(() => readRelaxedJsonFile(file))).toContain('is not JSON: see line 1')
  })

  it('holds Extended JSON of both modes: ids, dates and numbers', () => {
    expect(
      fromExtendedJson({
        _id: { $oid: '5f7c1ca20c1ab00001c8bd54' },
        at: { $date: '2026-01-31T08:00:00.000Z' },
        later: { $date: { $numberLong: '1767225600000' } },
        now: [{ $date: 1767225600000 }],
        count: { $numberInt: '3' },
        large: { $numberLong: '9007199254740991' },
        share: { $numberDouble: '0.5' },
        price: { $numberDecimal: '12.30' },
        plain: { a: null, b: [true] },
      }),
    ).toEqual({
      _id: '5f7c1ca20c1ab00001c8bd54',
      at: new Date('2026-01-31T08:00:00.000Z'),
      later: new Date(1767225600000),
      now: [new Date(1767225600000)],
      count: 3,
      large: 9007199254740991,
      share: 0.5,
      price: 12.3,
      plain: { a: null, b: [true] },
    })
  })

  it.each([{ $date: 'tomorrow' }, { $numberLong: '' }, { $numberDouble: 'many' }])(
    'with %j is refused by a sentence that names the key',
    (value) => {
      expect(() => fromExtendedJson({ a: value })).toThrow(Object.keys(value)[0])
    },
  )

  it('keeps a key that would reach a prototype as a key', () => {
    save('{ "__proto__": { "polluted": true } }')
    const value = fromExtendedJson(readRelaxedJsonFile(file)) as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect({}).not.toHaveProperty('polluted')
    expect(parseJson('\uFEFF{"a":1}', 'x')).toEqual({ a: 1 })
  })
})
