/**
 * The module's API for the host's administration: no cloud function requires it, so nothing of it can be called on
 * uniCloud.
 */
import * as uniCaptcha from 'uni-captcha'

import type { SmsBudget } from '../../../../../uni-captcha/types/protocol'
import { isRecord, own } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { budgetBucket } from './codes/buckets'
import { CHANNELS } from './codes/channel'
import { resolveLimits } from './config/limit-options'
import { resolveOptions } from './config/options'
import { platformConfig } from './platform'
import { createMessageReader } from './statistics/read-messages'

/** How much of each scene's daily budgets is spent, in the order of config.json; e-mails' where they are sent. Throws what the store or the configuration has. */
export async function readBudgets(): Promise<SmsBudget[]> {
  const config = platformConfig()
  const scenes = isRecord(config) ? own(config, 'scene') : undefined
  const { counters } = uniCaptcha.stores()
  const wanted = Object.keys(isRecord(scenes) ? scenes : {}).flatMap((scene) =>
    CHANNELS.filter((channel) => channel === 'sms' || resolveOptions(config, scene).emailProvider !== '').map(
      (channel) => ({ scene, channel }),
    ),
  )
  return Promise.all(
    wanted.map(async ({ scene, channel }) => {
      const { key, windowMs, limit } = budgetBucket(channel, scene, resolveLimits(config, scene))
      const { count } = await counters.hit(key, windowMs, limit, 0)
      return { scene, channel, sent: Math.ceil(count), limit }
    }),
  )
}

/**
 * What became of the messages from `from` on and before `to` (epoch milliseconds). Rejects as uni-captcha's
 * `readStatistics`.
 */
export const readMessages = createMessageReader({
  rows: (range) => uniCaptcha.readMessages(range),
  config: platformConfig,
})
