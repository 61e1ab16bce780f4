import { request } from 'node:http'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { build } from '../../../scripts/build'
import type { ProofAsked } from '../../../uni_modules/uni-captcha/types/protocol'
import { solve } from '../../support/proofs'
import { openDevice, getRefusal } from '../support/gateway-client'
import { closeAll, craft, invoke, openHost, temporaryDirectory } from '../support/host-project'
import { openAdminHost } from '../support/admin-client'
import { findOrders, tapCells } from '../support/taps'
import { storedAnswer, storedCaptchas, storedRows } from '../support/answers'

const PROJECTS: [string, () => Promise<string>][] = [
  ['as TypeScript in the repository', async () => process.cwd()],
  [
    'as built for HBuilderX',
    async () => {
      await build('hbuilderx')
      return join(process.cwd(), 'dist/hbuilderx')
    },
  ],
]

describe.each(PROJECTS)('the cloud objects, %s', (_, prepare) => {
  let host: Awaited<ReturnType<typeof openHost>>
  let dataDir: string
  let scenes = 0
  const freshScene = () => `scene-${++scenes}`
  const device = (deviceId = 'phone') => openDevice(host.url, 'dcloud', { deviceId }).client
  const captchaObject = (deviceId?: string) => device(deviceId).importObject('uni-captcha-co', { customUI: true })
  const demoObject = (deviceId?: string) => device(deviceId).importObject('uni-captcha-demo', { customUI: true })

  beforeAll(async () => {
    const projectDir = await prepare()
    dataDir = temporaryDirectory()
    host = await openHost({ projectDir, dataDir, floodLimitPerMinute: 0 })
  })
  afterAll(closeAll)

  it('give a picture to an unmodified client and take its answer once', async () => {
    const scene = freshScene()
    const answer = await captchaObject()['getImageCaptcha']!({ scene })
    expect(answer).toMatchObject({ errCode: 0, code: 0, width: 150, height: 40, maxLength: 4, expiresIn: 180 })
    expect(answer).toHaveProperty('captchaBase64', expect.stringMatching(/^data:image\/png;base64,/))
    const form = { scene, captcha: storedAnswer(dataDir, scene) }
    expect(await demoObject()['verify']!(form)).toMatchObject({ errCode: 0 })
    expect((await getRefusal(demoObject()['verify']!(form))).errCode).toBe('uni-captcha-verify-fail')
  })

  it('refresh the captcha when there is one: one row, and the old answer is void', async () => {
    const scene = freshScene()
    await captchaObject()['getImageCaptcha']!({ scene })
    const old = storedAnswer(dataDir, scene)
    await captchaObject()['getImageCaptcha']!({ scene, isUniAppX: true, uniPlatform: 'web' })
    const current = storedAnswer(dataDir, scene)
    if (old !== current) {
      expect((await getRefusal(demoObject()['verify']!({ scene, captcha: old }))).errCode).toBe(
        'uni-captcha-verify-fail',
      )
    }
    expect(await demoObject()['verify']!({ scene, captcha: current })).toMatchObject({ errCode: 0 })
  })

  it('accept one of a hundred concurrent right answers over HTTP', async () => {
    const scene = freshScene()
    await captchaObject()['getImageCaptcha']!({ scene })
    const captcha = storedAnswer(dataDir, scene)
    const demo = demoObject()
    const verdicts = await Promise.allSettled(Array.from({ length: 100 }, () => demo['verify']!({ scene, captcha })))
    expect(verdicts.filter((verdict) => verdict.status === 'fulfilled')).toHaveLength(1)
  })

  it('keep the captchas of two devices apart', async () => {
    const scene = freshScene()
    await captchaObject('one')['getImageCaptcha']!({ scene })
    const captcha = storedAnswer(dataDir, scene)
    await captchaObject('two')['getImageCaptcha']!({ scene })
    expect((await getRefusal(demoObject('three')['verify']!({ scene, captcha }))).errCode).toBe(
      'uni-captcha-verify-fail',
    )
    expect(await demoObject('one')['verify']!({ scene, captcha })).toMatchObject({ errCode: 0 })
  })

  it('write down the address that the server saw, not one that the client claims', async () => {
    const scene = freshScene()
    await invoke(host, 'uni-captcha-co', 'getImageCaptcha', [{ scene }], {
      clientInfo: { deviceId: 'phone', clientIP: '1.2.3.4', CLIENTIP: '1.2.3.4' },
    })
    expect(storedCaptchas(dataDir, scene)[0]?.['ip']).toBe('127.0.0.1')
  })

  it('let a client change no option of its captcha', async () => {
    const scene = freshScene()
    const greedy = { scene, size: 1, text: 'A', expiresDate: 3600, maxAttempts: 20, noise: 0, deviceId: 'victim' }
    expect(await captchaObject()['getImageCaptcha']!(greedy)).toMatchObject({ maxLength: 4, expiresIn: 180 })
    expect(storedCaptchas(dataDir, scene)).toMatchObject([{ device_uuid: 'phone', max_attempts: 5, call_options: {} }])
  })

  it.each([
    ['no parameters', []],
    ['null', [null]],
    ['an array', [['login']]],
    ['no scene', [{}]],
    ['an empty scene', [{ scene: '' }]],
    ['an object as scene', [{ scene: { $ne: '' } }]],
    ['a boolean as scene', [{ scene: true }]],
    ['a scene of 65 characters', [{ scene: 'x'.repeat(65) }]],
  ])('answer %s with one clear error and store nothing', async (_what, params) => {
    const before = countRows()
    const { status, body } = await invoke(host, 'uni-captcha-co', 'getImageCaptcha', params, {
      clientInfo: { deviceId: 'p' },
    })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({ errCode: 'uni-captcha-invalid-param', errMsg: expect.stringContaining('scene') })
    expect(countRows()).toBe(before)
  })

  it.each([[['phone']], [{ $ne: '' }], [7], [null], ['']])(
    'never share a slot for the device id %j',
    async (deviceId) => {
      const { body } = await invoke(host, 'uni-captcha-co', 'getImageCaptcha', [{ scene: freshScene() }], {
        clientInfo: { deviceId },
      })
      expect(body.data).toMatchObject({ errCode: 'uni-captcha-deviceId-required' })
    },
  )

  it.each([
    ['image', 200, 'uni-captcha-invalid-param'],
    ['_timing', 404, 'MethodNotFound'],
    ['_before', 404, 'MethodNotFound'],
    ['constructor', 404, 'MethodNotFound'],
    ['__proto__', 404, 'MethodNotFound'],
    ['toString', 404, 'MethodNotFound'],
    ['sweep', 404, 'MethodNotFound'],
    ['create', 404, 'MethodNotFound'],
  ])('give a uniCloud client nothing at %s: %i %s', async (method, status, code) => {
    const params = [{ scene: 'login', code_id: crypto.randomUUID() }]
    const answer = await invoke(host, 'uni-captcha-co', method, params, { clientInfo: { deviceId: 'phone' } })
    const data = answer.body.data as { errCode?: string } | undefined
    expect({ status: answer.status, code: answer.body.error?.code ?? data?.errCode }).toEqual({ status, code })
  })

  describe('by URL', () => {
    const imageUrl = (codeId: string, scene = 'web') =>
      `${host.url}/http/uni-captcha-co/image?code_id=${codeId}&scene=${scene}`
    const check = (body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${host.url}/http/uni-captcha-demo/verifyImageCode`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })

    it('give image bytes for an <img>, never cached and not for other sites', async () => {
      const response = await fetch(imageUrl(crypto.randomUUID()))
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('image/png')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(
        Buffer.from(await response.arrayBuffer())
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG')
    })

    it('take the answer under the code id once, and a new picture voids the one before', async () => {
      const codeId = crypto.randomUUID()
      const answer = () => storedCaptchas(dataDir, 'web').find((row) => row['code_id'] === codeId)!.code
      await fetch(imageUrl(codeId))
      const old = answer()
      await fetch(imageUrl(codeId))
      const image_code = answer()
      if (old !== image_code) {
        expect(await (await check({ image_code: old, image_code_id: codeId })).json()).toMatchObject({
          needNewCaptcha: true,
        })
      }
      expect(await (await check({ image_code, image_code_id: codeId })).json()).toMatchObject({ errCode: 0 })
      expect(await (await check({ image_code, image_code_id: codeId })).json()).toMatchObject({
        errCode: 'uni-captcha-verify-fail',
      })
    })

    it('say what is wrong with a code id or a scene', async () => {
      for (const url of [imageUrl(''), imageUrl('x'), imageUrl(crypto.randomUUID(), ''), imageUrl('phone')]) {
        const response = await fetch(url)
        expect(response.status).toBe(400)
        expect(await response.json()).toMatchObject({ errCode: 'uni-captcha-invalid-param' })
      }
    })

    it.each([
      ['zh-TW,zh;q=0.9,en;q=0.8', /參數/, /網站識別碼不存在/],
      ['en-GB,zh-TW;q=0.9', /^[\x20-\x7e]+$/, /^[\x20-\x7e]+$/],
      ['zh-CN,zh-TW;q=0.9', /参数/, /站点标识不存在/],
      ['*', /参数/, /站点标识不存在/],
    ])('say it in the language that is wanted most in %j', async (accepted, ofPicture, ofSite) => {
      const headers = { 'accept-language': accepted }
      const refused = await fetch(imageUrl('x'), { headers })
      expect(refused.headers.get('vary')).toContain('Accept-Language')
      expect(await refused.json()).toMatchObject({ errMsg: expect.stringMatching(ofPicture) })
      const challenge = await fetch(`${host.url}/http/uni-captcha-co/challenge`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ sitekey: 'uck_none', scene: 'login' }),
      })
      expect(await challenge.json()).toMatchObject({ errMsg: expect.stringMatching(ofSite) })
    })

    const byUrl =
      (path: string, init: RequestInit = {}) =>
      () =>
        fetch(`${host.url}/http/${path}`, init)
    const picture = () => `uni-captcha-co/image?code_id=${crypto.randomUUID()}&scene=web`
    const json = (headers: Record<string, string>) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"image_code":"abcd"}',
    })

    it.each([
      [
        'a picture for a device',
        'uni-captcha-invalid-param',
        () => byUrl('uni-captcha-co/getImageCaptcha?scene=login'),
      ],
      ['a proof of work', 'uni-captcha-invalid-param', () => byUrl('uni-captcha-co/getChallenge?scene=login')],
      ['to redeem a proof', 'uni-captcha-invalid-param', () => byUrl('uni-captcha-co/redeemSolutions?scene=login')],
      ['a picture by POST', 'uni-captcha-invalid-param', () => byUrl(picture(), { method: 'POST' })],
      ['a picture by HEAD', undefined, () => byUrl(picture(), { method: 'HEAD' })],
      ['to verify by GET', 'demo-refused', () => byUrl('uni-captcha-demo/verify?scene=login&captcha=abcd')],
      ['to sign in by GET', 'demo-refused', () => byUrl('uni-captcha-demo/login?username=a&password=open-sesame')],
      ['to verify a picture by GET', 'demo-refused', () => byUrl('uni-captcha-demo/verifyImageCode?image_code=abcd')],
      [
        'to verify a picture by a form',
        'demo-refused',
        () => byUrl('uni-captcha-demo/verifyImageCode', json({ 'content-type': 'text/plain' })),
      ],
      [
        'to verify a picture from another site',
        'demo-refused',
        () => byUrl('uni-captcha-demo/verifyImageCode', json({ 'sec-fetch-site': 'cross-site' })),
      ],
    ])('refuse %s with %s', async (_what, errCode, ask) => {
      const response = await ask()()
      const text = await response.text()
      // What a cloud object throws is its answer, as on uniCloud.
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toContain('application/json')
      expect(text === '' ? undefined : (JSON.parse(text) as { errCode: string }).errCode).toBe(errCode)
    })

    it.each(['_timing', '_before', 'sweep', 'create', 'constructor'])('have nothing at %s', async (method) => {
      const response = await byUrl(`uni-captcha-co/${method}?scene=login`)()
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ error: { code: 'MethodNotFound' } })
    })
  })

  function countRows(): number {
    return ['login', '', 'x'.repeat(65)].reduce((sum, scene) => sum + storedCaptchas(dataDir, scene).length, 0)
  }
})

it('a proof of work is for the device and the address that the server saw, whatever else the client says', async () => {
  const guarded = await openAdminHost(
    { work: { seconds: 0.01 }, scene: { login: { alternative: 'pow' } } },
    { trustedProxies: ['127.0.0.1'] },
  )
  const call = async (method: string, params: object, deviceId: string, address: string) => {
    const functionArgs = { method, params: [{ scene: 'login', ...params }], clientInfo: { deviceId } }
    const { body } = await craft(guarded, {
      body: { params: JSON.stringify({ functionTarget: 'uni-captcha-co', functionArgs }) },
      headers: { 'x-forwarded-for': address },
    })
    return body.data as ProofAsked & { captcha?: string }
  }
  const proof = await call('getChallenge', {}, 'phone', '192.0.2.1')
  const solved = { challenge: proof.challenge, solutions: solve(proof) }
  const claimed = { ...solved, deviceId: 'phone', clientIP: '192.0.2.1' }
  expect((await call('redeemSolutions', claimed, 'thief', '192.0.2.1')).errCode).toBe('uni-captcha-proof-fail')
  const taken = await call('redeemSolutions', { ...claimed, deviceId: 'thief' }, 'phone', '192.0.2.2')
  expect(taken).toMatchObject({ errCode: 0, captcha: expect.stringMatching(/^pow[0-9a-f]{40}$/) })
  const rows = storedRows<{ kind: string; ip: string }>(guarded.dataDir, 'opendb-verify-codes')
  expect(rows.map(({ kind, ip }) => [kind, ip])).toEqual([['pow', '192.0.2.2']])
  await guarded.close()
})

it('an image by URL says as JSON that config.json is none', async () => {
  const broken = await openAdminHost('{ "width": 150, }')
  const response = await fetch(`${broken.url}/http/uni-captcha-co/image?code_id=${crypto.randomUUID()}&scene=login`)
  expect(response.status).toBe(500)
  expect(await response.json()).toMatchObject({ errCode: 'uni-captcha-create-fail' })
  await broken.close()
})

describe('a scene whose pictures are tapped on', () => {
  const SECRET = 'the secret of this test, not of yours'
  const SITE = { secrets: [`sha256-${'A'.repeat(43)}`], hosts: ['no-origin'], scenes: ['pay'] }
  let host: Awaited<ReturnType<typeof openAdminHost>>
  beforeAll(async () => {
    host = await openAdminHost({
      secret: SECRET,
      scene: { pay: { challenge: 'tap' }, buy: { challenge: 'tap', alternative: 'pow' } },
      sites: { uck_shop: SITE },
    })
  })
  afterAll(closeAll)

  const newest = () => storedCaptchas(host.dataDir, 'pay').at(-1)!
  const post = async (path: string, fields: object) => {
    const response = await fetch(`${host.url}/http/uni-captcha-co/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  it('gives them to clients that say they can, with the layout, and keeps a keyed hash of the cells', async () => {
    const { client } = openDevice(host.url, 'dcloud', { deviceId: 'phone' })
    const object = client.importObject('uni-captcha-co', { customUI: true })
    const picture = await object['getImageCaptcha']!({ scene: 'pay', canTap: true })
    const tap = { columns: 4, rows: 2, count: 4, top: 50, width: 300, height: 200 }
    expect(picture).toMatchObject({ errCode: 0, width: 300, height: 200, maxLength: 35, tap })
    const slot = { kind: 'image', scene: 'pay', subject: 'device:phone' }
    expect(findOrders(newest().code, slot, SECRET)).toHaveLength(1)
    for (const said of [{}, { canTap: 'true' }, { canWork: true }]) {
      const refused = await getRefusal(object['getImageCaptcha']!({ scene: 'pay', ...said }))
      expect(refused.errCode).toBe('uni-captcha-tap-required')
    }
    const refused = await getRefusal(object['getImageCaptcha']!({ scene: 'buy', canWork: true }))
    expect(refused.errCode).toBe('uni-captcha-proof-required')
    expect(await object['getChallenge']!({ scene: 'buy' })).toMatchObject({ errCode: 0 })
  })

  it('gives them by URL to an <img> whose page takes the taps', async () => {
    const url = `${host.url}/http/uni-captcha-co/image?code_id=${crypto.randomUUID()}&scene=pay`
    const refused = await fetch(url)
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ errCode: 'uni-captcha-tap-required' })
    const response = await fetch(`${url}&can_tap=true`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
    const png = Buffer.from(await response.arrayBuffer())
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([600, 400])
  })

  it('gives a site’s page a token for the four points, once', async () => {
    const { body } = await post('challenge', { sitekey: 'uck_shop', scene: 'pay', kind: 'tap' })
    const [id] = JSON.parse(Buffer.from(body['id'] as string, 'base64url').toString()) as string[]
    const subject = `code:${JSON.stringify([id, 'uck_shop', ''])}`
    const [cells] = findOrders(newest().code, { kind: 'site', scene: 'pay', subject }, SECRET)
    const answer = { id: body['id'], answer: tapCells(cells!) }
    expect(await post('answer', answer)).toMatchObject({ status: 200, body: { token: expect.any(String) } })
    expect(await post('answer', answer)).toMatchObject({
      status: 422,
      body: { errCode: 'uni-captcha-verify-fail' },
    })
  })
})

describe('a picture by URL on a page of another site', () => {
  const LISTED = 'https://a.com'
  let host: Awaited<ReturnType<typeof openAdminHost>>
  let port: string

  beforeAll(async () => {
    // Three are asked for in the end: one that was counted in vain would be missing there.
    host = await openAdminHost({ imageOrigins: [LISTED], imageLimit: { ip: { soft: 3, hard: 3 } } })
    ;({ port } = new URL(host.url))
  })
  afterAll(closeAll)

  /** Sent as it stands: `fetch` would replace these headers by its own. */
  const ask = (headers: Record<string, string>): Promise<{ status: number; policy: unknown; text: string }> => {
    const path = `/http/uni-captcha-co/image?code_id=${crypto.randomUUID()}&scene=web`
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, path, headers }, async (response) => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        const policy = response.headers['cross-origin-resource-policy']
        resolve({ status: response.statusCode ?? 0, policy, text: Buffer.concat(chunks).toString() })
      })
      outgoing.on('error', reject).end()
    })
  }

  it.each<Record<string, string>>([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' },
    { 'sec-fetch-site': 'cross-site', referer: 'https://a.com.evil.example/' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://a.com.evil.example' },
    { referer: 'https://a.com.evil.example/page' },
    { referer: 'https://a.com@evil.example/' },
    { referer: 'https://evil.example/?https://a.com' },
    { origin: 'https://evila.com' },
    { origin: 'http://a.com' },
    { origin: 'https://a.com:8443' },
    { origin: 'https://sub.a.com' },
    { origin: 'null' },
    { referer: 'about:blank' },
  ])('is refused and not counted: %j', async (headers) => {
    for (let turn = 0; turn < 4; turn++) {
      const { status, policy, text } = await ask(headers)
      expect({ status, policy }).toEqual({ status: 403, policy: 'same-origin' })
      expect(JSON.parse(text)).toMatchObject({ errCode: 'uni-captcha-invalid-param' })
      expect(text).toContain('imageOrigins')
    }
    expect(storedCaptchas(host.dataDir, 'web')).toHaveLength(0)
  })

  it('is given where imageOrigins lists the page, and on the own pages, and counted there', async () => {
    const own = `127.0.0.1:${port}`
    const given = [
      await ask({ 'sec-fetch-site': 'cross-site', referer: `${LISTED}/` }),
      await ask({ 'sec-fetch-site': 'same-origin', origin: 'null' }),
      await ask({ referer: `http://${own}/page` }),
    ]
    expect(given.map(({ status, policy }) => [status, policy])).toEqual([
      [200, 'cross-origin'],
      [200, 'same-origin'],
      [200, 'same-origin'],
    ])
    expect((await ask({})).status).toBe(429)
  })
})
