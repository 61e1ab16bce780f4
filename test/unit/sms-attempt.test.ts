import { expect, it } from 'vitest'

import {
  createProvider,
  notNow,
  refused,
} from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/attempt'
import type {
  SendOutcome,
  SmsMessage,
} from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/provider'

const MESSAGE: SmsMessage = {
  e164: '+8613800138000',
  mobile: '13800138000',
  code: '031337',
  minutes: 5,
  scene: 'register',
}

/** A provider whose attempts end as told, in order; the last is for all that follow. */
function open(timeoutMs: number, ...attempts: ((withinMs: number) => SendOutcome | Promise<SendOutcome>)[]) {
  const asked: { message: SmsMessage; withinMs: number }[] = []
  const provider = createProvider(async (message: SmsMessage, withinMs) => {
    asked.push({ message, withinMs })
    return attempts[Math.min(asked.length, attempts.length) - 1]!(withinMs)
  }, timeoutMs)
  return { asked, send: (withinMs?: number) => provider.send(MESSAGE, withinMs) }
}

const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

it('a message that surely did not leave is handed in once more, the same, and no third time', async () => {
  const { asked, send } = open(2000, () => notNow('unreachable', 'ECONNREFUSED'))
  expect(await send()).toEqual({ kind: 'refused', reason: 'unreachable', providerCode: 'ECONNREFUSED' })
  expect(asked.map(({ message }) => message)).toEqual([MESSAGE, MESSAGE])
})

it('what the second time says is what counts', async () => {
  const { send } = open(
    2000,
    () => notNow('busy'),
    () => ({ kind: 'sent' }),
  )
  expect(await send()).toEqual({ kind: 'sent' })
})

it.each<[string, SendOutcome]>([
  ['refused for good', refused('busy')],
  ['of unknown fate', { kind: 'unknown' }],
  ['sent', { kind: 'sent' }],
])('a message that is %s is never handed in again', async (_, outcome) => {
  const { asked, send } = open(2000, () => outcome)
  expect(await send()).toEqual(outcome)
  expect(asked).toHaveLength(1)
})

it('the second time has what the first left, so that it can tell that the message did not leave', async () => {
  const { asked, send } = open(
    3000,
    () => after(100).then(() => notNow('unreachable')),
    // As a server that stays silent until the attempt's own time is over.
    (withinMs) => after(withinMs - 50).then(() => refused('unreachable', 'ETIMEDOUT')),
  )
  expect(await send()).toEqual({ kind: 'refused', reason: 'unreachable', providerCode: 'ETIMEDOUT' })
  expect(asked[0]!.withinMs).toBe(3000)
  // 100 ms of the first time and the 200 before the second are gone.
  expect(asked[1]!.withinMs).toBeLessThanOrEqual(2705)
})

it.each([
  ['its opening', 600, undefined],
  ['the call', 4000, 600],
])('with too little time left, by %s, the first refusal is the answer, at once', async (_, timeoutMs, withinMs) => {
  const { asked, send } = open(timeoutMs, () => notNow('busy', 'Throttling'))
  expect(await send(withinMs)).toEqual({ kind: 'refused', reason: 'busy', providerCode: 'Throttling' })
  expect(asked).toHaveLength(1)
})
