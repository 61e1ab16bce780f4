/**
 * The cloud object. uni-app's compiler imports uniCloud's client into the module in which the client's name stands, so
 * it stands in one of its own: package.json's `sideEffects` lets a project without uniCloud leave it out.
 */
export const importCaptchaObject = () => uniCloud.importObject('uni-captcha-co', { customUI: true })
