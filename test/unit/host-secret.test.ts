import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AccessTokens, TOKEN_LIFETIME_MS } from '../../host/gateway/token'
import { installationSecret } from '../../host/secret'

const log = pino({ level: 'silent' })
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'uni-captcha-secret-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('the secret of an installation', () => {
  it('is made once, 32 bytes, for its owner only, and leaves no draft behind', () => {
    const made = installationSecret(directory, log)
    expect(made).toHaveLength(32)
    expect(installationSecret(directory, log)).toEqual(made)
    expect(statSync(join(directory, 'secret')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(directory, 'secret'), 'utf8').trim()).toBe(made.toString('hex'))
  })

  it('is another one in another installation', () => {
    const other = mkdtempSync(join(tmpdir(), 'uni-captcha-secret-'))
    expect(installationSecret(other, log)).not.toEqual(installationSecret(directory, log))
    rmSync(other, { recursive: true })
  })

  it('is never replaced when the file holds something else: the host says so and does not start', () => {
    writeFileSync(join(directory, 'secret'), 'short')
    expect(() => installationSecret(directory, log)).toThrow('has to hold 64 hexadecimal digits')
    expect(readFileSync(join(directory, 'secret'), 'utf8')).toBe('short')
  })
})

describe('an access token', () => {
  const key = Buffer.alloc(32, 7)
  const clock = { time: 1_800_000_000_000 }
  const tokens = new AccessTokens(key, () => clock.time)

  it('is accepted until it expires, by every host with the same key', () => {
    const token = tokens.issue()
    const other = new AccessTokens(key, () => clock.time + TOKEN_LIFETIME_MS - 1)
    const late = new AccessTokens(key, () => clock.time + TOKEN_LIFETIME_MS)
    expect([tokens.accepts(token), other.accepts(token), late.accepts(token)]).toEqual([true, true, false])
    expect(new AccessTokens(Buffer.alloc(32, 8), () => clock.time).accepts(token)).toBe(false)
    expect(tokens.issue()).not.toBe(token)
  })

  it('is refused after any change, a longer life above all', () => {
    const [expiry = '', nonce = '', mac = ''] = tokens.issue().split('.')
    const later = (Number.parseInt(expiry, 36) + 1).toString(36)
    const changed = [
      `${later}.${nonce}.${mac}`,
      `${expiry}.${nonce}x.${mac}`,
      `${expiry}.${nonce}`,
      '..',
      '',
      'a.b.c.d',
    ]
    for (const token of [...changed, `${expiry}.${nonce}.${mac}.`, `${expiry}.${nonce}.${'0'.repeat(32)}`]) {
      expect(tokens.accepts(token)).toBe(false)
    }
  })
})
