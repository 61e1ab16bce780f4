/* oxlint-disable typescript/consistent-type-imports -- with an import statement this file would be a module, and declare nothing */
/** For cloud functions in TypeScript, and for editors: `import { verify } from 'uni-captcha'`. */
declare module 'uni-captcha' {
  type CommonModule = import('./common-module').CommonModule
  export type CreateParams = import('./common-module').CreateParams
  export type VerifyParams = import('./common-module').VerifyParams
  export type GuardParams = import('./common-module').GuardParams
  export type Drawn = import('./common-module').Drawn
  export type Success = import('./common-module').Success
  export type Failure = import('./common-module').Failure

  export const create: CommonModule['create']
  export const refresh: CommonModule['refresh']
  export const verify: CommonModule['verify']
  export const guard: CommonModule['guard']
  export const sweep: CommonModule['sweep']
  export const version: CommonModule['version']
}
