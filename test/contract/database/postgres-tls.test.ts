import { afterAll, beforeAll, expect, it } from 'vitest'

import { startPostgres, type PostgresServer } from '../../support/postgres-server'
import { makeCertificates } from '../support/certificates'
import { closeAll, temporaryDirectory } from '../support/host-project'
import { bundleHost, killPrograms, Program } from '../support/host-program'

const servers: PostgresServer[] = []
beforeAll(bundleHost)
afterAll(async () => {
  killPrograms()
  for (const server of servers) await server.stop()
  await closeAll()
})

/** A host that is to know the server by `names` of its certificate, where it is given the authority's too. */
async function start(names: string, sslmode: string, isAuthorityKnown = true): Promise<Program> {
  const { ca, ...tls } = makeCertificates(temporaryDirectory(), names)
  const server = await startPostgres({ tls })
  servers.push(server)
  const authority: Record<string, string> = isAuthorityKnown ? { NODE_EXTRA_CA_CERTS: ca } : {}
  return new Program({ ...authority, DATABASE_URL: `${server.url}?sslmode=${sslmode}` })
}

it.each([
  ['has a certificate for its address', 'verify-full', 'IP:127.0.0.1', true],
  ['has any certificate, where none is checked', 'require', 'DNS:other.test', false],
])('a host starts on a PostgreSQL that %s', async (_, sslmode, names, isAuthorityKnown) => {
  const program = await start(names, sslmode, isAuthorityKnown)
  expect(await program.ready()).toMatch(/^http/)
})

it('a host starts on no PostgreSQL whose certificate is for another name, or by an authority that it does not know', async () => {
  const cases = [
    ['DNS:localhost', true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['IP:127.0.0.1', false, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ] as const
  const ends = cases.map(async ([names, isAuthorityKnown, code]) => {
    const program = await start(names, 'verify-full', isAuthorityKnown)
    expect(await program.ended).toBe(1)
    expect(program.words.trim()).toBe(`the database cannot be reached (${code})`)
  })
  await Promise.all(ends)
})
