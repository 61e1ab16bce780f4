import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MAX_DOCUMENTS } from '../../../host/database/aggregate'
import { MAX_GROUPED_CHARACTERS, MAX_GROUPS } from '../../../host/database/grouping'
import { DRIVERS, openOn } from '../../fixtures/database/open'

type Row = Record<string, unknown>

/** More than may be in memory at once. */
const MANY = MAX_DOCUMENTS + 2000
const refused = { errCode: 'database-too-many-rows' }

describe.each(DRIVERS)('on %s', (driver) => {
  async function open(rows: Row[]) {
    const { api } = await openOn(driver)
    const logs = api.collection('logs')
    for (let at = 0; at < rows.length; at += 5000) await logs.add(rows.slice(at, at + 5000))
    return { logs, $: api.command.aggregate, _: api.command }
  }

  it('groups more documents than may be in memory, by leading stages for each of them', async () => {
    const rows = Array.from({ length: MANY }, (_, n) => ({
      _id: `${n}`.padStart(6, '0'),
      app: n % 2 === 0 ? 'even' : 'odd',
      device: `d${n % 1000}`,
      pages: n % 7 === 0 ? null : 2,
      at: n,
    }))
    const { logs, $, _ } = await open(rows)
    const perApp = logs
      .aggregate()
      .project({ app: 1, pages: 1, at: 1 })
      .match({ at: _.gte(1000) })
      .group({
        _id: { app: '$app' },
        sessions: $.sum(1),
        pages: $.sum('$pages'),
        first: $.first('$at'),
        last: $.last('$at'),
        from: $.min('$at'),
        to: $.max('$at'),
        mean: $.avg('$at'),
      })
      .sort({ first: 1 })
    const expected = ['even', 'odd'].map((app) => {
      const of = rows.filter((row) => row.app === app && row.at >= 1000)
      const [from, to] = [of[0]!.at, of.at(-1)!.at]
      const pages = of.reduce((sum, row) => sum + (row.pages ?? 0), 0)
      return { _id: { app }, sessions: of.length, pages, first: from, last: to, from, to, mean: (from + to) / 2 }
    })
    expect((await perApp.end()).data).toEqual(expected)
    const devices = logs
      .aggregate()
      .group({ _id: { device: '$device' } })
      .group({ _id: {}, total: $.sum(1) })
    expect((await devices.end()).data).toEqual([{ _id: {}, total: 1000 }])
    const unwound = logs
      .aggregate()
      .addFields({ twice: ['$at', '$at'] })
      .unwind('$twice')
      .group({ _id: '$app', n: $.sum(1) })
      .sort({ _id: 1 })
    expect((await unwound.end()).data).toEqual([
      { _id: 'even', n: MANY },
      { _id: 'odd', n: MANY },
    ])
  })

  it('leaves more groups than a collection may give documents, and pages through them', async () => {
    const { logs, $ } = await open(Array.from({ length: MANY }, (_, n) => ({ device: `d${n}`, n })))
    const groups = () =>
      logs
        .aggregate()
        .group({ _id: { device: '$device' }, n: $.sum('$n') })
        .sort({ n: 1 })
    expect((await groups().count('groups').end()).data).toEqual([{ groups: MANY }])
    const page = await groups()
      .skip(MANY - 1)
      .limit(500)
      .end()
    expect(page.data).toEqual([{ _id: { device: `d${MANY - 1}` }, n: MANY - 1 }])
    await expect(
      groups()
        .addFields({ two: [1, 2] })
        .unwind('$two')
        .end(),
    ).rejects.toMatchObject(refused)
  })

  it('never groups a document that does not match when it is read', async () => {
    const mine = Array.from({ length: 4000 }, (_, n) => ({ _id: `m${n}`.padEnd(5, '-'), who: 'me' }))
    const { logs, $ } = await open([...mine, { _id: 'handed over', who: 'me' }, { _id: 'last', who: 'me' }])
    // So that every connection is there.
    await Promise.all(Array.from({ length: 4 }, () => logs.count()))
    const grouped = logs
      .aggregate()
      .match({ who: 'me' })
      .group({ _id: '$who', n: $.sum(1), secrets: $.addToSet('$secret') })
      .end()
    const foreign = { who: 'other', secret: 'of another user' }
    const written = [logs.doc('handed over').update(foreign), logs.doc('last').remove()]
    await Promise.all(written)
    await logs.add({ _id: 'foreign', ...foreign })
    const { data } = await grouped
    expect(data).toEqual([{ _id: 'me', n: expect.any(Number), secrets: [] }])
    expect([4000, 4001, 4002]).toContain(data[0]?.n)
  })

  it('hands more groups than may be in memory only to stages that cost little for each', async () => {
    const { logs, $, _ } = await open(Array.from({ length: MANY }, (_, n) => ({ device: `d${n}`, n, of: { a: n } })))
    const groups = () => logs.aggregate().group({ _id: '$device', n: $.sum('$n'), of: $.first('$of') })
    for (const refusing of [
      groups().match({ n: _.gte(0) }),
      groups().addFields({ m: 1 }),
      groups().project({ m: '$n' }),
      groups().project({ n: 0 }),
      groups().unwind('$n'),
      groups().lookup({ from: 'none', localField: 'n', foreignField: 'n', as: 'found' }),
      groups().lookup({ from: 'none', let: { n: '$n' }, pipeline: $.pipeline().match({ n: 1 }).done(), as: 'found' }),
      groups().group({ _id: null, spread: $.stdDevPop('$n') }),
    ]) {
      await expect(refusing.end()).rejects.toMatchObject({
        ...refused,
        message: expect.stringMatching(/^\w+\(\) takes at most 10000 documents, and group\(\) leaves more for it/),
      })
    }
    const few = groups().sort({ n: -1 }).skip(1).limit(2).project({ _id: 0, 'of.a': 1 }).addFields({ m: 1 })
    expect((await few.end()).data).toEqual([MANY - 2, MANY - 3].map((a) => ({ of: { a }, m: 1 })))
    const again = groups()
      .group({ _id: { $mod: ['$n', 2] }, n: $.sum(1) })
      .sort({ _id: 1 })
    expect((await again.end()).data).toEqual([0, 1].map((_id) => ({ _id, n: MANY / 2 })))
    expect((await groups().project({ _id: 1, n: 1 }).count('n').end()).data).toEqual([{ n: MANY }])
  })

  it('reads no more than it may where all has to be in memory', async () => {
    const { logs, $ } = await open(Array.from({ length: MAX_DOCUMENTS + 1 }, (_, n) => ({ n })))
    await expect(
      logs
        .aggregate()
        .group({ _id: null, s: $.stdDevPop('$n') })
        .end(),
    ).rejects.toMatchObject(refused)
    await expect(
      logs
        .aggregate()
        .sort({ n: 1 })
        .group({ _id: null, first: $.first('$n') })
        .end(),
    ).rejects.toMatchObject(refused)
    await expect(logs.aggregate().addFields({ m: 1 }).end()).rejects.toMatchObject(refused)
  })

  it('leaves fields out after what SQL does with them, and where they are asked for it is as before', async () => {
    const { logs, _, $ } = await open([...Array(MAX_DOCUMENTS + 5).keys()].map((n) => ({ n, of: { a: n % 3, b: 1 } })))
    const page = logs
      .aggregate()
      .project({ _id: 0, n: 1, 'of.a': 1 })
      .match({ 'of.a': 2 })
      .sort({ n: -1 })
      .skip(1)
      .limit(2)
    const [last, before] = [...Array(MAX_DOCUMENTS + 5).keys()].filter((n) => n % 3 === 2).slice(-3)
    expect((await page.end()).data).toEqual([before, last].map((n) => ({ n, of: { a: 2 } })))
    expect(
      (
        await logs
          .aggregate()
          .project({ n: 1 })
          .match({ n: _.lt(7) })
          .count('n')
          .end()
      ).data,
    ).toEqual([{ n: 7 }])
    const few = logs.aggregate().match({ n: _.lt(5) })
    expect((await few.project({ n: 1 }).match({ 'of.a': 1 }).end()).data).toEqual([])
    const named = () => logs.aggregate().match({ n: _.lt(5) })
    expect(
      (
        await named()
          .project({ _id: 0, n: 1 })
          .match({ _id: _.exists(true) })
          .end()
      ).data,
    ).toEqual([])
    expect((await named().project({ _id: 0, m: '$n' }).match({ m: 4 }).end()).data).toEqual([{ m: 4 }])
    expect(
      (
        await named()
          .project({ _id: 0, of: 0 })
          .match({ of: _.exists(false), n: 4 })
          .end()
      ).data,
    ).toEqual([{ n: 4 }])
    expect(
      (await named().project({ of: 1 }).sort({ n: -1 }).limit(1).project({ _id: 0, 'of.a': 1 }).end()).data,
    ).toEqual([{ of: { a: 0 } }])
    expect(
      (
        await named()
          .project({ n: 1 })
          .group({ _id: '$of', n: $.sum(1) })
          .end()
      ).data,
    ).toEqual([{ _id: null, n: 5 }])
  })

  it('means what its words say', async () => {
    const value = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom('a', 'b', '', true, null, undefined))
    const row = fc.record({
      key: fc.oneof(value, fc.record({ a: value }), fc.array(fc.nat(1), { maxLength: 2 })),
      v: value,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (given) => {
        const rows = given.map(({ key, v }, at) => ({
          _id: `${at}`.padStart(2, '0'),
          ...(key !== undefined && { key }),
          ...(v !== undefined && { v }),
        }))
        const { logs, $ } = await open(rows)
        const results = { n: $.sum(1), sum: $.sum('$v'), avg: $.avg('$v'), first: $.first('$v'), last: $.last('$v') }
        const lists = { all: $.push('$v'), set: $.addToSet('$v'), low: $.min('$v'), high: $.max('$v') }
        const { data } = await logs
          .aggregate()
          .group({ _id: '$key', ...results, ...lists })
          .end()
        expect(data).toEqual(groupSlowly(rows))
      }),
      { numRuns: driver === 'SQLite' ? 60 : 15 },
    )
  })
})

