import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { CaptchaError } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import type { OptionName } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import {
  mergeLayers,
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

  it('lets a scene alone say that it takes a proof of work: at the root it would weaken every scene', () => {
    const config = { challenge: 'pow', alternative: 'pow', scene: { pay: { challenge: 'pow' } } }
    expect(resolveOptions(config, 'login', {})).toMatchObject({ challenge: 'picture', alternative: '' })
    expect(resolveOptions(config, 'pay', {})).toMatchObject({ challenge: 'pow', alternative: '' })
  })

  it('fixes what a picture to tap on cannot have otherwise, whatever is configured', () => {
    const config = { width: 100, mathExpr: true, mode: 'vector', maxAttempts: 9, scene: { pay: { challenge: 'tap' } } }
    const fixed = { width: 300, height: 200, mathExpr: false, mode: 'png', maxAttempts: 1, color: true }
    expect(resolveOptions(config, 'pay', {})).toMatchObject(fixed)
    expect(resolveOptions(config, 'pay', { maxAttempts: 3 }).maxAttempts).toBe(1)
    expect(resolveOptions({ ...config, challenge: 'tap' }, 'login', {})).toMatchObject({
      challenge: 'picture',
      width: 100,
    })
  })

  it('needs eight letters for a picture to tap on, and says how many are left', () => {
    const scene = (ignoreChars: string) => ({ scene: { pay: { challenge: 'tap', ignoreChars } } })
    expect(resolveOptions(scene('acdehklm'), 'pay', {}).challenge).toBe('tap')
    expect(refusal(() => resolveOptions(scene('ACDEHKLMP'), 'pay', {}))).toBe(
      'uni-captcha-create-fail: scene.pay.ignoreChars leaves 7 characters, scene.pay.challenge "tap" needs 8',
    )
    const inherited = { ignoreChars: 'ACDEHKLMP', scene: { pay: { challenge: 'tap' } } }
    expect(refusal(() => resolveOptions(inherited, 'pay', {}))).toBe(
      'uni-captcha-create-fail: ignoreChars leaves 7 characters, scene.pay.challenge "tap" needs 8',
    )
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
    const config = { scene: { login: { level: 20 }, pay: { size: 5 } } }
    expect(refusal(() => resolveOptions(config, 'login', {}))).toMatch(
      /config\.json scene\.login\.level = 20 \(integer 1–4\)/,
    )
    expect(resolveOptions(config, 'pay', {}).size).toBe(5)
    expect(resolveOptions(config, 'other', {}).size).toBe(4)
    expect(refusal(() => resolveOptions({ maxAttempts: 20_000 }, 'x', {}))).toMatch(
      /config\.json maxAttempts = 20000 \(integer 0–20\)/,
    )
  })

  it('draws on with what DCloud’s module took: out of bounds is the nearest within, told once with its path', () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const config = {
      noise: 30,
      scene: { old: { size: 8, expiresDate: 86_400, width: 4000, height: 1, fontSize: 5.4, mathMax: 200 } },
    }
    const clamped = {
      noise: 20,
      size: 6,
      expiresDate: 3600,
      width: 600,
      height: 20,
      fontSize: 12,
      mathMax: 99,
    }
    for (let i = 0; i < 3; i++) expect(resolveOptions(config, 'old', {})).toMatchObject(clamped)
    expect(resolveOptions(undefined, 'x', { size: '7', width: 150.5 })).toMatchObject({ size: 6, width: 151 })
    const told = warned.mock.calls.map(([text]) => String(text))
    for (const path of ['config.json noise', 'config.json scene.old.size', 'config.json scene.old.expiresDate']) {
      expect(told.filter((text) => text.startsWith(`[uni-captcha] ${path} =`))).toHaveLength(1)
    }
    expect(told.filter((text) => text.includes('size of a call = "7"'))).toHaveLength(1)
    warned.mockRestore()
  })

  it.each([
    'white',
    'transparent',
    'RebeccaPurple',
    'rgb(255, 250, 232)',
    'rgba(0,0,0,.5)',
    'rgb(10% 20% 30% / 40%)',
    'hsl(120, 50%, 50%)',
    'hsla(120deg 50% 50% / 0.5)',
    '#fff',
    '#FFFAE8',
    '#ffffff00',
    '',
  ])('takes the background %j as svg-captcha did', (background) => {
    expect(resolveOptions({ background }, 'x', {}).background).toBe(background)
  })

  it('merges a configuration as DCloud’s mergeConfig, and keeps the secret to itself', () => {
    const config = { secret: 'x'.repeat(32), width: 150, size: 5, scene: { login: { size: 6, mathExpr: true } } }
    expect(mergeLayers(config, { scene: 'login', width: 100 })).toEqual({
      scene: 'login',
      width: 100,
      size: 6,
      mathExpr: true,
    })
    expect(mergeLayers(config, { scene: 'other' })).toEqual({ scene: 'other', width: 150, size: 5 })
    expect(mergeLayers(undefined, { scene: 'other' })).toEqual({ scene: 'other' })
  })

  it('does not stumble over a bad value that a higher layer overrides', () => {
    expect(resolveOptions({ size: 20, scene: { login: { size: 6 } } }, 'login', {}).size).toBe(6)
  })

  it.each([
    ['maxAttempts', -1],
    ['pixelRatio', 0],
    ['size', 'six'],
    ['width', '15px'],
    ['width', ''],
    ['width', Number.NaN],
    ['level', 1.5],
    ['background', 'no colour'],
    ['background', 'url(#x)'],
    ['background', '#fff"/><script>'],
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

  it('refuses a configuration or a scene that is not an object', () => {
    expect(refusal(() => resolveOptions([], 'x', {}))).toContain('an object')
    expect(refusal(() => resolveOptions({ scene: [] }, 'x', {}))).toContain('scene = []')
    expect(refusal(() => resolveOptions({ scene: { x: 3 } }, 'x', {}))).toContain('scene.x = 3')
    expect(resolveOptions({ scene: { x: 3 } }, 'y', {}).size).toBe(4)
  })

  it('refuses an alphabet that ignoreChars leaves empty', () => {
    const everything = 'abcdefghijklmnopqrstuvwxyz0123456789'
    expect(refusal(() => resolveOptions({ ignoreChars: everything }, 'x', {}))).toContain(': ignoreChars leaves')
    expect(refusal(() => resolveOptions({ scene: { x: { ignoreChars: everything } } }, 'x', {}))).toContain(
      ': scene.x.ignoreChars leaves no character to draw',
    )
    expect(resolveOptions({ ignoreChars: everything, mathExpr: true }, 'x', {}).mathExpr).toBe(true)
  })

  it('refuses a smallest number above the largest', () => {
    expect(refusal(() => resolveOptions({ mathMin: 10 }, 'x', {}))).toContain(': mathMin 10 > mathMax 9')
    const mixed = { mathMin: 4, mathMax: 5, scene: { x: { mathMax: 3 } } }
    expect(refusal(() => resolveOptions(mixed, 'x', {}))).toContain(': mathMin 4 > scene.x.mathMax 3')
    expect(refusal(() => resolveOptions(mixed, 'x', { mathMin: 6 }))).toContain(': mathMin 6 > scene.x.mathMax 3')
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
