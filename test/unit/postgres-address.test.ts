import { expect, it } from 'vitest'

import { parsePostgresAddress } from '../../host/database/address'

it('reads an address with what is encoded in its password, and keeps the schema apart', () => {
  expect(parsePostgresAddress('postgres://u:a%25b@db:5432/app?schema=mine&sslmode=verify-full')).toEqual({
    url: 'postgres://u:a%25b@db:5432/app?sslmode=verify-full',
    host: 'db',
    port: 5432,
    schema: 'mine',
    isCertified: true,
  })
})

it('reads an IPv6 address without its brackets, and the port that is meant where none is given', () => {
  expect(parsePostgresAddress('postgres://u:p@[2001:db8::7]/app')).toMatchObject({ host: '2001:db8::7', port: 5432 })
})

it.each([
  ['sslrootcert', '/ca.pem'],
  ['max_pipeline', '1'],
  ['options', '-c statement_timeout=0'],
  ['search_path', 'a'],
])('refuses the parameter %s, by its name and never with its value', (name, value) => {
  const address = `postgres://u:secret@db/app?${new URLSearchParams({ [name]: value }).toString()}`
  expect(() => parsePostgresAddress(address)).toThrow(
    new RangeError(`has the parameter ${name}, which it does not know: it knows schema and sslmode`),
  )
})

it('refuses a parameter whose name may be a secret without repeating it', () => {
  expect(() => parsePostgresAddress('postgres://u:p@db/app?pass%3Aword=1')).toThrow(
    new RangeError('has a parameter, which it does not know: it knows schema and sslmode'),
  )
})

it.each([
  ['user', 'postgres://u%:secret@db/app'],
  ['password', 'postgres://u:100%secret@db/app'],
  ['database', 'postgres://u:secret@db/app%'],
])('refuses a bare %% in the %s, and says how to write it', (part, address) => {
  expect(() => parsePostgresAddress(address)).toThrow(
    new RangeError(`has a % in the ${part} that encodes nothing: write a % itself as %25`),
  )
})

it('refuses an sslmode that would not do what its name says', () => {
  expect(() => parsePostgresAddress('postgres://u:p@db/app?sslmode=verify-ca')).toThrow(
    new RangeError('has an sslmode that is none of disable, require, verify-full'),
  )
})
