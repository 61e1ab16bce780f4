import type { SceneHour } from 'uni-captcha'

import type { MessageCounts, MessageError } from '../../../../../../uni-captcha/types/protocol'
import type { Channel } from '../codes/channel'
import { CHANNELS } from '../codes/channel'
import { shown } from '../providers/provider-code'

// What is counted of messages, as the names of counts: letters, digits and `_`, which every database takes for fields.

/** What became of a message, or of an answer to one; of a refusal also why. */
export type Fate = 'sent' | 'unknown' | 'verified' | 'wrong' | 'expired' | `refused_${string}`

const COUNT = new RegExp(`^(${CHANNELS.join('|')})_(?:(sent|unknown|verified|wrong|expired)|refused_(\\w+))$`)
/** Errors are rows of their own, for databases bound the names of fields: no scene begins with a control character. */
const ERROR = '\u0001'
/** The name of an error row's one count. */
export const ERRORS_COUNT = 'errors'

export function toCountName(channel: Channel, fate: Fate): string {
  return `${channel}_${fate}`
}

/** One kind of refusal or unclear answer, as a scene. The code as it may be shown: no number, no text, no space. */
export function toErrorScene(provider: string, reason: string, providerCode: string | undefined): string {
  return `${ERROR}${provider} ${reason}${shown(providerCode)}`
}

function emptyCounts(): MessageCounts {
  return { sent: 0, unknown: 0, refused: {}, verified: 0, wrong: 0, expired: 0 }
}

/** Reads names into counts by channel. */
export function toChannels(counts: Record<string, number>): Map<Channel, MessageCounts> {
  const channels = new Map<Channel, MessageCounts>()
  for (const [name, count] of Object.entries(counts)) {
    const [, channel, fate, reason] = COUNT.exec(name) ?? []
    if (channel === undefined) continue
    const sums = channels.get(channel as Channel) ?? emptyCounts()
    channels.set(channel as Channel, sums)
    if (reason === undefined) sums[fate as Exclude<keyof MessageCounts, 'refused'>] += count
    else sums.refused[reason] = (sums.refused[reason] ?? 0) + count
  }
  return channels
}

/** The error that a row counts, or undefined where it counts messages of a scene. */
export function toError({ scene, hour, counts }: SceneHour): MessageError | undefined {
  if (!scene.startsWith(ERROR)) return undefined
  const [provider = '', reason = '', providerCode = ''] = scene.slice(ERROR.length).split(' ')
  return { provider, reason, providerCode, count: counts[ERRORS_COUNT] ?? 0, lastHour: hour }
}
