import type UniSmsCode from '../components/uni-sms-code/uni-sms-code.vue'

declare module 'vue' {
  export interface GlobalComponents {
    UniSmsCode: typeof UniSmsCode
  }
}

// vue-tsc 1 looks there.
declare module '@vue/runtime-core' {
  export interface GlobalComponents {
    UniSmsCode: typeof UniSmsCode
  }
}
