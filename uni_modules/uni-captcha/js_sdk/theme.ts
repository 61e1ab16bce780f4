/** The plugin's theme, for an application that switches its own. */
export { setCaptchaTheme } from '../components/uni-captcha/use-theme'
export type { CaptchaTheme } from '../components/uni-captcha/use-theme'
