import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { openProvider } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/index'
import type { Codes } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/codes'
import type {
  RefusalReason,
  SmsMessage,
  SmsProvider,
  SmsProviderName,
} from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/provider'
import { closedPort, ProviderServer, type Received, type Reply } from './provider-server'

export const MESSAGE: SmsMessage = {
  e164: '+8613800138000',
  mobile: '13800138000',
  code: '031337',
  minutes: 5,
  scene: 'register',
}

/** What the suite has to know of a provider to speak for its server. */
export interface Spoken {
  provider: SmsProviderName
  /** its section of config.json; `endpoint` is where its server listens */
  settings: (endpoint: string) => Record<string, unknown>
  /** readies the platform, where the provider goes through it */
  prepare?: (endpoint: string) => void
  accepted: Reply
  /** every code of the provider's table and what it means; text where the code alone does not tell */
  refusals: [code: string, reason: RefusalReason, text?: string][]
  /** codes that do not tell whether the message was sent */
  unknowns: string[]
  /** the provider's table, of which no code may be left untried */
  codes: Codes
  refusal: (code: string, text?: string) => Reply
  /** a code that means: not now, and nothing was sent; none where the provider has no such code */
  busy?: string
  /** the code that a request carried, for telling messages apart */
  codeIn: (received: Received) => string
  /** what must never be seen outside a request */
  keys: string[]
}

/** Long for a busy machine, and short where a reply is not going to come. */
const TIMEOUT_MS = 8000
const SHORT_TIMEOUT_MS = 1500
/** Before any of the clients gives up of its own accord, after 5 s and more. */
const LATE_MS = 4000