it('is bounded by its groups and by what it collects', async () => {
  const { api } = await openOn('SQLite')
  const logs = api.collection('logs')
  const rows = Array.from({ length: MAX_GROUPS + 1 }, (_, n) => ({ n }))
  for (let at = 0; at < rows.length; at += 20_000) await logs.add(rows.slice(at, at + 20_000))
  const { sum, push, addToSet } = api.command.aggregate
  await expect(logs.aggregate().group({ _id: '$n' }).end()).rejects.toMatchObject(refused)
  await expect(
    logs
      .aggregate()
      .group({ _id: null, all: push('$n') })
      .end(),
  ).rejects.toMatchObject(refused)
  await expect(
    logs
      .aggregate()
      .group({ _id: null, all: addToSet('$n') })
      .end(),
  ).rejects.toMatchObject(refused)
  const few = logs.aggregate().group({ _id: null, n: sum(1), set: addToSet({ $mod: ['$n', 2] }) })
  expect((await few.end()).data).toEqual([{ _id: null, n: MAX_GROUPS + 1, set: [0, 1] }])
}, 60_000)

it('lets other calls have their turn while it goes on with many groups', async () => {
  const { api } = await openOn('SQLite')
  const logs = api.collection('logs')
  await logs.add(Array.from({ length: MANY }, (_, n) => ({ device: `d${n}`, n })))
  const groups = () => logs.aggregate().group({ _id: '$device', n: api.command.aggregate.sum('$n') })
  const first = await countTurns(() => groups().end())
  const parts = Math.floor(MANY / 500) - 1
  expect(first).toBeGreaterThanOrEqual(parts)
  const again = groups().group({ _id: { $mod: ['$n', 2] } })
  expect(await countTurns(() => again.end())).toBeGreaterThanOrEqual(first + parts - 1)
  for (const fields of [{ n: 1 }, { 'n.a': 1 }]) {
    expect(await countTurns(() => groups().project(fields).end())).toBeGreaterThanOrEqual(first + parts - 1)
  }
})

