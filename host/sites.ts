import { createHash, randomBytes } from 'node:crypto'
import { isJsonObject, own, type JsonObject } from './shared/json'

/** A change of `sites` in config.json; the secret is nowhere else. */
export interface SiteChange {
  config: JsonObject
  siteKey: string
  secret: string
}

export interface NewSite {
  siteKey?: string | undefined
  hosts: string[]
  scenes: string[]
  tokenSeconds?: number | undefined
}

const MAX_SECRETS = 2

/** A configuration with one site more. Undefined where there is one of that key. */
export function addSite(config: JsonObject, { siteKey, hosts, scenes, tokenSeconds }: NewSite): SiteChange | undefined {
  const key = siteKey ?? `uck_${randomBytes(12).toString('base64url')}`
  const sites = readSites(config)
  if (own(sites, key) !== undefined) return undefined
  const { secret, hash } = newSecret()
  const site = { secrets: [hash], hosts, scenes, ...(tokenSeconds !== undefined && { tokenSeconds }) }
  return { config: { ...config, sites: { ...sites, [key]: site } }, siteKey: key, secret }
}

/** A configuration with another secret of a site; of those before it the last one stays valid. Undefined without such a site. */
export function rotateSecret(config: JsonObject, siteKey: string): SiteChange | undefined {
  const sites = readSites(config)
  const site = own(sites, siteKey)
  if (!isJsonObject(site)) return undefined
  const { secret, hash } = newSecret()
  const secrets = own(site, 'secrets')
  const kept = Array.isArray(secrets) ? secrets.slice(1 - MAX_SECRETS) : []
  return {
    config: { ...config, sites: { ...sites, [siteKey]: { ...site, secrets: [...kept, hash] } } },
    siteKey,
    secret,
  }
}

function readSites(config: JsonObject): JsonObject {
  const sites = own(config, 'sites')
  return isJsonObject(sites) ? sites : {}
}

function newSecret(): { secret: string; hash: string } {
  const secret = `ucs_${randomBytes(32).toString('base64url')}`
  return { secret, hash: `sha256-${createHash('sha256').update(secret).digest('base64url')}` }
}
