import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { FileError, readRelaxedJsonFile } from '../files/json-file'
import { isJsonObject, own, type JsonObject } from '../shared/json'

/** What DCloud's template comes with: it is public, and what is signed with it could claim to be `admin`. */
const PUBLIC_SECRET = 'tokenSecret-demo'

/** The secrets that uni-id signs its tokens with: `uni-id/config.json` of `uni-config-center`. */
export class TokenSecrets {
  private readonly configs: readonly JsonObject[]

  constructor(directories: readonly string[], log: Pick<Logger, 'error'>) {
    const file = directories.map((directory) => join(directory, 'uni-id/config.json')).find((one) => existsSync(one))
    this.configs = file === undefined ? [] : readConfigs(file, log)
    if (this.configs.some((config) => own(config, 'tokenSecret') === PUBLIC_SECRET)) {
      log.error(
        { file },
        'tokenSecret of uni-id is the one of the template: anyone can sign tokens with it, so clientDB takes none; choose your own',
      )
    }
  }

  /** One file may hold the configuration of several apps. Undefined where there is no secret: no token is then valid. */
  get(appId: string | undefined): string | undefined {
    const [only] = this.configs
    const mine = this.configs.find((config) => toList(own(config, 'dcloudAppid')).includes(appId))
    const standard = this.configs.find((config) => own(config, 'isDefaultConfig') === true)
    const config = this.configs.length === 1 ? only : (mine ?? standard)
    const secret = config && own(config, 'tokenSecret')
    return typeof secret === 'string' && secret !== '' && secret !== PUBLIC_SECRET ? secret : undefined
  }
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