it('is bounded by the characters that its groups hold', async () => {
  const { api } = await openOn('SQLite')
  const logs = api.collection('logs')
  const length = 4_000_000
  for (let n = 0; n * length <= MAX_GROUPED_CHARACTERS; n++) {
    await logs.add({ n, text: `${n}`.padEnd(length, 'x') })
  }
  const { sum, push, addToSet, first, last, min, max } = api.command.aggregate
  for (const fields of [
    { _id: null, all: push('$$ROOT') },
    { _id: null, all: addToSet('$text') },
    { _id: '$text' },
    { _id: '$n', one: first({ list: ['$text'] }) },
    { _id: '$n', one: max('$text') },
  ]) {
    await expect(logs.aggregate().group(fields).end()).rejects.toMatchObject(refused)
  }
  const one = { first: first('$text'), last: last('$text'), min: min('$text'), max: max('$text') }
  const held = logs
    .aggregate()
    .group({ _id: null, n: sum(1), ...one, set: addToSet({ $substrCP: ['$text', 99, length] }) })
  const { data } = await held.end()
  expect(data).toMatchObject([{ n: MAX_GROUPED_CHARACTERS / length + 1, set: ['x'.repeat(length - 99)] }])
}, 60_000)

/** How many turns of the event loop others have meanwhile. */
async function countTurns(run: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const count = () => {
    if (isOver) return
    turns++
    setImmediate(count)
  }
  setImmediate(count)
  await run()
  isOver = true
  return turns
}

/** In MongoDB's order of types: numbers, text, truth. */
function compare(a: unknown, b: unknown): number {
  const rank = (value: unknown) => ['number', 'string', 'boolean'].indexOf(typeof value)
  return rank(a) - rank(b) || (a === b ? 0 : (a as number) < (b as number) ? -1 : 1)
}

function groupSlowly(rows: readonly Row[]): Row[] {
  const texts = [...new Set(rows.map(({ key }) => JSON.stringify(key ?? null)))]
  return texts.map((text) => {
    const members = rows.filter(({ key }) => JSON.stringify(key ?? null) === text)
    const values = members.map(({ v }) => v)
    const there = values.filter((value) => value !== undefined)
    const numbers = there.filter((value) => typeof value === 'number')
    const sum = numbers.reduce((total, value) => total + value, 0)
    const sorted = there.filter((value) => value !== null).sort(compare)
    return {
      _id: JSON.parse(text),
      n: members.length,
      sum,
      avg: numbers.length > 0 ? sum / numbers.length : null,
      first: values[0] ?? null,
      last: values.at(-1) ?? null,
      all: there,
      set: [...new Set(there)],
      low: sorted[0] ?? null,
      high: sorted.at(-1) ?? null,
    }
  })
}
