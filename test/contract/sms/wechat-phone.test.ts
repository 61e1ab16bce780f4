import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { createPhoneNumberExchange } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/wechat/wechat'
import { storesOn } from '../support/captchas'
import { getVerdict } from '../support/code-store-contract'
import { intercept, openTemporaryDatabase } from '../support/cloud-database'
import { closedPort, ProviderServer, type Received, type Reply } from '../support/provider-server'

const APP_ID = 'wx0123456789abcdef'
const APP_SECRET = 'secret-of-the-mini-program'
const KEY = randomBytes(32)
const MOBILE = '13800138000'
const TOKEN_LIFE_SECONDS = 7200

/** WeChat as documented: it knows one token at a time, and whose number each code stands for, once. */
class WeChat {
  tokens = 0
  expiresIn = TOKEN_LIFE_SECONDS
  /** answered to the next phone-number requests in place of what is right */
  readonly next: Reply[] = []
  /** answered to every token request in place of a token */
  noToken: Reply | undefined
  /** the same, once */
  noTokenNext: Reply | undefined
  private readonly codes = new Set(['a-code', 'another-code'])

  get token(): string {
    return `87_token-number-${this.tokens}+/=`
  }

  answer = ({ url, body }: Received): Reply => {
    const { pathname, searchParams } = new URL(url, 'http://wechat')
    if (pathname === '/cgi-bin/stable_token') {
      if (this.tokens === 0) this.tokens++
      const once = this.noTokenNext
      this.noTokenNext = undefined
      return once ?? this.noToken ?? { json: { access_token: this.token, expires_in: this.expiresIn } }
    }
    const prepared = this.next.shift()
    if (prepared) return prepared
    if (searchParams.get('access_token') !== this.token) return { json: { errcode: 42001, errmsg: 'expired' } }
    const { code } = JSON.parse(body) as { code: string }
    if (!this.codes.delete(code)) return { json: { errcode: 40029, errmsg: `invalid code ${code}` } }
    return { json: phoneInfo(MOBILE, '86') }
  }
}

function phoneInfo(mobile: unknown, countryCode: unknown, appid = APP_ID): object {
  const watermark = { timestamp: 1, appid }
  const info = { phoneNumber: `+${countryCode}${mobile}`, purePhoneNumber: mobile, countryCode, watermark }
  return { errcode: 0, errmsg: 'ok', phone_info: info }
}

let server: ProviderServer
let wechat: WeChat
let opened: ReturnType<typeof openTemporaryDatabase>
let stores: Stores
let clock: { now: number }
let said: string[]

beforeEach(async () => {
  server = await ProviderServer.open()
  wechat = new WeChat()
  server.always = wechat.answer
  opened = openTemporaryDatabase()
  clock = { now: 1_800_000_000_000 }
  stores = storesOn(opened.database, () => clock.now) as Stores
  said = []
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, name).mockImplementation((...words) => void said.push(words.map(String).join(' ')))
  }
})
afterEach(async () => {
  vi.restoreAllMocks()
  opened.close()
  await server.close()
})

/** A process of the application, with a memory of its own. */
function openProcess(change: { settings?: object; stores?: Stores; key?: Buffer } = {}) {
  const exchange = createPhoneNumberExchange(() => clock.now)
  const settings = { appId: APP_ID, appSecret: APP_SECRET, endpoint: server.endpoint, ...change.settings }
  return async (code: string) => {
    const outcome = await exchange(code, settings, change.stores ?? stores, change.key ?? KEY)
    const seen = JSON.stringify([outcome, said])
    for (const secret of [APP_SECRET, 'token-number', code]) expect(seen).not.toContain(secret)
    return outcome
  }
}

const asked = (path: string) => server.received.filter(({ url }) => url.startsWith(path))
const tokensAsked = () => asked('/cgi-bin/stable_token').length
const numbersAsked = () => asked('/wxa/business/getuserphonenumber').length

