import { describe, expect, it } from 'vitest'

import { DRIVERS, openOn } from '../../fixtures/database/open'

describe.each(DRIVERS)('on %s', (driver) => {
  const ROWS = [
    { _id: 'a', n: 1, text: 'one', tags: ['x', 'y'], at: { deep: 1 } },
    { _id: 'b', n: 2, text: 'two', tags: ['x'], at: { deep: 2 } },
    { _id: 'c', n: 3, text: 'Three', items: [{ price: 5 }, { price: 9 }] },
  ]

  async function open(acceptsOperator = () => true) {
    const { api } = await openOn(driver, { acceptsOperator })
    await api.collection('rows').add(ROWS)
    return api
  }

  it.each<[string, object, string[]]>([
    ['a range', { n: { $gte: 2, $lt: 3 } }, ['b']],
    ['values', { _id: { $in: ['a', 'c', 'none'] } }, ['a', 'c']],
    ['no value', { n: { $nin: [1] }, text: { $ne: 'two' } }, ['c']],
    ['equality', { n: { $eq: 1 } }, ['a']],
    ['whether a field is there', { at: { $exists: false } }, ['c']],
    ['a length and all of a list', { tags: { $size: 2, $all: ['x'] } }, ['a']],
    ['a pattern with its options', { text: { $regex: '^t', $options: 'i' } }, ['b', 'c']],
    ['a pattern of its own', { text: { $regex: /^T/ } }, ['c']],
    ['what is not', { n: { $not: { $gt: 1 } } }, ['a']],
    ['a remainder', { n: { $mod: [2, 1] } }, ['a', 'c']],
    ['elements of a list', { items: { $elemMatch: { price: { $gt: 6 } } } }, ['c']],
    ['elements that are values', { tags: { $elemMatch: { $eq: 'y' } } }, ['a']],
    ['either', { $or: [{ n: 1 }, { text: { $in: ['two'] } }] }, ['a', 'b']],
    ['both and neither', { $and: [{ n: { $lte: 2 } }], $nor: [{ text: 'one' }] }, ['b']],
    ['a field inside of another', { at: { deep: { $gt: 1 } } }, ['b']],
  ])('a query says by keys what db.command says: %s', async (_, query, expected) => {
    const api = await open()
    const rows = api.collection('rows')
    const ids = ({ data }: { data: Record<string, unknown>[] }) => data.map(({ _id }) => _id)
    expect(ids(await rows.where(query).orderBy('_id').get())).toEqual(expected)
    expect((await rows.where(query).count()).total).toBe(expected.length)
    expect(ids(await rows.aggregate().match(query).sort({ _id: 1 }).end())).toEqual(expected)
    const pipeline = api.command.aggregate.pipeline().match(query).sort({ _id: 1 }).project({ _id: 1 }).done()
    const joined = rows.aggregate().match({ _id: 'a' }).lookup({ from: 'rows', let: {}, pipeline, as: 'found' })
    expect((await joined.end()).data[0]!['found']).toEqual(expected.map((_id) => ({ _id })))
    expect((await rows.where(query).remove()).deleted).toBe(expected.length)
  })

  it('no other operator is read, and none where a name of a field stands beside it', async () => {
    const rows = (await open()).collection('rows')
    for (const query of [
      { $where: 'true' },
      { $expr: { $eq: [1, 1] } },
      { n: { $where: 'true' } },
      { n: { $type: 'number' } },
      { n: { $function: { body: 'x', args: [], lang: 'js' } } },
      { n: { $gt: 1, other: 2 } },
      { n: { $gt: { $gt: 1 } } },
      { n: { $in: [{ $gt: 1 }] } },
      { n: { $not: { other: 1 } } },
      { $or: { n: 1 } },
      { text: { $regex: '(' } },
      { text: { $regex: {} } },
      { at: { $or: [{ deep: 1 }] } },
      { __proto__: null, n: { $constructor: 1 } },
      { n: { $gt: 1, $options: 'i' } },
    ]) {
      expect(() => rows.where(query), JSON.stringify(query)).toThrow(
        expect.objectContaining({ errCode: 'database-invalid-argument' }),
      )
    }
  })

  it('a value that is undefined is refused, as db.command refuses it, and removes nothing', async () => {
    const api = await open()
    const rows = api.collection('rows')
    for (const query of [
      { n: { $gte: 2, $lt: undefined } },
      { n: api.command.lt(undefined) },
      { n: { $eq: undefined } },
      { n: { $in: undefined } },
      { n: { $in: [undefined] } },
      { n: { $not: undefined } },
      { n: { $not: { $gt: undefined } } },
      { n: { $exists: undefined } },
      { text: { $regex: undefined } },
      { items: { $elemMatch: undefined } },
      { items: { $elemMatch: { price: { $gt: 6, $lt: undefined } } } },
      { $or: undefined },
      { $or: [undefined] },
      { $or: [{ n: { $gt: 1, $lt: undefined } }] },
    ]) {
      expect(() => rows.where(query).remove(), JSON.stringify(query)).toThrow(
        expect.objectContaining({ errCode: 'database-invalid-argument' }),
      )
    }
    expect(() => rows.where({ n: { $lt: undefined } })).toThrow(/the value for "n" is undefined/)
    expect((await rows.count()).total).toBe(ROWS.length)
  })

  it('operators are read or not as it is at the time of the query, however deep they stand', async () => {
    let isAccepted = false
    const api = await open(() => isAccepted)
    const rows = api.collection('rows')
    const { or, elemMatch, aggregate } = api.command
    for (const query of [
      { n: { $gt: 0 } },
      { n: { $gt: 0, other: 1 } },
      { at: { deep: { $gt: 0 } } },
      { n: { $not: { $gt: 0 } } },
      { tags: { $elemMatch: { $gt: '' } } },
      { $or: [{ n: 1 }] },
      { $or: undefined },
      or({ n: { $gt: 0 } }, { n: 1 }),
      { items: elemMatch({ price: { $gt: 0 } }) },
    ]) {
      for (const ask of [
        () => rows.where(query),
        () => rows.aggregate().match(query),
        () => aggregate.pipeline().match(query),
      ]) {
        expect(ask, JSON.stringify(query)).toThrow(/operators are written with db\.command.* by their timer/)
      }
    }
    isAccepted = true
    expect((await rows.where({ n: { $lt: 2 } }).get()).data).toHaveLength(1)
  })

  it('a query that goes round in a circle ends', async () => {
    const rows = (await open()).collection('rows')
    const not: Record<string, unknown> = {}
    not['$not'] = not
    const either: Record<string, unknown> = {}
    either['$or'] = [either]
    for (const query of [{ n: not }, either]) expect(() => rows.where(query)).toThrow(/nested deeper than 50 levels/)
  })

  it('none is accepted of a caller that is not trusted', async () => {
    const database = await openOn(driver, { acceptsOperator: () => true })
    const rows = database.within(10).collection('rows')
    expect(() => rows.where({ n: { $gt: 0 } })).toThrow(/not a field name/)
  })
})
