import { describe, expect, it } from 'vitest'

import { parseJsonObject } from '../../host/shared/json'

const LIMITS = { maxDepth: 3, maxValues: 5 }
const parse = (text: string, limits?: typeof LIMITS) => parseJsonObject(text, 'params', 'InvalidParams.Format', limits)
const nest = (levels: number, [open, close] = ['[', ']']) => `{"a":${open.repeat(levels)}1${close.repeat(levels)}}`

describe('JSON from outside', () => {
  it('is nested a hundred levels and not one more', () => {
    expect(parse(nest(100))).toHaveProperty('a')
    expect(() => parse(nest(101))).toThrow('params is nested deeper than 100 levels')
  })

  it.each([
    ['lists', ['[', ']']],
    ['objects', ['{"b":', '}']],
  ] as const)('counts nested %s as levels, and what stands side by side as one', (_, [open, close]) => {
    expect(parse(nest(3, [open, close]), LIMITS)).toHaveProperty('a')
    expect(() => parse(nest(4, [open, close]), LIMITS)).toThrow('params is nested deeper than 3 levels')
    const side = `{"a":${open}${open}1${close}${close},"c":${open}${open}1${close}${close}}`
    expect(parse(side, { ...LIMITS, maxValues: 100 })).toHaveProperty('c')
  })

  it('has as many values as it may and not one more', () => {
    expect(parse('{"a":1,"b":2,"c":3,"d":4,"e":5}', LIMITS)).toHaveProperty('e', 5)
    expect(() => parse('{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', LIMITS)).toThrow('params has more than 5 values')
  })

  it('counts nothing of what stands in texts', () => {
    const text = '\\"'.repeat(3) + '[{,'.repeat(200)
    expect(parse(`{"a":"${text}"}`, LIMITS)).toEqual({ a: '"""' + '[{,'.repeat(200) })
  })
})
