import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { expect, it } from 'vitest'

import { addSite, editSite, listSites, removeSite, retireSecret, rotateSecret } from '../../host/admin/sites'

const hash = (secret: string) => `sha256-${createHash('sha256').update(secret).digest('base64url')}`
const VALUES = { hosts: ['example.com'], scenes: ['login'] }

it('after any rotations the newest secret of a site is valid, with the one before it until that is retired', () => {
  const steps = fc.array(fc.constantFrom('rotate', 'retire', 'edit', 'another site'), { maxLength: 12 })
  fc.assert(
    fc.property(steps, (given) => {
      let { config, secret } = addSite({ width: 200 }, { siteKey: 'shop', ...VALUES })
      let valid = [secret]
      for (const step of given) {
        if (step === 'rotate') {
          ;({ config, secret } = rotateSecret(config, 'shop'))
          valid = [...valid, secret].slice(-2)
        } else if (step === 'retire') {
          ;({ config } = retireSecret(config, 'shop'))
          valid = valid.slice(-1)
        } else if (step === 'edit') ({ config } = editSite(config, 'shop', { ...VALUES, scenes: ['pay'] }))
        else ({ config } = addSite(config, VALUES))
      }
      const { sites, ...others } = config as { sites: Record<string, { secrets: string[] }>; width: number }
      expect(sites['shop']!.secrets).toEqual(valid.map(hash))
      expect(others).toEqual({ width: 200 })
      expect(listSites(config)).toHaveLength(1 + given.filter((step) => step === 'another site').length)
      expect(JSON.stringify(config)).not.toContain('ucs_')
      expect(listSites(removeSite(config, 'shop').config).map(({ siteKey }) => siteKey)).not.toContain('shop')
    }),
    { numRuns: 50 },
  )
})

it('what is not a site in a file that was edited by hand is neither listed nor in the way', () => {
  const config = { sites: { broken: 7, odd: { secrets: 'x', hosts: null, scenes: [1, 'login'] } } }
  expect(listSites(config)).toEqual([{ siteKey: 'odd', hosts: [], scenes: ['login'], whenNeeded: false, secrets: 0 }])
  expect(() => rotateSecret(config, 'broken')).toThrow('no site with the key broken')
  expect(() => addSite(config, { siteKey: 'broken', ...VALUES })).toThrow('already')
  expect(listSites({ sites: [] })).toEqual([])
})
