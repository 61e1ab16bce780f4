/* oxlint-disable typescript/consistent-type-imports -- with an import statement this file would be a module, and declare nothing */
/** `uniCloud.importObject('uni-captcha-co')` on a page. uniCloud rejects with the `Failure` when a method answers one. */
declare namespace UniCloudNamespace {
  interface UniCaptchaCo {
    getImageCaptcha(params: { scene: string; canWork?: boolean; canTap?: boolean }): Promise<import('./protocol').Drawn>
    getChallenge(params: { scene: string }): Promise<import('./protocol').ProofAsked>
    redeemSolutions(params: import('./protocol').ProofSolved): Promise<import('./protocol').ProofAccepted>
  }

  interface UniCloud {
    importObject(objectName: 'uni-captcha-co', importObjectOptions?: ImportObjectOptions): UniCaptchaCo
  }
}
