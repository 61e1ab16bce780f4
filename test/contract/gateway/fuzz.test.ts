import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeAll, craft, openHost, type Answer, type OpenedHost } from '../support/host-project'

let host: OpenedHost

beforeAll(async () => {
  host = await openHost({ floodLimitPerMinute: 0, logLevel: 'error' })
})
afterAll(closeAll)

/** Whatever was sent: an answer, or a refusal in the client's envelope that is the sender's fault alone. */
function isFit({ status, body }: Answer): boolean {
  if (status === 200) return body.success === true
  return status >= 400 && status < 500 && body.success === false && typeof body.error?.message === 'string'
}

const keys = fc.oneof(
  fc.string(),
  fc.constantFrom('method', 'params', '__proto__', 'constructor', 'clientInfo', 'uniIdToken'),
)
const junk = fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue()), fc.constantFrom('echo', 'same', { $ne: '' }))

describe('the gateway, sent anything', () => {
  it('answers every text as a body', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      junk.map((value) => JSON.stringify(value)),
    )
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await craft(host, { text })).toSatisfy(isFit)
      }),
    )
  })

  it('answers every signed body', async () => {
    const bodies = fc.record(
      { params: junk, token: junk, method: junk, timestamp: junk, more: junk },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        expect(await craft(host, { body })).toSatisfy(isFit)
      }),
    )
  })

  it('answers every call of a method, with arguments and client info of any kind', async () => {
    const calls = fc.record({
      method: fc.oneof(fc.constant('same'), junk),
      params: junk,
      clientInfo: junk,
      uniIdToken: junk,
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constant('echo'), junk), calls, async (functionTarget, functionArgs) => {
        const body = { params: JSON.stringify({ functionTarget, functionArgs }) }
        expect(await craft(host, { body })).toSatisfy(isFit)
      }),
    )
    expect(host.log.text).toMatch(/^({"level":50[^\n]*could not be loaded"}\n)?$/)
  })
})
