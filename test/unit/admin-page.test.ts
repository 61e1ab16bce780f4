import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ADMIN_ERRORS } from '../../host/admin/errors'
import { settingsFromEnvironment } from '../../host/settings'
import { valueAt, withoutValue, withValue } from '../../pages/admin/config-path'
import en from '../../pages/admin/locale/en.json'
import zhHans from '../../pages/admin/locale/zh-Hans.json'
import { toLines, sumByScene } from '../../pages/admin/scene-statistics'
import { findPlace, useDraft } from '../../pages/admin/use-draft'
import type { SceneHour } from '../../uni_modules/uni-captcha/types/protocol'

const HOUR_MS = 3_600_000

describe('the page’s texts', () => {
  it('have the same keys in both languages, the same placeholders, and none is empty', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zhHans).sort())
    const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()
    for (const [key, text] of Object.entries(zhHans)) {
      const english = en[key as keyof typeof en]
      expect(namesIn(english), key).toEqual(namesIn(text))
      expect(text && english, key).not.toBe('')
    }
  })

  it('have a sentence for every refusal of the host that the page can meet', () => {
    // These two lead to another view, and NotJson to a mistake of the page itself.
    const silent = ['SignInRequired', 'Stale', 'NotJson']
    for (const code of Object.keys(ADMIN_ERRORS).filter((one) => !silent.includes(one))) {
      expect(Object.keys(zhHans)).toContain(`failure.${code}`)
    }
  })
})

describe('a draft', () => {
  const begin = (config: object) => {
    const draft = useDraft()
    draft.text.value = JSON.stringify(config)
    return draft
  }
  const now = (draft: ReturnType<typeof useDraft>) => JSON.parse(draft.text.value) as unknown

  it('writes what the form says into the text, at the root and in a scene whose name has dots', () => {
    const draft = begin({ width: 150 })
    draft.set('guard.ip.soft', 5)
    draft.addScene('order.pay')
    draft.set('size', 3)
    expect(now(draft)).toEqual({ width: 150, guard: { ip: { soft: 5 } }, scene: { 'order.pay': { size: 3 } } })
    expect(draft.own('size')).toBe(3)
    expect(draft.fromRoot('width')).toBe(150)
  })

  it('takes back what is unset with the objects that are empty then, but keeps the scene', () => {
    const draft = begin({ guard: { ip: { soft: 5 } }, scene: { pay: { guard: { free: 1 } } } })
    draft.unset('guard.ip.soft')
    expect(now(draft)).toEqual({ scene: { pay: { guard: { free: 1 } } } })
    draft.scene.value = 'pay'
    draft.unset('guard.free')
    expect(now(draft)).toEqual({ scene: { pay: {} } })
    draft.removeScene('pay')
    expect(now(draft)).toEqual({})
    expect(draft.scene.value).toBe('')
  })

  it('sets and unsets at any path without touching anything else', () => {
    const steps = fc.array(fc.constantFrom('a', 'b', 'scene', '__proto__', 'x.y'), { minLength: 1, maxLength: 4 })
    const config = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue()) as fc.Arbitrary<
      Record<string, unknown>
    >
    fc.assert(
      fc.property(config, steps, (before, path) => {
        const copy = structuredClone(before)
        const after = withValue(before, path, 7)
        expect(valueAt(after, path)).toBe(7)
        expect(before).toEqual(copy)
        expect(valueAt(withoutValue(after, path), path)).toBeUndefined()
        expect(Object.keys({})).toEqual([])
      }),
    )
  })

  it('says where the text stops being JSON, in the words of any browser', () => {
    const text = '{\n  "a": 1,,\n}'
    const places = [
      'Expected double-quoted property name in JSON at position 11 (line 2 column 10)',
      'JSON.parse: expected double-quoted property name at line 2 column 10 of the JSON data',
    ].map((message) => findPlace(message, text))
    for (const place of places) expect(place).toMatchObject({ line: 2, column: 10, position: 11 })
    expect(findPlace('Unexpected end of JSON input', '{\n"a"')).toMatchObject({ line: 2, column: 4 })
    expect(findPlace('JSON Parse error: Unexpected token', text)).toEqual({
      message: 'JSON Parse error: Unexpected token',
    })
  })

  it('is no configuration when it is JSON but no object', () => {
    for (const text of ['[]', '1', 'null', '"x"']) {
      const draft = useDraft()
      draft.text.value = text
      expect(draft.config.value).toBeUndefined()
      expect(draft.mistake.value).toBeDefined()
    }
  })
})

describe('statistics', () => {
  const hours: SceneHour[] = [
    { scene: 'login', hour: 10 * HOUR_MS, counts: { created: 4, passed: 3, wrong: 1, solved_4: 1, solved_8: 2 } },
    { scene: 'login', hour: 11 * HOUR_MS, counts: { created: 2, refused: 5, solved_96: 1 } },
    { scene: 'pay', hour: 11 * HOUR_MS, counts: { created: 1 } },
  ]

  it('are summed by scene, the busiest first, with the share of right answers and the median time', () => {
    const [login, pay] = sumByScene(hours)
    expect(login).toMatchObject({ scene: 'login', passRate: 0.75, medianSeconds: 8 })
    expect(login?.counts).toMatchObject({ created: 6, passed: 3, wrong: 1, refused: 5, spent: 0 })
    expect(pay).toMatchObject({ scene: 'pay', passRate: undefined, medianSeconds: undefined })
    expect(sumByScene([])).toEqual([])
  })

  it('are lines with a point for every hour, of one scene or of all', () => {
    const [times, created, passed, , refused] = toLines(hours, '', 9 * HOUR_MS + 5, 12 * HOUR_MS)
    expect(times).toEqual([9, 10, 11].map((hour) => hour * 3600))
    expect([created, passed, refused]).toEqual([
      [0, 4, 3],
      [0, 3, 0],
      [0, 0, 5],
    ])
    expect(toLines(hours, 'pay', 9 * HOUR_MS, 12 * HOUR_MS)[1]).toEqual([0, 0, 1])
  })
})

describe('ADMIN_TOKEN', () => {
  const read = (ADMIN_TOKEN: string) => settingsFromEnvironment({ ADMIN_TOKEN }, '/srv/app').adminToken

  it('is taken when it is long enough, and none when it is empty', () => {
    expect(read('x'.repeat(24))).toBe('x'.repeat(24))
    expect(read(' ')).toBeNull()
  })

  it('is refused when it is shorter, in words without it', () => {
    expect(() => read('x'.repeat(23))).toThrow(/ADMIN_TOKEN has to be at least 24 characters/)
    expect(() => read('hunter2')).not.toThrow(/hunter2/)
  })
})

it('the page’s styles name no tag that uni-app puts a component of its own in place of', () => {
  for (const file of ['admin.css', 'admin-config.css']) {
    const css = readFileSync(`pages/admin/${file}`, 'utf8').replace(/\/\*[^]*?\*\//g, '')
    const selectors = [...css.matchAll(/([^{}]+)\{/g)].map(([, selector]) => selector)
    const tags = selectors.flatMap((selector) => [
      ...(selector ?? '').matchAll(/(?<![\w.-])(button|input|textarea|label|form)\b/g),
    ])
    expect(tags.map(([tag]) => tag)).toEqual([])
  }
})