describe('WeChat’s quick verification', () => {
  it('gives the number of the person who pressed the button', async () => {
    expect(await openProcess()('a-code')).toEqual({ kind: 'number', mobile: MOBILE, countryCode: '86' })
  })

  it('asks with every field in its place, and never in the way that ends other parts’ token', async () => {
    await openProcess()('a-code')
    const [token, number] = server.received
    expect([token?.method, token?.url]).toEqual(['POST', '/cgi-bin/stable_token'])
    expect(JSON.parse(token?.body ?? '')).toEqual({
      grant_type: 'client_credential',
      appid: APP_ID,
      secret: APP_SECRET,
      force_refresh: false,
    })
    expect(number?.method).toBe('POST')
    expect(number?.url).toBe(`/wxa/business/getuserphonenumber?access_token=${encodeURIComponent(wechat.token)}`)
    expect(number?.headers).toMatchObject({ 'content-type': 'application/json', connection: 'close' })
    expect(JSON.parse(number?.body ?? '')).toEqual({ code: 'a-code' })
  })

  it('takes a code once', async () => {
    const ask = openProcess()
    await ask('a-code')
    expect(await ask('a-code')).toEqual({ kind: 'refused', reason: 'badCode', providerCode: '40029' })
  })

  it.each([
    [40029, 'badCode'],
    [40163, 'badCode'],
    [45011, 'tooFrequent'],
    [1400001, 'noQuota'],
    [45009, 'noQuota'],
    [40013, 'account'],
    [48001, 'account'],
  ])('tells what error %s means: %s', async (errcode, reason) => {
    wechat.next.push({ json: { errcode, errmsg: `about a-code ${wechat.token}` } })
    expect(await openProcess()('a-code')).toEqual({ kind: 'refused', reason, providerCode: String(errcode) })
    expect(numbersAsked()).toBe(1)
  })

  it('asks again when WeChat is busy, and gives the number', async () => {
    const busy: Reply = { json: { errcode: -1, errmsg: 'system error' } }
    wechat.next.push(busy, busy)
    expect(await openProcess()('a-code')).toEqual({ kind: 'number', mobile: MOBILE, countryCode: '86' })
    expect([tokensAsked(), numbersAsked()]).toEqual([1, 3])
  })

  it('asks again for a token when WeChat is busy', async () => {
    wechat.noTokenNext = { json: { errcode: -1, errmsg: 'system error' } }
    expect(await openProcess()('a-code')).toMatchObject({ kind: 'number' })
    expect([tokensAsked(), numbersAsked()]).toEqual([2, 1])
  })

  it('gives up after four tries when WeChat stays busy', async () => {
    server.always = { json: { errcode: -1, errmsg: 'system error' } }
    expect(await openProcess()('a-code')).toEqual({ kind: 'refused', reason: 'busy', providerCode: '-1' })
    expect(server.received).toHaveLength(4)
  })

  it.each([
    [40013, 'invalid appid'],
    [40125, 'invalid appsecret'],
    [40164, 'invalid ip, not in whitelist'],
  ])('says that the account is wrong when there is no token for it: %s', async (errcode, errmsg) => {
    wechat.noToken = { json: { errcode, errmsg } }
    expect(await openProcess()('a-code')).toEqual({ kind: 'refused', reason: 'account', providerCode: String(errcode) })
    expect(numbersAsked()).toBe(0)
  })

  it.each<[string, Reply]>([
    ['resets the connection', 'reset'],
    ['breaks off', 'half'],
    ['answers a page', { text: '<html>502</html>', status: 502 }],
    ['answers nothing', { text: '' }],
    ['answers no object', { json: ['ok'] }],
    ['answers no number', { json: { errcode: 0, errmsg: 'ok' } }],
    ['answers a number that is none', { json: phoneInfo('138 0013 8000', '86') }],
    ['answers a number that is an object', { json: phoneInfo({ $ne: 1 }, '86') }],
    ['answers a country that is none', { json: phoneInfo(MOBILE, '+86') }],
    ['answers without end', { text: 'x'.repeat(100_000) }],
  ])('does not know the number when WeChat %s', async (_, reply) => {
    wechat.next.push(reply)
    expect(await openProcess()('a-code')).toEqual({ kind: 'refused', reason: 'unreachable' })
  })

  it('does not believe a number that was given to another application', async () => {
    wechat.next.push({ json: phoneInfo(MOBILE, '86', 'wxffffffffffffffff') })
    expect(await openProcess()('a-code')).toEqual({ kind: 'refused', reason: 'account', providerCode: 'watermark' })
  })

  it('answers within the time of a cloud function when WeChat does not', async () => {
    server.always = 'hang'
    const beganAt = performance.now()
    expect(await openProcess()('a-code')).toEqual({ kind: 'refused', reason: 'unreachable' })
    // Four seconds are waited for an answer: asking twice would be eight.
    expect(performance.now() - beganAt).toBeLessThan(7500)
    expect(server.received).toHaveLength(1)
  })

  it('says so when WeChat is not there', async () => {
    const unreachable = openProcess({ settings: { endpoint: `http://127.0.0.1:${await closedPort()}` } })
    expect(await unreachable('a-code')).toEqual({ kind: 'refused', reason: 'unreachable' })
  })

  it('names what is missing in the configuration', async () => {
    const ask = openProcess({ settings: { appId: '', appSecret: undefined } })
    await expect(ask('a-code')).rejects.toMatchObject({
      row: 'notConfigured',
      reason: expect.stringMatching(/^wechat\.appId .* is missing; wechat\.appSecret .* is missing$/),
    })
  })
})

