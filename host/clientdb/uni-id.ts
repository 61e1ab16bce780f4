import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { FileError, readRelaxedJsonFile } from '../files/json-file'
import { findUniIdConfig } from '../functions/scan'
import { isJsonObject, own, type JsonObject } from '../shared/json'

/** What DCloud's template comes with: it is public, and what is signed with it could claim to be `admin`. */
const PUBLIC_SECRET = 'tokenSecret-demo'

/** How uni-id makes the tokens of one app on one platform. */
export interface TokenSettings {
  readonly secret: string
  readonly expiresInS: number
  /** A token that ends sooner is renewed; 0 for never. */
  readonly thresholdS: number
  /** So many tokens of a user are valid at a time. */
  readonly maxTokens: number
}

/** As of uni-id-common. */
const DEFAULTS = { tokenExpiresIn: 7200, tokenExpiresThreshold: 1200, maxTokenLength: 10 }

/** What `uni-id/config.json` of `uni-config-center` says about tokens. */
export class TokenConfigs {
  private readonly configs: readonly JsonObject[]
  private readonly hasCustomTokens: boolean

  constructor(directories: readonly string[], log: Pick<Logger, 'error'>) {
    const file = findUniIdConfig(directories)
    this.configs = file === undefined ? [] : readConfigs(file, log)
    this.hasCustomTokens = directories.some((directory) => existsSync(join(directory, 'uni-id/custom-token.js')))
    if (this.configs.some((config) => own(config, 'tokenSecret') === PUBLIC_SECRET)) {
      log.error(
        { file },
        'tokenSecret of uni-id is the one of the template: anyone can sign tokens with it, so clientDB takes none; choose your own',
      )
    }
  }

  /** One file may hold the configuration of several apps. Undefined where there is no secret: no token is then valid. */
  get(appId: string | undefined, platform: string | undefined): TokenSettings | undefined {
    const [only] = this.configs
    const mine = this.configs.find((config) => toList(own(config, 'dcloudAppid')).includes(appId))
    const standard = this.configs.find((config) => own(config, 'isDefaultConfig') === true)
    const config = this.configs.length === 1 ? only : (mine ?? standard)
    const secret = config && own(config, 'tokenSecret')
    if (!config || typeof secret !== 'string' || secret === '' || secret === PUBLIC_SECRET) return undefined
    const parts = [config, ...toSections(platform).map((name) => own(config, name))].filter(isJsonObject)
    const number = (name: keyof typeof DEFAULTS) => {
      const given = parts.map((part) => own(part, name)).findLast((value) => value !== undefined)
      return typeof given === 'number' && given >= 0 ? given : DEFAULTS[name]
    }
    const [expiresInS, thresholdS] = [number('tokenExpiresIn'), number('tokenExpiresThreshold')]
    // What a module of the project puts into tokens is its own to know, and uni-id takes no longer threshold.
    const isRenewed = !this.hasCustomTokens && thresholdS < expiresInS
    return { secret, expiresInS, thresholdS: isRenewed ? thresholdS : 0, maxTokens: number('maxTokenLength') }
  }
}

/** The parts of a configuration that are for one platform; later ones win. */
function toSections(platform: string | undefined): string[] {
  if (platform === 'web' || platform === 'h5') return ['h5', 'web']
  if (platform === undefined) return []
  return /^app($|-)/.test(platform) ? ['app-plus', 'app'] : [platform]
}

function readConfigs(file: string, log: Pick<Logger, 'error'>): JsonObject[] {
  try {
    const content = readRelaxedJsonFile(file)
    return toList(content).filter(isJsonObject)
  } catch (err) {
    if (!(err instanceof FileError)) throw err
    log.error({ err }, 'the configuration of uni-id cannot be read: clientDB knows no user')
    return []
  }
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}
