// Pages that use the components as those of DCloud's uni-id-pages do, written from reading them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../../support/host'

import type { Files } from '../../support/project'

const page = (options: string, template: string) => `<template>
  <view class="page">
    ${template}
    <text class="page__said">{{ said }}</text>
    <button class="submit" @click="submit">submit</button>
  </view>
</template>

<script>
const demo = uniCloud.importObject('uni-captcha-demo', { customUI: true })
export default {
  ${options}
}
</script>
`

const REGISTER = page(
  `data() {
    return { formData: { captcha: '' }, said: '' }
  },
  methods: {
    submit() {
      if (this.formData.captcha.length != 4) {
        this.$refs.captcha.focusCaptchaInput = true
        return
      }
      demo
        .verify({ scene: 'test', captcha: this.formData.captcha })
        .then(({ errMsg }) => (this.said = errMsg))
        .catch(() => this.$refs.captcha.getImageCaptcha())
    },
  },`,
  '<uni-captcha ref="captcha" v-model="formData.captcha" scene="test" />',
)

const SMS_FORM = page(
  `data() {
    return { captcha: '', said: '', focusCaptchaInput: true }
  },
  watch: {
    captcha(value) {
      if (value.length === 4) this.submit()
    },
  },
  methods: {
    submit() {
      demo
        .verify({ scene: 'test', captcha: this.captcha })
        .then(({ errMsg }) => (this.said = errMsg))
        .catch(() => {
          this.$refs.captcha.getImageCaptcha()
          this.captcha = ''
        })
    },
  },`,
  '<uni-captcha :focus="focusCaptchaInput" ref="captcha" scene="test" v-model="captcha" />',
)

const SMS_LOGIN = page(
  `data() {
    return { captcha: '', said: '' }
  },
  methods: {
    submit() {
      if (this.captcha === '') return this.$refs.popup.open()
      demo
        .verify({ scene: 'test', captcha: this.captcha })
        .then(({ errMsg }) => (this.said = errMsg))
        .finally(() => (this.captcha = ''))
    },
  },`,
  `<uni-popup-captcha @confirm="submit" v-model="captcha" scene="test" ref="popup"></uni-popup-captcha>
    <text class="bound">[{{ captcha }}]</text>`,
)

const PAGES = { 'stock-register': REGISTER, 'stock-sms-form': SMS_FORM, 'stock-sms-login': SMS_LOGIN }

const application = JSON.parse(readFileSync(join(root, 'examples/vue2/pages.json'), 'utf8')) as { pages: object[] }

/** What they add to the example project. */
export const STOCK_PAGES: Files = {
  'pages.json': {
    ...application,
    pages: [...application.pages, ...Object.keys(PAGES).map((name) => ({ path: `pages/${name}/${name}` }))],
  },
  ...Object.fromEntries(Object.entries(PAGES).map(([name, text]) => [`pages/${name}/${name}.vue`, text])),
}
