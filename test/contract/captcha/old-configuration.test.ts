import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import { build } from '../../../scripts/build'
import { openDevice } from '../support/gateway-client'
import { closeAll, openHost, temporaryDirectory } from '../support/host-project'

const CO = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/uni-captcha-co'
const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/uni-captcha'

beforeAll(() => build('hbuilderx'))
afterAll(closeAll)

/** The built project with further files, on a host; answers what was warned of while it ran. */
async function warningsWith(files: Record<string, string>, scene: string) {
  const projectDir = temporaryDirectory()
  cpSync(join(process.cwd(), 'dist/hbuilderx'), projectDir, { recursive: true })
  for (const [path, content] of Object.entries(files)) writeFileSync(join(projectDir, path), content)
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const host = await openHost({ projectDir })
  const captcha = openDevice(host.url, 'dcloud').client.importObject('uni-captcha-co', { customUI: true })
  const answers = [await captcha['getImageCaptcha']!({ scene }), await captcha['getImageCaptcha']!({ scene })]
  const warnings = warn.mock.calls.map(([text]) => String(text))
  warn.mockRestore()
  return { answers, warnings }
}

it('the config.js of old projects is ignored, and one warning says where its content belongs', async () => {
  const old = `module.exports = { 'image-captcha': { width: 600, size: 6 } }`
  const { answers, warnings } = await warningsWith({ [`${CO}/config.js`]: old }, 'login')
  for (const answer of answers) expect(answer).toMatchObject({ errCode: 0, width: 150, maxLength: 4 })
  expect(warnings.filter((text) => text.includes('uni-captcha-co/config.js is ignored'))).toHaveLength(1)
})

it('what DCloud ships in configurations works as it is, and a key that means nothing is one warning with its path', async () => {
  const shipped = JSON.stringify({
    mode: 'svg',
    level: 2,
    height: '50',
    backgroundColor: '#fff',
    scene: { login: { bogus: 1, size: '5' } },
  })
  const { answers, warnings } = await warningsWith({ [`${CENTER}/config.json`]: shipped }, 'login')
  for (const answer of answers) {
    expect(answer).toMatchObject({ errCode: 0, height: 50, maxLength: 5 })
    expect(answer).toHaveProperty('captchaBase64', expect.stringMatching(/^data:image\/png/))
  }
  expect(warnings.filter((text) => text.includes('unknown key'))).toEqual([
    '[uni-captcha] config.json: unknown key backgroundColor',
    '[uni-captcha] config.json: unknown key scene.login.bogus',
  ])
})
