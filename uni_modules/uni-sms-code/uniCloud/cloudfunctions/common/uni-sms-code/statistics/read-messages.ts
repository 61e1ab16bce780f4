import type { SceneHour } from 'uni-captcha'

import type {
  MessageCost,
  MessageError,
  MessageHour,
  MessageStatistics,
} from '../../../../../../uni-captcha/types/protocol'
import { resolveOptions } from '../config/options'
import { toChannels, toError } from './counts'

const MAX_ERRORS = 100

interface Range {
  from: number
  to: number
}

interface ReaderDeps {
  rows(range: Range): Promise<SceneHour[]>
  config(): unknown
}

/** Reads statistics of messages for the administration; a mistake in config.json leaves out its scene's costs alone. */
export function createMessageReader({ rows, config }: ReaderDeps) {
  return async (range: Range): Promise<MessageStatistics> => {
    const found = await rows(range)
    const current = readOr(undefined, config)
    const hours = found.flatMap(({ scene, hour, counts }) =>
      [...toChannels(counts)].map(([channel, sums]) => ({ scene, channel, hour, ...sums })),
    )
    return {
      hours,
      costs: toCosts(hours, current),
      errors: sumErrors(found.map(toError).filter((error) => error !== undefined)),
    }
  }
}

function toCosts(hours: MessageHour[], config: unknown): MessageCost[] {
  const messages = new Map<string, number>()
  for (const { scene, channel, sent, unknown } of hours) {
    if (channel === 'sms') messages.set(scene, (messages.get(scene) ?? 0) + sent + unknown)
  }
  return [...messages].flatMap(([scene, count]) => {
    const price = readOr(0, () => resolveOptions(config, scene).price)
    return price === 0 ? [] : [{ scene, channel: 'sms', messages: count, price, cost: roundMoney(count * price) }]
  })
}

/** Sums of decimals end in rests such as 0.30000000000000004. */
function roundMoney(amount: number): number {
  return Math.round(amount * 10_000) / 10_000
}

function sumErrors(errors: MessageError[]): MessageError[] {
  const sums = new Map<string, MessageError>()
  for (const error of errors) {
    const key = JSON.stringify([error.provider, error.reason, error.providerCode])
    const known = sums.get(key)
    sums.set(key, {
      ...error,
      count: error.count + (known?.count ?? 0),
      lastHour: Math.max(error.lastHour, known?.lastHour ?? 0),
    })
  }
  return [...sums.values()]
    .sort((one, other) => other.lastHour - one.lastHour || other.count - one.count)
    .slice(0, MAX_ERRORS)
}

function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