describe('the token', () => {
  it('is asked for once and kept, by this process and for all others', async () => {
    const first = openProcess()
    await first('a-code')
    await first('another-code')
    const second = openProcess()
    await second('a third code')
    expect([tokensAsked(), numbersAsked()]).toEqual([1, 3])
  })

  it('lies in the store encrypted', async () => {
    await openProcess()('a-code')
    const { data } = await opened.database.collection('opendb-verify-codes').where(opened.everything).limit(10).get()
    expect(data).toHaveLength(1)
    expect(JSON.stringify(data)).not.toContain('token-number')
    for (const suffix of ['', '-wal']) {
      expect(readFileSync(opened.file + suffix).includes('token-number'), suffix).toBe(false)
    }
  })

  it('is asked for anew with another secret, and by none that finds it tampered with', async () => {
    await openProcess()('a-code')
    expect(await openProcess({ key: randomBytes(32) })('another-code')).toMatchObject({ kind: 'number' })
    expect(tokensAsked()).toBe(2)
    const tampered = { call_options: { token: Buffer.alloc(60).toString('base64') } }
    await opened.database.collection('opendb-verify-codes').where(opened.everything).update(tampered)
    expect(await openProcess()('a third code')).toMatchObject({ reason: 'badCode' })
    expect(tokensAsked()).toBe(3)
  })

  it('is renewed five minutes before its end', async () => {
    const ask = openProcess()
    await ask('a-code')
    clock.now += (TOKEN_LIFE_SECONDS - 301) * 1000
    await ask('another-code')
    expect(tokensAsked()).toBe(1)
    clock.now += 1000
    await ask('a third code')
    await openProcess()('a fourth code')
    expect(tokensAsked()).toBe(2)
  })

  it('is used, but not kept, when it is about to end', async () => {
    wechat.expiresIn = 200
    const ask = openProcess()
    expect(await ask('a-code')).toMatchObject({ kind: 'number' })
    await ask('another-code')
    expect(tokensAsked()).toBe(2)
  })

  it.each([42001, 40001, 40014])(
    'is replaced, and the call repeated, when WeChat takes it no longer: %s',
    async (code) => {
      const ask = openProcess()
      await ask('a third code')
      wechat.tokens++
      wechat.next.push({ json: { errcode: code, errmsg: 'access_token expired' } })
      expect(await ask('a-code')).toMatchObject({ kind: 'number' })
      expect(tokensAsked()).toBe(2)
      await openProcess()('another-code')
      expect(tokensAsked()).toBe(2)
    },
  )

  it('is replaced once only', async () => {
    const gone: Reply = { json: { errcode: 40001, errmsg: 'invalid credential' } }
    wechat.next.push(gone, gone, gone)
    expect(await openProcess()('a-code')).toEqual({ kind: 'refused', reason: 'account', providerCode: '40001' })
    expect([tokensAsked(), numbersAsked()]).toEqual([2, 2])
  })

  it('is done without a store that fails', async () => {
    const failing = intercept(opened.database, () => Promise.reject(new Error('the disk is gone')))
    const ask = openProcess({ stores: storesOn(failing, () => clock.now) as Stores })
    expect(await ask('a-code')).toMatchObject({ kind: 'number' })
    await ask('another-code')
    expect(tokensAsked()).toBe(1)
  })

  it('verifies nothing as if it were a code', async () => {
    await openProcess()('a-code')
    const slot = { kind: 'ticket', scene: 'uni-sms-code wechat token', subject: `code:${APP_ID}` } as const
    expect(await stores.codes.peek(slot)).toBeDefined()
    expect(await getVerdict(stores.codes, slot, '', clock.now)).toBe('spent')
  })
})
