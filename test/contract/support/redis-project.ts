import { cpSync } from 'node:fs'
import { join } from 'node:path'

import type { HostRedis } from '../../../host/redis/index'
import { hashId } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/platform-database'
import { openDevice } from './gateway-client'
import { copyPlugins, writeProject } from './host-project'

const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'
const SHOP = `
const uniCaptcha = require('uni-captcha')
module.exports = {
  async buy({ captcha }) {
    const { deviceId } = this.getClientInfo()
    return uniCaptcha.verify({ scene: 'buy', captcha, deviceId })
  },
}
`

// Limits of their own would count the tests, which all come from one address.
const CONFIG = { store: 'redis', statistics: false, imageLimit: { enabled: false } }

/** An application whose captchas live in Redis; further files by path. */
export function redisProject(files: Record<string, string | object> = {}, config: object = CONFIG): string {
  const common = 'file:../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha'
  const projectDir = writeProject({
    'uniCloud/cloudfunctions/shop/index.obj.js': SHOP,
    'uniCloud/cloudfunctions/shop/package.json': { name: 'shop', dependencies: { 'uni-captcha': common } },
    ...files,
  })
  copyPlugins(projectDir, ['uni-captcha', 'uni-config-center'])
  cpSync(writeProject({ 'config.json': config }), join(projectDir, CENTER, 'uni-captcha'), { recursive: true })
  return projectDir
}

/** A phone that gets captchas of the scene `buy` and hands in answers, through the unmodified client. */
export function shopper(url: string, deviceId: string, spaceId?: string) {
  const { client } = openDevice(url, 'dcloud', { deviceId, ...(spaceId !== undefined && { space: { spaceId } }) })
  const object = (name: string) => client.importObject(name, { customUI: true })
  return {
    picture: () => object('uni-captcha-co')['getImageCaptcha']!({ scene: 'buy' }),
    buy: (captcha: string) => object('shop')['buy']!({ captcha }),
  }
}

/** The right answer of a device's captcha, as somebody sees it who may read Redis. */
export async function answerIn(
  { client }: HostRedis,
  deviceId: string,
  prefix = 'uni-captcha-local:',
): Promise<string> {
  const answer = await client.hget(`${prefix}uc:c:{${hashId('image', 'buy', `device:${deviceId}`)}}`, 'c')
  if (answer === null) throw new Error(`no captcha of ${deviceId}`)
  return answer
}
