import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { changesBetween } from '../../host/admin/changes'
import { HIDDEN, withoutSecrets, withSecrets } from '../../host/admin/secrets'
import { Semaphore } from '../../host/admin/semaphore'

const key = fc.constantFrom('width', 'secret', 'password', 'token', 'redis', 'scene', 'list', 'apiKey', 'a')
const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom('plain', 'redis://u:hunter2@h', 'hunter2', ''))
const { config } = fc.letrec<{ config: Record<string, unknown>; value: unknown }>((tie) => ({
  config: fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<
    Record<string, unknown>
  >,
  value: fc.oneof({ maxDepth: 4 }, leaf, tie('config'), fc.array(tie('value'), { maxLength: 3 })),
}))

describe('secrets', () => {
  it('that are hidden and not touched come back as they were, whatever the configuration', () => {
    fc.assert(
      fc.property(config, (present) => {
        expect(withSecrets(withoutSecrets(present), present)).toEqual({ config: present, refused: [] })
      }),
    )
  })

  it('are still there when the page sends its text without them, as long as what they stand in is', () => {
    const present = { secret: 's3cret', redis: { password: 'p', port: 1 }, width: 5 }
    expect(withSecrets({ redis: {} }, present).config).toEqual({ secret: 's3cret', redis: { password: 'p' } })
    expect(withSecrets({}, present).config).toEqual({ secret: 's3cret' })
  })

  it('are strings below a name that says so, and passwords in addresses', () => {
    const shown = withoutSecrets({
      clientSecret: 'x',
      accessKeyId: 'x',
      credentials: { id: 'x', deep: { y: 'x' }, count: 3, isOn: true },
      cache: 'rediss://user:x@host/0',
      password: 12345,
      tokenSeconds: 60,
      empty: { secret: '' },
      page: 'https://example.com/a:b@c',
    })
    expect(shown).toEqual({
      clientSecret: HIDDEN,
      accessKeyId: HIDDEN,
      credentials: { id: HIDDEN, deep: { y: HIDDEN }, count: 3, isOn: true },
      cache: HIDDEN,
      password: HIDDEN,
      tokenSeconds: 60,
      empty: { secret: '' },
      page: 'https://example.com/a:b@c',
    })
  })

  it('are not what a scene of such a name holds', () => {
    const present = { scene: { password: { size: 5, background: '#fff' }, 'sms-token': { mode: 'png', secret: 'x' } } }
    expect(withoutSecrets(present)).toEqual({
      scene: { password: { size: 5, background: '#fff' }, 'sms-token': { mode: 'png', secret: HIDDEN } },
    })
  })
})

describe('a site of such a name', () => {
  it('is shown but for its secrets, and takes what is changed in it', () => {
    const site = { hosts: ['example.com'], scenes: ['login'], tokenSeconds: 60 }
    const present = { sites: { 'token-demo': { secrets: ['sha256-x'], ...site }, password: { secrets: [], ...site } } }
    const shown = { sites: { 'token-demo': { secrets: HIDDEN, ...site }, password: { secrets: [], ...site } } }
    expect(withoutSecrets(present)).toEqual(shown)
    shown.sites['token-demo'].hosts = ['example.org']
    const { config, refused } = withSecrets(shown, present)
    expect(refused).toEqual([])
    expect(config).toEqual({
      sites: { ...present.sites, 'token-demo': { secrets: ['sha256-x'], ...site, hosts: ['example.org'] } },
    })
  })
})

describe('changes', () => {
  it('are none between equals, and name each side that is there', () => {
    fc.assert(
      fc.property(config, (one) => {
        expect(changesBetween(one, structuredClone(one))).toEqual([])
      }),
    )
    expect(changesBetween({ a: { b: 1, c: [1] }, d: 'x' }, { a: { b: 2, c: [1, 2] }, e: null })).toEqual([
      { path: 'a.b', before: '1', after: '2' },
      { path: 'a.c', before: '[1]', after: '[1,2]' },
      { path: 'd', before: '"x"' },
      { path: 'e', after: 'null' },
    ])
  })

  it('are bounded in number and length', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, 'x'.repeat(1000)]))
    const changes = changesBetween({}, many)
    expect(changes).toHaveLength(200)
    expect(changes[0]?.after?.length).toBeLessThan(210)
  })
})

describe('turns', () => {
  it('let two run at once, keep a few waiting and refuse the rest; one that fails gives its place back', async () => {
    const turns = new Semaphore(2, 3)
    let running = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running--
      throw new Error('done')
    }
    const ended = await Promise.allSettled(Array.from({ length: 9 }, () => turns.run(work)))
    const reasons = ended.map((one) => String((one as PromiseRejectedResult).reason))
    expect(most).toBe(2)
    expect(reasons.filter((reason) => reason === 'Error: done')).toHaveLength(5)
    expect(reasons.filter((reason) => reason.includes('Too many previews'))).toHaveLength(4)
    expect(await turns.run(async () => 'free again')).toBe('free again')
  })
})
