import { randomUUID } from 'node:crypto'

import type { HostRedis } from '../../../host/redis/index'
import { hashId } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { makeProject, type Files } from '../../support/project'
import { openDevice } from './gateway-client'
import { temporaryDirectory } from './host-project'
import { eventually } from './redis-servers'

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
export function redisProject(files: Files = {}, config: object = CONFIG): string {
  const content = { config: { 'uni-captcha': config }, objects: { shop: SHOP }, files }
  return makeProject(temporaryDirectory(), content)
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

/** Waits until a host reaches all of its Redis: a busy machine is late with the connections to the nodes of a cluster. */
export async function reachesRedis({ url }: { url: string }, spaceId?: string): Promise<void> {
  const people = Array.from({ length: 12 }, () => shopper(url, randomUUID(), spaceId))
  await eventually(
    () => Promise.allSettled(people.map((one) => one.picture())),
    (pictures) => pictures.every(({ status }) => status === 'fulfilled'),
  )
}

/** The right answer of a device's captcha, as a reader of Redis sees it. */
export async function answerIn(
  { client }: HostRedis,
  deviceId: string,
  prefix = 'uni-captcha-local:',
): Promise<string> {
  const answer = await client.hget(`${prefix}uc:c:{${hashId('image', 'buy', `device:${deviceId}`)}}`, 'c')
  if (answer === null) throw new Error(`no captcha of ${deviceId}`)
  return answer
}
