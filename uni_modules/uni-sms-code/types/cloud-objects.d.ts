/* oxlint-disable typescript/consistent-type-imports -- with an import statement this file would be a module, and declare nothing */
/** `uniCloud.importObject('uni-sms-code-co')` on a page. uniCloud rejects with the `Failure` when a method answers one. */
declare namespace UniCloudNamespace {
  interface UniSmsCodeCo {
    sendSmsCode(params: { mobile: string; scene: string; captcha?: string }): Promise<import('./common-module').Sent>
    verifySmsCode(params: { mobile: string; scene: string; code: string }): Promise<import('./common-module').Ticketed>
    sendEmailCode(params: { email: string; scene: string; captcha?: string }): Promise<import('./common-module').Sent>
    verifyEmailCode(params: { email: string; scene: string; code: string }): Promise<import('./common-module').Ticketed>
    getPhoneNumber(params: { code: string; scene: string }): Promise<import('./common-module').Ticketed>
  }

  interface UniCloud {
    importObject(objectName: 'uni-sms-code-co', importObjectOptions?: ImportObjectOptions): UniSmsCodeCo
  }
}
