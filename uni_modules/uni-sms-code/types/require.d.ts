/* oxlint-disable typescript/consistent-type-imports -- with an import statement this file would be a module, and declare nothing */
/** For cloud functions in TypeScript, and for editors: `import { redeem } from 'uni-sms-code'`. */
declare module 'uni-sms-code' {
  type CommonModule = import('./common-module').CommonModule
  export type SendParams = import('./common-module').SendParams
  export type VerifyCodeParams = import('./common-module').VerifyCodeParams
  export type Sent = import('./common-module').Sent
  export type Verified = import('./common-module').Verified
  export type VerifiedEmail = import('./common-module').VerifiedEmail
  export type RedeemParams = import('./common-module').RedeemParams
  export type Ticketed = import('./common-module').Ticketed
  export type Failure = import('./common-module').Failure

  export const sendCode: CommonModule['sendCode']
  export const verifyCode: CommonModule['verifyCode']
  export const exchangeCode: CommonModule['exchangeCode']
  export const exchangePhoneNumber: CommonModule['exchangePhoneNumber']
  export const redeem: CommonModule['redeem']
  export const version: CommonModule['version']
}
