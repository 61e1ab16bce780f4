import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { closeAll, invoke, temporaryDirectory } from '../support/host-project'
import { bundleHost, killPrograms, Program } from '../support/host-program'

beforeAll(bundleHost)
afterEach(async () => {
  killPrograms()
  await closeAll()
})

const asHost = (url: string) => ({ url })
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('the host as a program', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes the requests in flight on %s, takes no more and ends well',
    async (signal) => {
      const program = new Program({})
      const url = await program.ready()
      const slow = invoke(asHost(url), 'echo', 'slow', [800])
      await program.logging(/slow has begun/)
      program.kill(signal)
      expect(await slow).toMatchObject({ status: 200, body: { data: { waited: 800 } } })
      expect(await program.ended).toBe(0)
      await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
    },
  )

  it('resets no request that was sent before the end was known', async () => {
    const program = new Program({ FLOOD_LIMIT_PER_MINUTE: '0' })
    const host = asHost(await program.ready())
    const state = { isStopping: false }
    const answered: number[] = []
    const refused: unknown[] = []
    const client = async () => {
      while (!state.isStopping) {
        await invoke(host, 'echo', 'slow', [5]).then(
          ({ status }) => answered.push(status),
          (error: unknown) => refused.push(error),
        )
      }
    }
    const clients = Array.from({ length: 10 }, client)
    await pause(300)
    program.kill('SIGTERM')
    state.isStopping = true
    await Promise.all(clients)
    expect(answered.length).toBeGreaterThan(10)
    expect(answered.every((status) => status === 200)).toBe(true)
    expect(refused).toEqual([])
    expect(await program.ended).toBe(0)
  })

  it('ends at once on a second signal', async () => {
    const program = new Program({ FUNCTION_TIMEOUT_MS: '60000' })
    const slow = invoke(asHost(await program.ready()), 'faults', 'never').catch(() => 'cut off')
    await program.logging(/never has begun/)
    program.kill('SIGTERM')
    await program.saying(/Stopping/)
    program.kill('SIGTERM')
    expect(await program.ended).toBe(1)
    expect(await slow).toBe('cut off')
  })

  it('outlives what cloud code throws without being awaited', async () => {
    const program = new Program({})
    const host = asHost(await program.ready())
    expect((await invoke(host, 'faults', 'rejectsLater')).status).toBe(200)
    await program.logging(/never awaited/)
    await program.logging(/never caught/)
    expect((await invoke(host, 'echo', 'text')).status).toBe(200)
  })

  it('serves on and ends well when its log is not read any more', async () => {
    const program = new Program({ FLOOD_LIMIT_PER_MINUTE: '0' })
    const url = await program.ready()
    program.leave()
    for (let i = 0; i < 20; i++) expect((await invoke(asHost(url), 'echo', 'text')).status).toBe(200)
    program.kill('SIGTERM')
    expect(await program.ended).toBe(0)
  })

  it('says in one sentence that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const program = new Program({ PORT: String(port) })
    expect(await program.ended).toBe(1)
    const sentence = `Port ${port} on 127.0.0.1 is taken by another program; stop it or set PORT to a free one.`
    expect(program.words.trim()).toBe(sentence)
    other.close()
  })

  it('says in one sentence that the data directory cannot be written', async () => {
    const file = join(temporaryDirectory(), 'a-file')
    writeFileSync(file, '')
    const program = new Program({ DATA_DIR: join(file, 'data') })
    expect(await program.ended).toBe(1)
    const sentence = `The data directory ${join(file, 'data')} cannot be written (ENOTDIR); set DATA_DIR to one that can.`
    expect(program.words.trim()).toBe(sentence)
  })

  it('says in one sentence that the database file is none, and leaves it alone', async () => {
    const dataDir = temporaryDirectory()
    const file = join(dataDir, 'unicloud.db')
    writeFileSync(file, 'a letter, and not a database at all')
    const program = new Program({ DATA_DIR: dataDir })
    expect(await program.ended).toBe(1)
    expect(program.words).toContain(file)
    expect(program.words.trim().split('\n')).toHaveLength(1)
    expect(readFileSync(file, 'utf8')).toContain('a letter')
  })

  it('says in one sentence what is wrong with a setting', async () => {
    const program = new Program({ PORT: 'eighty' })
    expect(await program.ended).toBe(1)
    expect(program.words.trim()).toBe('PORT is "eighty", but it has to be a whole number from 0 to 65535.')
  })

  it('warns once when everybody can reach it with the default secret', async () => {
    const open = new Program({ HOST: '0.0.0.0' })
    expect(await open.ready()).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(open.words.match(/CLIENT_SECRET is the default/g)).toHaveLength(1)
    const own = new Program({ HOST: '0.0.0.0', CLIENT_SECRET: 'of-my-own' })
    await own.ready()
    expect(own.words).not.toContain('CLIENT_SECRET')
  })

  it('makes a secret of the installation that only its owner reads, and keeps it', async () => {
    const dataDir = temporaryDirectory()
    chmodSync(dataDir, 0o755)
    const secret = join(dataDir, 'secret')
    const first = new Program({ DATA_DIR: dataDir })
    await first.ready()
    const { mode, mtimeMs } = statSync(secret)
    expect(mode & 0o777).toBe(0o600)
    first.kill('SIGTERM')
    await first.ended
    await new Program({ DATA_DIR: dataDir }).ready()
    expect(statSync(secret).mtimeMs).toBe(mtimeMs)
  })
})
