/** The plugin's texts, for an application that changes some or adds a language. */
export { setCaptchaTexts } from '../components/uni-captcha/use-texts'
export type { Texts as CaptchaTexts } from '../components/uni-captcha/use-texts'