/** What every SMS provider promises, against a server of its own that is told what to answer. */
export function providerContract(spoken: Spoken): void {
  const { accepted, refusal, busy } = spoken
  let server: ProviderServer
  let provider: SmsProvider
  let said: string[]

  const open = (endpoint: string, timeoutMs = TIMEOUT_MS) => {
    spoken.prepare?.(endpoint)
    return openProvider({ provider: spoken.provider, settings: spoken.settings(endpoint), timeoutMs })
  }

  beforeEach(async () => {
    server = await ProviderServer.open()
    said = []
    const listen = (...words: unknown[]) => said.push(words.map((word) => JSON.stringify(word)).join(' '))
    for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      vi.spyOn(console, name).mockImplementation(listen)
    }
    provider = await open(server.endpoint)
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    await server.close()
  })

  /** Sends, and sees to it that nothing of the message or the account came out on the way. */
  async function send(to = provider, message = MESSAGE) {
    const outcome = await to.send(message)
    const seen = JSON.stringify([outcome, said])
    for (const secret of [message.mobile, message.code, ...spoken.keys]) expect(seen).not.toContain(secret)
    expect(outcome).not.toHaveProperty('mayRetry')
    return outcome
  }

  it('sends a message that the provider takes, in one request', async () => {
    server.always = accepted
    expect(await send()).toEqual({ kind: 'sent' })
    expect(server.received).toHaveLength(1)
    expect(spoken.codeIn(server.last)).toBe('031337')
  })

  it('keeps no connection, which a frozen cloud function would find dead on waking', async () => {
    server.always = accepted
    await send()
    expect(server.last.headers.connection).toBe('close')
  })

  it('keeps messages that are under way together apart', async () => {
    server.always = (received) => (Number(spoken.codeIn(received)) % 2 ? accepted : 'reset')
    const codes = Array.from({ length: 20 }, (_, at) => String(100_000 + at))
    const outcomes = await Promise.all(codes.map((code) => send(provider, { ...MESSAGE, code })))
    expect(outcomes.map(({ kind }) => kind)).toEqual(codes.map((code) => (Number(code) % 2 ? 'sent' : 'unknown')))
    expect(server.received.map(spoken.codeIn).sort()).toEqual(codes)
  })

  it('is tried with every code of its table, and with nothing for another reason than the table has', () => {
    const busyCodes = spoken.codes.busy ?? []
    const tried = [...spoken.refusals.map(([code]) => code), ...spoken.unknowns, ...busyCodes]
    const listed = Object.values(spoken.codes).flat()
    expect(listed.filter((code) => !code.endsWith('*') && !tried.includes(code))).toEqual([])
    expect(listed.filter((code, at) => listed.indexOf(code) !== at)).toEqual([])
  })

  describe('knows that nothing was sent, and does not try again,', () => {
    it.each(spoken.refusals)('on %s: %s', async (code, reason, text) => {
      server.always = refusal(code, text)
      expect(await send()).toEqual({ kind: 'refused', reason, providerCode: code })
      expect(server.received).toHaveLength(1)
    })
  })

  describe('does not know whether it was sent, and never sends it again,', () => {
    it.each(spoken.unknowns)('on %s', async (code) => {
      server.always = refusal(code)
      expect(await send()).toEqual({ kind: 'unknown', providerCode: code })
      expect(server.received).toHaveLength(1)
    })

    it.each<[string, Reply]>([
      ['the connection is reset', 'reset'],
      ['the reply is a page', { text: '<html>502 Bad Gateway</html>' }],
      ['the reply is a page with an error status', { status: 502, text: '<html>502 Bad Gateway</html>' }],
      ['the reply is empty', { text: '', type: 'application/json' }],
      ['the reply is not an object', { json: 'OK' }],
      ['the reply is null', { json: null }],
      ['the reply says nothing', { json: {} }],
      ['the reply is of another shape', { json: { Response: { SendStatusSet: [{ Code: { $ne: 1 } }] }, Code: 7 } }],
      ['the code is not one', refusal(MESSAGE.code.repeat(40))],
      ['the code is the name of something every object has', refusal('__proto__')],
    ])('when %s', async (_, reply) => {
      server.always = reply
      expect(await send()).toMatchObject({ kind: 'unknown' })
      expect(server.received).toHaveLength(1)
    })

    it('when the reply breaks off', async () => {
      server.always = 'half'
      // Not every client sees that the connection ended: it waits for the rest.
      expect(await send(await open(server.endpoint, SHORT_TIMEOUT_MS))).toMatchObject({ kind: 'unknown' })
      expect(server.received).toHaveLength(1)
    })

    it('when no reply comes in time', async () => {
      server.always = 'hang'
      const impatient = await open(server.endpoint, SHORT_TIMEOUT_MS)
      const beganAt = performance.now()
      expect(await send(impatient)).toMatchObject({ kind: 'unknown' })
      expect(performance.now() - beganAt).toBeLessThan(LATE_MS)
      expect(server.received).toHaveLength(1)
    })
  })

  it('tells a provider that is not there from one that does not answer', async () => {
    const unreachable = await open(`http://127.0.0.1:${await closedPort()}`)
    expect(await send(unreachable)).toEqual({ kind: 'refused', reason: 'unreachable' })
  })

  it('knows that no server was reached when a name has several addresses, too', async () => {
    const unreachable = await open(`http://localhost:${await closedPort()}`)
    expect(await send(unreachable)).toEqual({ kind: 'refused', reason: 'unreachable' })
  })

  it('tries once more when the connection was not accepted', async () => {
    const port = await closedPort()
    const restarting = await open(`http://127.0.0.1:${port}`)
    const outcome = send(restarting)
    await new Promise((resolve) => setTimeout(resolve, 30))
    const restarted = await ProviderServer.open(port)
    restarted.always = accepted
    expect(await outcome).toEqual({ kind: 'sent' })
    expect(restarted.received).toHaveLength(1)
    await restarted.close()
  })

  it.each(spoken.codes.busy ?? [])('tries once more on %s, and no third time', async (code) => {
    server.always = refusal(code)
    expect(await send()).toEqual({ kind: 'refused', reason: 'busy', providerCode: code })
    expect(server.received).toHaveLength(2)
  })

  if (busy !== undefined) {
    it('tries once more when the provider is busy', async () => {
      server.next.push(refusal(busy))
      server.always = accepted
      expect(await send()).toEqual({ kind: 'sent' })
      expect(server.received).toHaveLength(2)
    })

    it('does not know what became of the second time when that gets no reply', async () => {
      server.next.push(refusal(busy))
      server.always = 'hang'
      const impatient = await open(server.endpoint, 2 * SHORT_TIMEOUT_MS)
      expect(await send(impatient)).toMatchObject({ kind: 'unknown' })
      expect(server.received).toHaveLength(2)
    })
  }

  it('lets no number and no code through where a provider’s code should be', async () => {
    server.always = refusal(`refused.${MESSAGE.mobile}`)
    expect(await send()).toEqual({ kind: 'unknown' })
    server.always = refusal(`refused.${MESSAGE.code}`)
    expect(await send()).toEqual({ kind: 'unknown' })
  })
}
