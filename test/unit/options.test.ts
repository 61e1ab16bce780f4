import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { CaptchaError } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import type { OptionName } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import {
  OPTIONS,
  pickOptions,
  resolveOptions,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'

const names = Object.keys(OPTIONS) as OptionName[]

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(CaptchaError)
    return (error as CaptchaError).message
  }
  throw new Error('nothing was refused')
}

describe('resolving options', () => {
  it('gives the documented defaults without any configuration', () => {
    expect(resolveOptions(undefined, 'login', {})).toMatchObject({
      width: 150,
      height: 40,
      background: '#FFFAE8',
      size: 4,
      noise: 4,
      fontSize: 40,
      ignoreChars: '',
      mathExpr: false,
      mathMin: 1,
      mathMax: 9,
      mathOperator: '',
      expiresDate: 180,
      mode: 'png',
      level: 2,
      maxAttempts: 5,
    })
  })

  it('lets the call override the scene, the scene the root, and the root the default', () => {
    const config = { width: 110, height: 50, size: 5, scene: { login: { width: 120, height: 60 } } }
    expect(resolveOptions(config, 'login', { width: 130 })).toMatchObject({ width: 130, height: 60, size: 5, noise: 4 })
    expect(resolveOptions(config, 'pay', {})).toMatchObject({ width: 110, height: 50 })
  })

  it('never lets "not given" override a lower layer', () => {
    const config = { width: 110, scene: { login: { width: undefined } } }
    expect(resolveOptions(config, 'login', { width: undefined }).width).toBe(110)
  })

  it('takes a scene named like an object’s own machinery for a name', () => {
    for (const scene of ['__proto__', 'constructor', 'toString', 'scene', 'hasOwnProperty']) {
      expect(resolveOptions({ width: 110, scene: { login: { width: 120 } } }, scene, {}).width).toBe(110)
      const config: unknown = JSON.parse(`{ "scene": { ${JSON.stringify(scene)}: { "width": 120 } } }`)
      expect(resolveOptions(config, scene, {}).width).toBe(120)
    }
  })

  it('takes what DCloud ships in configurations: numbers as strings, mode svg and bmp', () => {
    const config = { mode: 'svg', level: '2', height: '50', mathExpr: 'true', scene: { pay: { mode: 'bmp' } } }
    expect(resolveOptions(config, 'login', {})).toMatchObject({ mode: 'png', level: 2, height: 50, mathExpr: true })
    expect(resolveOptions(config, 'pay', {}).mode).toBe('png')
  })

  it('names path, value and bounds of a bad value, and fails only the scenes it applies to', () => {
    const config = { scene: { login: { size: 20 }, pay: { size: 5 } } }
    expect(refusal(() => resolveOptions(config, 'login', {}))).toMatch(
      /config\.json scene\.login\.size = 20 \(integer 1–6\)/,
    )
    expect(resolveOptions(config, 'pay', {}).size).toBe(5)
    expect(resolveOptions(config, 'other', {}).size).toBe(4)
    expect(refusal(() => resolveOptions({ noise: 20_000 }, 'x', {}))).toMatch(
      /config\.json noise = 20000 \(integer 0–20\)/,
    )
  })

  it('does not stumble over a bad value that a higher layer overrides', () => {
    expect(resolveOptions({ size: 20, scene: { login: { size: 6 } } }, 'login', {}).size).toBe(6)
  })

  it.each([
    ['expiresDate', -1],
    ['size', 0],
    ['size', 7],
    ['width', '15px'],
    ['width', ''],
    ['width', Number.NaN],
    ['width', 150.5],
    ['background', 'red'],
    ['background', '#12345'],
    ['mathOperator', '*'],
    ['mode', 'constructor'],
    ['level', 5],
  ])('refuses %s = %j in a call and says what is allowed', (name, value) => {
    expect(refusal(() => resolveOptions(undefined, 'x', { [name]: value }))).toMatch(
      /^uni-captcha-invalid-param: .+ = .+ \(.+\)$/,
    )
  })

  it('refuses every option with an object, an array, null or a huge string', () => {
    const hostile = [{}, { $ne: '' }, { $gt: '' }, [], [1], null, 'x'.repeat(100_000), JSON.parse('{"__proto__":{}}')]
    for (const name of names) {
      for (const value of hostile) {
        const message = refusal(() => resolveOptions(undefined, 'x', { [name]: value }))
        expect(message.length).toBeLessThan(250)
      }
    }
  })

  it('refuses a configuration or a scene that is no object', () => {
    expect(refusal(() => resolveOptions([], 'x', {}))).toContain('an object')
    expect(refusal(() => resolveOptions({ scene: [] }, 'x', {}))).toContain('scene = []')
    expect(refusal(() => resolveOptions({ scene: { x: 3 } }, 'x', {}))).toContain('scene.x = 3')
    expect(resolveOptions({ scene: { x: 3 } }, 'y', {}).size).toBe(4)
  })

  it('refuses an alphabet that ignoreChars leaves empty', () => {
    const everything = 'abcdefghijklmnopqrstuvwxyz0123456789'
    expect(refusal(() => resolveOptions({ ignoreChars: everything }, 'x', {}))).toContain('ignoreChars')
    expect(resolveOptions({ ignoreChars: everything, mathExpr: true }, 'x', {}).mathExpr).toBe(true)
  })

  it('refuses a smallest number above the largest', () => {
    expect(refusal(() => resolveOptions({ mathMin: 10 }, 'x', {}))).toContain('mathMin 10 > mathMax 9')
  })

  it('draws in colour whenever there is a background', () => {
    expect(resolveOptions({}, 'x', { color: false }).color).toBe(true)
    expect(resolveOptions({}, 'x', { color: false, background: '' }).color).toBe(false)
  })

  it('gives letters five attempts and a sum one, unless told otherwise', () => {
    expect(resolveOptions({}, 'x', {}).maxAttempts).toBe(5)
    expect(resolveOptions({ mathExpr: true }, 'x', {}).maxAttempts).toBe(1)
    expect(resolveOptions({ mathExpr: true, maxAttempts: 3 }, 'x', {}).maxAttempts).toBe(3)
  })

  it('gives every accepted value back unchanged in a second resolution', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            width: fc.integer({ min: 40, max: 600 }),
            height: fc.integer({ min: 20, max: 300 }),
            size: fc.integer({ min: 1, max: 6 }),
            noise: fc.integer({ min: 0, max: 20 }),
            expiresDate: fc.integer({ min: 1, max: 3600 }),
            background: fc.constantFrom('', '#fff', '#FFFAE8', '#00000080'),
            mathExpr: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
        (given) => {
          const once = resolveOptions(given, 'x', {})
          expect(once).toMatchObject(given)
          expect(resolveOptions(undefined, 'x', once)).toEqual(once)
        },
      ),
    )
  })
})

describe('looking over a call', () => {
  it('keeps of a call only its options, never a text, a scene or a device', () => {
    const call = { scene: 'x', deviceId: 'd', text: 'ABCD', size: 5, noise: undefined, backgroundColor: '#fff' }
    expect(pickOptions(call)).toEqual({ size: 5 })
  })
})
