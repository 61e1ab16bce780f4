import { cpSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { openDevice, getRefusal } from '../support/gateway-client'
import { copyPlugins } from '../../support/project'
import { closeAll, openHost, temporaryDirectory, writeProject } from '../support/host-project'
import { storedAnswer } from '../support/answers'

const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'
const CONFIG = {
  guard: { free: 2, hard: 5, windowSeconds: 3600 },
  imageLimit: { device: 3, ip: { soft: 1000, hard: 1000 } },
  scene: { login: { guard: { failuresOnly: true, free: 2 } } },
}
/** A cloud object as an application's author writes it. */
const SHOP = `
const uniCaptcha = require('uni-captcha')
module.exports = {
  _before: uniCaptcha.guard.before({ scene: 'order', methods: ['order'] }),
  async order() { return { errCode: 0, ordered: true } },
  async login({ username, password, captcha }) {
    const { deviceId, clientIP, locale } = this.getClientInfo()
    const caller = { scene: 'login', captcha, identity: username, deviceId, clientIP, locale }
    await uniCaptcha.guard(caller)
    if (password !== 'right') {
      await uniCaptcha.guard.fail(caller)
      return { errCode: 'shop-wrong-password', errMsg: 'wrong password' }
    }
    await uniCaptcha.guard.success(caller)
    return { errCode: 0 }
  },
}
`

let host: Awaited<ReturnType<typeof openHost>>
let dataDir: string

beforeAll(async () => {
  const projectDir = writeProject({
    'uniCloud/cloudfunctions/shop/index.obj.js': SHOP,
    'uniCloud/cloudfunctions/shop/package.json': {
      name: 'shop',
      dependencies: {
        'uni-captcha': 'file:../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha',
      },
    },
  })
  copyPlugins(projectDir, ['uni-captcha', 'uni-config-center'])
  cpSync(writeProject({ 'config.json': CONFIG }), join(projectDir, CENTER, 'uni-captcha'), { recursive: true })
  dataDir = temporaryDirectory()
  host = await openHost({ projectDir, dataDir, floodLimitPerMinute: 0 })
})
afterAll(closeAll)

const getObject = (name: string, deviceId: string) =>
  openDevice(host.url, 'dcloud', { deviceId }).client.importObject(name, { customUI: true })

it('an unmodified client is told the scene and, when refused, how long to wait', async () => {
  const shop = getObject('shop', 'buyer')
  for (let i = 0; i < 2; i++) expect(await shop['order']!({})).toMatchObject({ ordered: true })
  const required = await getRefusal(shop['order']!({}))
  expect(required).toMatchObject({ errCode: 'uni-captcha-required', errMsg: '操作较频繁，请完成验证' })
  expect(required.detail).toMatchObject({ scene: 'order', code: 10_106 })

  await getObject('uni-captcha-co', 'buyer')['getImageCaptcha']!({ scene: 'order' })
  const captcha = storedAnswer(dataDir, 'order')
  expect(await shop['order']!({ captcha })).toMatchObject({ ordered: true })
  const spent = await getRefusal(shop['order']!({ captcha }))
  expect(spent).toMatchObject({ errCode: 'uni-captcha-verify-fail', detail: { scene: 'order', code: 10_104 } })

  const refused = await getRefusal(shop['order']!({}))
  expect(refused.errCode).toBe('uni-captcha-too-many-requests')
  expect(refused.detail).toMatchObject({ scene: 'order', code: 10_107, retryAfter: expect.any(Number) })
})

it('a login asks for a captcha after its failures, takes it, and asks for nothing after a success', async () => {
  const login = (form: object) => getObject('shop', 'person')['login']!({ username: 'alice', ...form })
  for (let i = 0; i < 2; i++) {
    expect((await getRefusal(login({ password: 'wrong' }))).errCode).toBe('shop-wrong-password')
  }
  expect((await getRefusal(login({ password: 'right' }))).errCode).toBe('uni-captcha-required')
  await getObject('uni-captcha-co', 'person')['getImageCaptcha']!({ scene: 'login' })
  expect((await getRefusal(login({ password: 'right', captcha: 'wrong' }))).errCode).toBe('uni-captcha-verify-fail')
  expect(await login({ password: 'right', captcha: storedAnswer(dataDir, 'login') })).toMatchObject({ errCode: 0 })
  expect(await login({ password: 'right' })).toMatchObject({ errCode: 0 })
})

it('pictures are limited: the client is refused with a wait, and a URL answers 429 with Retry-After', async () => {
  const fetchImage = (scene: string) => getObject('uni-captcha-co', 'greedy')['getImageCaptcha']!({ scene })
  for (let i = 0; i < 3; i++) expect(await fetchImage(`scene ${i}`)).toMatchObject({ errCode: 0 })
  const refused = await getRefusal(fetchImage('another'))
  expect(refused).toMatchObject({ errCode: 'uni-captcha-too-many-requests', detail: { scene: 'another' } })

  const codeId = crypto.randomUUID()
  const byUrl = () => fetch(`${host.url}/http/uni-captcha-co/image?scene=web&code_id=${codeId}`)
  for (let i = 0; i < 3; i++) expect((await byUrl()).headers.get('content-type')).toBe('image/png')
  const response = await byUrl()
  expect(response.status).toBe(429)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await response.json()).toMatchObject({ errCode: 'uni-captcha-too-many-requests' })
})
