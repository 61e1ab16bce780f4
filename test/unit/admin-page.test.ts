import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ADMIN_ERRORS } from '../../host/admin/errors'
import { settingsFromEnvironment } from '../../host/settings'
import { valueAt, withoutValue, withValue } from '../../pages/admin/config-path'
import en from '../../pages/admin/locale/en.json'
import zhHans from '../../pages/admin/locale/zh-Hans.json'
import zhHant from '../../pages/admin/locale/zh-Hant.json'
import { toSpan, toDay, toPeriods } from '../../pages/admin/periods'
import { toMessageLines } from '../../pages/admin/message-statistics'
import { sumByScene, sumPeriod, toLines } from '../../pages/admin/scene-statistics'
import { toCsv } from '../../pages/admin/statistics-csv'
import { toReadablePath, toReadableValue } from '../../pages/admin/readable-change'
import { toTraditional } from '../../pages/admin/to-traditional'
import { findPlace, useDraft } from '../../pages/admin/use-draft'
import { optionTable } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/admin/table'
import type { MessageHour, SceneHour } from '../../uni_modules/uni-captcha/types/protocol'

const HOUR_MS = 3_600_000

describe('the page’s texts', () => {
  it.each([
    ['en', en],
    ['zh-Hant', zhHant],
  ])('have the same keys in %s, the same placeholders, and none is empty', (_, other) => {
    expect(Object.keys(other).sort()).toEqual(Object.keys(zhHans).sort())
    const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()
    for (const [key, text] of Object.entries(zhHans)) {
      const translated = other[key as keyof typeof other]
      expect(namesIn(translated), key).toEqual(namesIn(text))
      expect(text && translated, key).not.toBe('')
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

describe('what the server says in Simplified Chinese', () => {
  /** Characters of Taiwan's and Hong Kong's own encoding; what is simplified alone is not in it. */
  const BIG5 = new Set<string>()
  const big5 = new TextDecoder('big5')
  for (let lead = 0xa1; lead <= 0xf9; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) BIG5.add(big5.decode(Uint8Array.of(lead, trail)))
  }

  it('is shown in Traditional Chinese, every name and explanation of an option', () => {
    const texts = optionTable().flatMap(({ label, rows }) => [
      label['zh-Hans'],
      ...rows.flatMap((row) => [row.label['zh-Hans'], row.help['zh-Hans'], row.allowed['zh-Hans']]),
    ])
    const left = texts.flatMap((text) =>
      Array.from(toTraditional(text)).filter((character) => /\p{Script=Han}/u.test(character) && !BIG5.has(character)),
    )
    expect(texts.length).toBeGreaterThan(150)
    expect(left).toEqual([])
  })

  it('uses the words of Taiwan', () => {
    expect(toTraditional('每台设备默认允许的字符串，恢复全局配置')).toBe('每台裝置預設允許的字串，恢復全域設定')
  })
})

describe('a change', () => {
  const words = {
    pick: (texts: { 'zh-Hans': string }) => texts['zh-Hans'],
    scene: (name: string) => `场景 ${name}`,
    rule: (network: string) => `规则 ${network}`,
    ruleField: (field: string | undefined) => (field === 'action' ? '动作' : ''),
    site: (key: string) => `站点 ${key}`,
    siteField: (field: string | undefined) => (field === 'hosts' ? '域名' : ''),
    yes: '是',
    no: '否',
    empty: '空',
  }

  it.each([
    ['width', '图片宽度'],
    ['guard.ip.soft', 'IP：需验证阈值'],
    ['guard', '高频防护（guard）'],
    ['scene.order.pay', '场景 order.pay'],
    ['scene.order.pay.imageLimit.ip.soft', '场景 order.pay · IP：变难阈值'],
    ['scene.width.width', '场景 width · 图片宽度'],
    ['rules.10.0.0.0/8', '规则 10.0.0.0/8'],
    ['rules.2001:db8::/48.action', '规则 2001:db8::/48 · 动作'],
    ['sites.abc', '站点 abc'],
    ['sites.abc.hosts', '站点 abc · 域名'],
  ])('at %s is named for people: %s', (path, name) => {
    expect(toReadablePath(path, optionTable(), words)).toBe(name)
  })

  it.each([
    ['true', '是'],
    ['false', '否'],
    ['""', '空'],
    ['"png"', 'png'],
    ['12', '12'],
    ['["a.example","b.example"]', 'a.example, b.example'],
    ['["cut off…', '["cut off…'],
    ['"cut off…', '"cut off…'],
  ])('of %s reads %s', (json, text) => {
    expect(toReadableValue(json, words)).toBe(text)
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

  it('is not a configuration when it is JSON but not an object', () => {
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
    const period = { from: 9 * HOUR_MS + 5, to: 12 * HOUR_MS }
    const [times, created, passed, , refused] = toLines(hours, undefined, period)
    expect(times).toEqual([9, 10, 11].map((hour) => hour * 3600))
    expect([created, passed, refused]).toEqual([
      [0, 4, 3],
      [0, 3, 0],
      [0, 0, 5],
    ])
    expect(toLines(hours, 'pay', period)[1]).toEqual([0, 0, 1])
    expect(toLines(hours, '', period)[1]).toEqual([0, 0, 0])
  })

  it('of messages are lines too, a refusal of any reason counts as refused', () => {
    const row = {
      scene: 'login',
      channel: 'sms',
      hour: 10 * HOUR_MS,
      sent: 2,
      unknown: 1,
      verified: 5,
      wrong: 4,
      expired: 3,
    }
    const messages: MessageHour[] = [
      { ...row, refused: { limit: 3, budget: 1 } },
      { ...row, channel: 'email', refused: {} },
      { ...row, hour: 12 * HOUR_MS, refused: {} },
    ]
    expect(toMessageLines(messages, { from: 9 * HOUR_MS + 5, to: 12 * HOUR_MS })).toEqual([
      [9, 10, 11].map((hour) => hour * 3600),
      [0, 4, 0],
      [0, 10, 0],
      [0, 2, 0],
      [0, 4, 0],
      [0, 8, 0],
      [0, 6, 0],
    ])
  })

  it('of a past period count the hour that it ends in by its share, so that it can be compared', () => {
    const whole = sumPeriod(hours, { from: 10 * HOUR_MS, to: 12 * HOUR_MS })
    const half = sumPeriod(hours, { from: 10 * HOUR_MS, to: 11.5 * HOUR_MS })
    expect([whole.counts.refused, half.counts.refused]).toEqual([5, 2.5])
    expect([whole.counts.passed, half.counts.passed]).toEqual([3, 3])
    expect(sumPeriod(hours, { from: 10 * HOUR_MS, to: 11 * HOUR_MS }).counts.refused).toBe(0)
  })

  it('say how many answers were wrong and how many pictures got no answer, and nothing where nothing was', () => {
    const sum = (counts: Record<string, number>) =>
      sumPeriod([{ scene: 'login', hour: 0, counts }], { from: 0, to: HOUR_MS })
    expect(sum({ created: 14, refreshed: 2, passed: 4, wrong: 1, expired: 2, spent: 1 })).toMatchObject({
      passRate: 0.5,
      wrongRate: 0.125,
      abandonment: 0.5,
    })
    // One picture takes five answers.
    expect(sum({ created: 1, wrong: 5 })).toMatchObject({ passRate: 0, abandonment: 0 })
    expect(sum({ refused: 3 })).toMatchObject({ passRate: undefined, wrongRate: undefined, abandonment: undefined })
  })

  it('are a file that spreadsheets read and do not calculate', () => {
    const odd = { scene: '=cmd|"x"', hour: 9 * HOUR_MS, counts: { created: 1, solved_16: 1 } }
    const lines = toCsv([...hours, odd]).split('\r\n')
    expect(lines[0]).toBe(
      '\uFEFFhour,scene,created,refreshed,passed,wrong,expired,spent,demanded,refused,solved_4,solved_8,solved_16,solved_96',
    )
    expect(lines[1]).toBe(`1970-01-01T09:00:00.000Z,"'=cmd|""x""",1,0,0,0,0,0,0,0,0,0,1,0`)
    expect(lines).toHaveLength(6)
  })
})

describe('the periods of the overview', () => {
  const NOW = new Date(2026, 10, 26, 10, 30).getTime()
  const DAY_MS = 24 * HOUR_MS
  const ask = (span: Parameters<typeof toPeriods>[0], days = { first: '', last: '' }) => toPeriods(span, NOW, days)

  it('compare today until now with yesterday and with the day a week ago, until the same time', () => {
    const from = new Date(2026, 10, 26).getTime()
    expect(ask('today')).toEqual({
      present: { from, to: NOW },
      before: { from: from - DAY_MS, to: NOW - DAY_MS },
      weekBefore: { from: from - 7 * DAY_MS, to: NOW - 7 * DAY_MS },
    })
  })

  it('compare with nothing that is not kept any more', () => {
    expect(ask('week')).toMatchObject({ before: { to: NOW - 7 * DAY_MS }, weekBefore: undefined })
    expect(ask('month')).toMatchObject({ before: undefined, weekBefore: undefined })
  })

  it('are days of the calendar, both included, and none for days in the wrong order, too many, or none at all', () => {
    const first = '2026-11-20'
    expect(ask('custom', { first, last: '2026-11-21' })?.present).toEqual({
      from: new Date(2026, 10, 20).getTime(),
      to: new Date(2026, 10, 22).getTime(),
    })
    expect(ask('custom', { first, last: toDay(NOW) })?.present.to).toBe(NOW)
    for (const last of ['2026-11-19', '', 'x']) expect(ask('custom', { first, last })).toBeUndefined()
    expect(ask('custom', { first: '2026-10-01', last: '2026-11-21' })).toBeUndefined()
  })

  it('never ask the server for more than it answers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), (before, length) => {
        const first = toDay(NOW - before * DAY_MS)
        const periods = ask('custom', { first, last: toDay(NOW - (before - length) * DAY_MS) })
        fc.pre(periods !== undefined)
        const { from, to } = toSpan(periods!)
        expect(to - from).toBeLessThanOrEqual(31 * DAY_MS)
        expect([from % HOUR_MS, to % HOUR_MS]).toEqual([0, 0])
      }),
    )
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
  for (const file of readdirSync('pages/admin').filter((name) => name.endsWith('.css'))) {
    const css = readFileSync(`pages/admin/${file}`, 'utf8').replace(/\/\*[^]*?\*\//g, '')
    const selectors = [...css.matchAll(/([^{}]+)\{/g)].map(([, selector]) => selector)
    const tags = selectors.flatMap((selector) => [
      ...(selector ?? '').matchAll(/(?<![\w.-])(button|input|textarea|label|form)\b/g),
    ])
    expect(tags.map(([tag]) => tag)).toEqual([])
  }
})
