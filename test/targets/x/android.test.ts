import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { buildX } from './support/project'

const COMPONENTS = ['uni-captcha/uni-captcha', 'uni-captcha/uni-popup-captcha', 'uni-sms-code/uni-sms-code']
const CLASSES = [
  'CaptchaField',
  'CaptchaLife',
  'CaptchaProof',
  'CaptchaTap',
  'CaptchaPopup',
  'CaptchaGuard',
  'SmsForm',
  'SmsCountdown',
]

/** What the compiler says of code that it takes: nothing but that it is done. */
const QUIET =
  /^(Compiler version: .*|Compiling\.\.\.|DONE {2}Build complete\.|Run method: .*|本项目的uniCloud使用的默认服务空间.*|)$/

describe('an app of uni-app x', () => {
  test('becomes Kotlin for Android without a word of the compiler', async () => {
    const { folder, log } = await buildX('app-android')
    expect(log.split('\n').filter((line) => !QUIET.test(line.trim()))).toEqual([])
    const source = join(folder, '.uniappx/android/src')
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.kt'))
    for (const component of COMPONENTS) {
      const [plugin = '', name = ''] = component.split('/')
      expect(files).toContain(`uni_modules/${plugin}/components/${name}/${name}.kt`)
    }
    const kotlin = readFileSync(join(source, 'index.kt'), 'utf8')
    for (const name of CLASSES) expect(kotlin).toContain(`open class ${name} {`)
    // What uni-id-pages-x declares its refs with.
    expect(kotlin).toContain('typealias UniCaptchaComponentPublicInstance =')
    expect(kotlin).toContain('typealias UniPopupCaptchaComponentPublicInstance =')
  })
})
