import { describe, expect, it } from 'vitest'

import { prepareDatabase } from '../../../host/prepare-database'
import { DRIVERS, openOn, temporaryDirectory } from '../../fixtures/database/open'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'

describe.each(DRIVERS)('on %s', (driver) => {
  it('a condition that is undefined is left out, and one that is nothing else changes and removes nothing', async () => {
    const { api } = await openOn(driver)
    const users = api.collection('users')
    const { or } = api.command
    await users.add([
      { _id: 'a', name: 'ann', at: { city: 'x' } },
      { _id: 'b', name: 'bob', at: { city: 'y' } },
    ])
    const ids = async (query: object) => (await users.where(query).get()).data.map(({ _id }) => _id)
    expect(await ids({ name: 'ann', role: undefined })).toEqual(['a'])
    expect(await ids({ at: { city: 'y', street: undefined } })).toEqual(['b'])
    expect(await ids({ name: undefined })).toEqual(['a', 'b'])
    for (const nothing of [
      { name: undefined },
      { at: { city: undefined } },
      or({ name: undefined }, { name: 'ann' }),
    ]) {
      const refused = { errCode: 'database-invalid-argument' }
      await expect(users.where(nothing).remove()).rejects.toMatchObject(refused)
      await expect(users.where(nothing).update({ name: 'x' })).rejects.toMatchObject(refused)
      await expect(users.where(nothing).updateAndReturn({ name: 'x' })).rejects.toMatchObject(refused)
    }
    expect((await users.get()).data.map(({ name }) => name)).toEqual(['ann', 'bob'])
  })

  it('of an Error and of an instance of a class the own fields are stored', async () => {
    class User {
      name = 'ann'
      greet = () => 'hello'
      says() {
        return this.name
      }
    }
    const { api } = await openOn(driver)
    const logs = api.collection('logs')
    const error = Object.assign(new Error('broken'), { errCode: 'x-1' })
    await logs.add({ _id: 'a', error, user: new User(), users: [new User()] })
    await logs.add(Object.assign(new User(), { _id: 'b', greet: undefined }))
    await logs.doc('b').update({ last: error })
    expect((await logs.get()).data).toEqual([
      { _id: 'a', error: { errCode: 'x-1' }, user: { name: 'ann' }, users: [{ name: 'ann' }] },
      { _id: 'b', name: 'ann', last: { errCode: 'x-1' } },
    ])
    for (const lost of [new Map([['a', 1]]), new Set([1]), Buffer.from('a'), Promise.resolve(1), /a/, () => 1]) {
      await expect(logs.add({ lost })).rejects.toMatchObject({ errCode: 'database-invalid-argument' })
    }
  })

  it('first rows that could not be written are written once they are corrected, and then never again', async () => {
    const { api, ...database } = await openOn(driver)
    const directory = temporaryDirectory()
    const log = pino({ level: 'silent' })
    const put = (rows: object[]) => writeFileSync(join(directory, 'roles.init_data.json'), JSON.stringify(rows))
    const prepare = () => prepareDatabase([directory], database, log)
    const roles = async () => (await api.collection('roles').get()).data.map(({ _id }) => _id)
    put([{ _id: 'a' }, { _id: 'a' }])
    await prepare()
    expect(await roles()).toEqual([])
    put([{ _id: 'a' }, { 'wrong.name': 1 }])
    await prepare()
    expect(await roles()).toEqual([])
    put([{ _id: 'a' }, { _id: 'b' }])
    await Promise.all([prepare(), prepare()])
    expect(await roles()).toEqual(['a', 'b'])
    await api.collection('roles').doc('a').remove()
    await api.collection('roles').doc('b').remove()
    await prepare()
    expect(await roles()).toEqual([])
  })
})
