import type UniSmsCode from '../components/uni-sms-code/uni-sms-code.vue'

declare module 'vue' {
  export interface GlobalComponents {
    UniSmsCode: typeof UniSmsCode
  }
}
