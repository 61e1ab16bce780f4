import { expect, it } from 'vitest'

import { isState, toDatabaseError } from '../../host/database/postgres/connection'

it.each(['EPIPE', 'EBUSY', 'ECONNRESET', 'CONNECTION_ENDED'])('takes %s for a connection that is lost', (code) => {
  const known = toDatabaseError(Object.assign(new Error('write'), { code }))
  expect(known).toMatchObject({
    errCode: 'database-unavailable',
    message: `the database cannot be reached (${code})`,
  })
  expect(isState(known, code)).toBe(false)
})

it('knows an error of the server’s by its state, without its words, and the end of a connection by its severity', () => {
  const refused = Object.assign(new Error('Key (n)=(secret)'), { code: '23505', severity: 'ERROR' })
  const known = toDatabaseError(refused)
  expect(isState(known, '23505')).toBe(true)
  expect(known).toMatchObject({ message: 'the database failed with the state 23505' })
  const ended = Object.assign(new Error('terminating'), { code: '57P01', severity: 'FATAL' })
  expect(toDatabaseError(ended)).toMatchObject({
    message: 'the database ended the connection with the state 57P01',
  })
})

it('answers an error that is not the database’s as it is', () => {
  const error = new TypeError('of a cloud function')
  expect(toDatabaseError(error)).toBe(error)
})
