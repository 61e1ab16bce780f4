import { vi } from 'vitest'

import { createConfig } from '../../../uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/index'
import type { ConfigOptions } from '../../../uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/index'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import type { CloudRedis } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { makeFolder } from '../../support/folder'
import { writeFiles } from '../../support/project'

const folders: (() => void)[] = []

/** What stands behind the module on our host, as far as stores use it. */
export interface StoresPlatform {
  database?(): CloudDatabase
  redis?(): CloudRedis
  hostRedisPrefix?(): string
}

/**
 * The module's own `stores()`, put together as in production: config.json says which, the globals of the host stand
 * behind, each call is measured. The module is loaded anew, and reads the time from `clock`.
 */
export async function moduleStores(
  store: 'database' | 'redis',
  platform: StoresPlatform,
  clock: { now: number },
): Promise<Stores> {
  const { folder: root, remove } = makeFolder('module')
  folders.push(remove)
  writeFiles(root, { 'uni-captcha/config.json': JSON.stringify({ store }) })
  vi.stubGlobal('uniCloud', { ...platform, hostSecret: () => 's'.repeat(32), observe: () => {} })
  vi.spyOn(Date, 'now').mockImplementation(() => clock.now)
  vi.resetModules()
  vi.doMock('uni-config-center', () => ({ default: (options: ConfigOptions) => createConfig({ ...options, root }) }))
  const { stores } = await import('../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/index')
  return stores()
}

/** Undoes what `moduleStores` has put in place of the platform and the clock. */
export function leaveModule(): void {
  vi.doUnmock('uni-config-center')
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  for (const remove of folders.splice(0)) remove()
}
