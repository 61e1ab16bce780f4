import { createHash, randomBytes } from 'node:crypto'
import type { Change, SiteSummary } from '../../uni_modules/uni-captcha/types/protocol'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import { AdminError } from './errors'

export interface SiteChange {
  config: JsonObject
  siteKey: string
}

/** With a secret that is nowhere else. */
export interface SecretChange extends SiteChange {
  secret: string
}

/** What a site says but its secrets; undefined is the default. */
export interface SiteValues {
  hosts: string[]
  scenes: string[]
  tokenSeconds?: number | undefined
  whenNeeded?: boolean | undefined
}

export interface NewSite extends SiteValues {
  /** A random one where there is none. */
  siteKey?: string | undefined
}

const MAX_SECRETS = 2

/** The sites without their secrets; anything but a list of texts reads as an empty one. */
export function listSites(config: JsonObject): SiteSummary[] {
  return Object.entries(readSites(config)).flatMap(([siteKey, site]) => {
    if (!isJsonObject(site)) return []
    const { tokenSeconds, whenNeeded } = site
    return {
      siteKey,
      hosts: readTexts(own(site, 'hosts')),
      scenes: readTexts(own(site, 'scenes')),
      ...(typeof tokenSeconds === 'number' && { tokenSeconds }),
      whenNeeded: whenNeeded === true,
      secrets: readTexts(own(site, 'secrets')).length,
    }
  })
}

/** A configuration with one site more. Throws `SiteExists`. */
export function addSite(config: JsonObject, { siteKey, ...values }: NewSite): SecretChange {
  const key = siteKey || `uck_${randomBytes(12).toString('base64url')}`
  if (own(readSites(config), key) !== undefined) {
    throw new AdminError('SiteExists', `There is a site with the key ${key} already`)
  }
  const { secret, hash } = newSecret()
  return { ...withSite(config, key, { secrets: [hash], ...pickValues(values) }), secret }
}

/** A configuration in which a site says something else; its secrets stay. Throws `NoSuchSite`. */
export function editSite(config: JsonObject, siteKey: string, values: SiteValues): SiteChange {
  return withSite(config, siteKey, { ...requireSite(config, siteKey), ...pickValues(values) })
}

/** A configuration with another secret of a site; of those before it the last one stays valid. Throws `NoSuchSite`. */
export function rotateSecret(config: JsonObject, siteKey: string): SecretChange {
  const site = requireSite(config, siteKey)
  const { secret, hash } = newSecret()
  const kept = readTexts(own(site, 'secrets')).slice(1 - MAX_SECRETS)
  return { ...withSite(config, siteKey, { ...site, secrets: [...kept, hash] }), secret }
}

/** A configuration in which the newest secret of a site alone is valid. Throws `NoSuchSite`. */
export function retireSecret(config: JsonObject, siteKey: string): SiteChange {
  const site = requireSite(config, siteKey)
  return withSite(config, siteKey, { ...site, secrets: readTexts(own(site, 'secrets')).slice(-1) })
}

/** A configuration without a site, and without `sites` where it was the last one. Throws `NoSuchSite`. */
export function removeSite(config: JsonObject, siteKey: string): SiteChange {
  requireSite(config, siteKey)
  const { [siteKey]: _, ...sites } = readSites(config)
  const { sites: _all, ...others } = config
  return { config: Object.keys(sites).length > 0 ? { ...config, sites } : others, siteKey }
}

/** How many secrets a site has before and after: all that a change of them shows. */
export function toSecretsChange(before: JsonObject, after: JsonObject, siteKey: string): Change {
  const count = (config: JsonObject) => String(listSites(config).find((site) => site.siteKey === siteKey)?.secrets ?? 0)
  return { path: `sites.${siteKey}.secrets`, before: count(before), after: count(after) }
}

/** Nothing else that was sent: secrets are made here alone. */
function pickValues({ hosts, scenes, tokenSeconds, whenNeeded }: SiteValues): SiteValues {
  return { hosts, scenes, tokenSeconds, whenNeeded: whenNeeded || undefined }
}

function withSite(config: JsonObject, siteKey: string, values: object): SiteChange {
  const site = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  return { config: { ...config, sites: { ...readSites(config), [siteKey]: site } }, siteKey }
}

function requireSite(config: JsonObject, siteKey: string): JsonObject {
  const site = own(readSites(config), siteKey)
  if (!isJsonObject(site)) throw new AdminError('NoSuchSite', `There is no site with the key ${siteKey}`)
  return site
}

function readSites(config: JsonObject): JsonObject {
  const sites = own(config, 'sites')
  return isJsonObject(sites) ? sites : {}
}

function readTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

function newSecret(): { secret: string; hash: string } {
  const secret = `ucs_${randomBytes(32).toString('base64url')}`
  return { secret, hash: `sha256-${createHash('sha256').update(secret).digest('base64url')}` }
}
