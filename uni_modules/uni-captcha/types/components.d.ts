import type UniCaptcha from '../components/uni-captcha/uni-captcha.vue'
import type UniPopupCaptcha from '../components/uni-popup-captcha/uni-popup-captcha.vue'

declare module 'vue' {
  export interface GlobalComponents {
    UniCaptcha: typeof UniCaptcha
    UniPopupCaptcha: typeof UniPopupCaptcha
  }
}

// vue-tsc 1 looks there.
declare module '@vue/runtime-core' {
  export interface GlobalComponents {
    UniCaptcha: typeof UniCaptcha
    UniPopupCaptcha: typeof UniPopupCaptcha
  }
}
