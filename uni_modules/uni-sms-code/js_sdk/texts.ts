/** The component's texts, for an application that changes some or adds a language. */
export { setSmsCodeTexts } from '../components/uni-sms-code/use-texts'
export type { Texts as SmsCodeTexts } from '../components/uni-sms-code/use-texts'
