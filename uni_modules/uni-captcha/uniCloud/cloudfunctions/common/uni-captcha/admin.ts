/**
 * The module's API for the host's administration: no cloud function requires it, so nothing of it can be called on
 * uniCloud. Its state is that of the public API in index.ts.
 */
import createConfig from 'uni-config-center'

import type { CaptchaError } from './errors'
import { stores as configuredStores } from './index'
import type { Stores } from './index'
import { moduleOption } from './config/module-options'
import { hasRedis, platformConfig } from './platform'
import { getStores } from './stores'

export { readRefused, readStatistics } from './index'
export { checkConfig } from './admin/check'
export { preview } from './admin/preview'
export { optionTable } from './admin/table'

/** The absolute path of `uni-captcha/config.json` as this module reads it, whether there is one or not. */
export function configFile(): string {
  return createConfig({ pluginId: 'uni-captcha' }).resolve('config.json')
}

/**
 * The stores in use; while config.json cannot be read, or asks for a Redis that is not here, those of an empty one, so
 * that it can be mended.
 */
export function stores(): Stores {
  try {
    return isRedisMissing() ? getStores({}) : configuredStores()
  } catch (error) {
    if ((error as Partial<CaptchaError>).row !== 'createFail') throw error
    return getStores({})
  }
}

function isRedisMissing(): boolean {
  return moduleOption(platformConfig(), 'store') === 'redis' && !hasRedis()
}
