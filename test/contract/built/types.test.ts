import { spawnSync } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'

import type * as uniCaptcha from 'uni-captcha'
import type * as uniSmsCode from 'uni-sms-code'

import { build } from '../../../scripts/build'
import type { CommonModule as UniCaptcha } from '../../../uni_modules/uni-captcha/types/common-module'
import type {
  CommonModule as UniSmsCode,
  Failure,
  SendParams,
  Verified,
  VerifiedEmail,
} from '../../../uni_modules/uni-sms-code/types/common-module'
import { makeFolder } from '../../support/folder'
import { writeFiles } from '../../support/project'

const root = process.cwd()
const removals: (() => void)[] = []
afterAll(() => removals.forEach((remove) => remove()))

beforeAll(() => build('plugin'))

/** As DCloud's template `vite-ts` sets it, what its `@vue/tsconfig` says written out. */
const TEMPLATE = {
  module: 'ESNext',
  moduleResolution: 'Node',
  resolveJsonModule: true,
  useDefineForClassFields: true,
  jsx: 'preserve',
  strict: true,
  isolatedModules: true,
  target: 'ESNext',
  esModuleInterop: true,
  skipLibCheck: true,
  sourceMap: true,
  lib: ['esnext', 'dom'],
  types: ['@dcloudio/types'],
  noEmit: true,
}

const PAGE = `<script setup lang="ts">
import { ref } from 'vue'
const captcha = ref('')
const box = ref<{ getImageCaptcha: () => void }>()
const draw = async () => (await uniCloud.importObject('uni-captcha-co').getImageCaptcha({ scene: 'a' })).captchaBase64.length
const send = async () => (await uniCloud.importObject('uni-sms-code-co').sendSmsCode({ mobile: '', scene: 'a' })).retryAfter + 1
const other = () => uniCloud.importObject('an-object-of-ones-own').anything()
</script>
<template>
  <view @click="() => [draw(), send(), other()]">
    <uni-captcha ref="box" v-model="captcha" scene="a" focus @enter="(text) => text.length" />
    <uni-popup-captcha v-model="captcha" scene="a" title="b" />
    <uni-sms-code scene="a" verify />
  </view>
</template>
`

const CLOUD = `import { guard, verify } from 'uni-captcha'
import * as sms from 'uni-sms-code'
export const _before = guard.before({ scene: 'a', methods: ['login'], identity: 'username' })
export async function login(captcha: string, ticket: string): Promise<string> {
  const checked = await verify({ scene: 'a', captcha })
  if (checked.errCode !== 0) return checked.errCode
  const proved = await sms.redeem({ ticket, scene: 'a' })
  return proved.errCode === 0 ? proved.mobile : proved.errMsg
}
`

/** One mistake in each line that begins with `<uni` or `export`. */
const WRONG_PAGE = `<script setup lang="ts">
const co = uniCloud.importObject('uni-captcha-co')
const typo = () => co.getImageCapcha({ scene: 'a' })
</script>
<template>
  <view @click="typo">
    <uni-captcha :scene="3" />
    <uni-captcha />
    <uni-popup-captcha :scene="3" />
    <uni-sms-code :scene="3" />
  </view>
</template>
`
const WRONG_CLOUD = `import { verify } from 'uni-captcha'
import { redeem } from 'uni-sms-code'
export const a = () => verify({ captcha: 'abcd' })
export const b = async () => (await redeem({ ticket: '', scene: '' })).mobile
`

describe.each([
  ["the options of DCloud's template", TEMPLATE],
  [
    'a newer and stricter project',
    {
      ...TEMPLATE,
      moduleResolution: 'Bundler',
      verbatimModuleSyntax: true,
      noUncheckedIndexedAccess: true,
      noImplicitOverride: true,
    },
  ],
])('the type check of %s with the plugins in it', (_, compilerOptions) => {
  it(
    'finds nothing in the plugins, and each mistake in how a page or a function uses them',
    { timeout: 180_000 },
    () => {
      const { folder, remove } = makeFolder('types')
      removals.push(remove)
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
      cpSync(join(root, 'dist/uni_modules'), join(folder, 'src/uni_modules'), { recursive: true })
      writeFiles(folder, {
        'tsconfig.json': { compilerOptions, include: ['src/**/*.ts', 'src/**/*.d.ts', 'src/**/*.tsx', 'src/**/*.vue'] },
        'src/pages/right.vue': PAGE,
        'src/pages/wrong.vue': WRONG_PAGE,
        'src/cloud/right.ts': CLOUD,
        'src/cloud/wrong.ts': WRONG_CLOUD,
      })
      const program = join(root, 'node_modules/vue-tsc/bin/vue-tsc.js')
      const { stdout } = spawnSync(process.execPath, [program, '-p', folder, '--pretty', 'false'], {
        cwd: folder,
        encoding: 'utf8',
      })
      const found = [...stdout.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+)/gm)].map((one) => one.slice(1, 4).join(' '))
      expect(found.sort(), stdout).toEqual([
        'src/cloud/wrong.ts 3 TS2345',
        'src/cloud/wrong.ts 4 TS2339',
        'src/pages/wrong.vue 10 TS2322',
        'src/pages/wrong.vue 3 TS2551',
        'src/pages/wrong.vue 7 TS2322',
        'src/pages/wrong.vue 8 TS2345',
        'src/pages/wrong.vue 9 TS2322',
      ])
    },
  )
})

describe('the types of the common modules', () => {
  // What does not fit is an error of this repository's own type check.
  it('are those of their sources', () => {
    expectTypeOf<typeof uniCaptcha>().toMatchTypeOf<UniCaptcha>()
    expectTypeOf<typeof uniSmsCode>().toMatchTypeOf<UniSmsCode>()
  })

  it('tell what a ticket or a code proves by its channel, and that it may be either where that is a variable', () => {
    const ticket = { ticket: '', scene: '' }
    const code = { scene: '', code: '' }
    const redeem = (sms: UniSmsCode) => sms.redeem(ticket)
    const redeemEmail = (sms: UniSmsCode) => sms.redeem({ ...ticket, channel: 'email' })
    const redeemSms = (sms: UniSmsCode) => sms.redeem({ ...ticket, channel: 'sms' })
    const redeemEither = (sms: UniSmsCode, channel: 'sms' | 'email') => sms.redeem({ ...ticket, channel })
    const redeemGiven = (sms: UniSmsCode, channel?: 'sms' | 'email') => sms.redeem({ ...ticket, channel })
    const verify = (sms: UniSmsCode) => sms.verifyCode({ ...code, mobile: '' })
    const verifyEmail = (sms: UniSmsCode) => sms.verifyCode({ ...code, channel: 'email', email: '' })
    expectTypeOf(redeem).returns.resolves.toEqualTypeOf<Verified | Failure>()
    expectTypeOf(redeemSms).returns.resolves.toEqualTypeOf<Verified | Failure>()
    expectTypeOf(redeemEmail).returns.resolves.toEqualTypeOf<VerifiedEmail | Failure>()
    expectTypeOf(redeemEither).returns.resolves.toEqualTypeOf<Verified | VerifiedEmail | Failure>()
    expectTypeOf(redeemGiven).returns.resolves.toEqualTypeOf<Verified | VerifiedEmail | Failure>()
    expectTypeOf(verify).returns.resolves.toEqualTypeOf<Verified | Failure>()
    expectTypeOf(verifyEmail).returns.resolves.toEqualTypeOf<VerifiedEmail | Failure>()
    expectTypeOf<SendParams>().toHaveProperty('isRegistered')
  })
})
