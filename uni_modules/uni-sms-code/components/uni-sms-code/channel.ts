import { looksLikeEmail } from '../../js_sdk/typed-values'

import type { TextKey, Texts } from './use-texts'

/** What codes are sent by. */
export type Channel = 'sms' | 'email'

type FieldText = 'label' | 'placeholder' | 'missing' | 'invalid' | 'code' | 'codePlaceholder'

/** The field of the number or address as each channel has it. */
export interface ChannelField {
  texts: Record<FieldText, TextKey>
  /** the class of its input */
  name: 'mobile' | 'email'
  /** the error of a missing or malformed one */
  errCode: string
  autocomplete: string
  inputMode: 'tel' | 'email'
}

const FIELDS: Record<Channel, ChannelField> = {
  sms: {
    texts: {
      label: 'mobile',
      placeholder: 'mobilePlaceholder',
      missing: 'mobileMissing',
      invalid: 'mobileInvalid',
      code: 'code',
      codePlaceholder: 'codePlaceholder',
    },
    name: 'mobile',
    errCode: 'uni-sms-code-mobile-invalid',
    autocomplete: 'tel-national',
    inputMode: 'tel',
  },
  email: {
    texts: {
      label: 'email',
      placeholder: 'emailPlaceholder',
      missing: 'emailMissing',
      invalid: 'emailInvalid',
      code: 'emailCode',
      codePlaceholder: 'emailCodePlaceholder',
    },
    name: 'email',
    errCode: 'uni-sms-code-email-invalid',
    autocomplete: 'email',
    inputMode: 'email',
  },
}

/** The property `channel`: e-mail where the page says so, SMS otherwise. */
export function readChannel(channel: string | undefined): Channel {
  return channel === 'email' ? 'email' : 'sms'
}

export function getField(channel: Channel): ChannelField {
  return FIELDS[channel]
}

/** The words around the fields, in the language of `texts`. */
export function getFieldTexts(channel: Channel, texts: Texts): Record<FieldText, string> {
  const keys = FIELDS[channel].texts
  return {
    label: texts[keys.label],
    placeholder: texts[keys.placeholder],
    missing: texts[keys.missing],
    invalid: texts[keys.invalid],
    code: texts[keys.code],
    codePlaceholder: texts[keys.codePlaceholder],
  }
}

/** False for what need not be sent to learn that it is wrong; the cloud side knows more. */
export function isAddress(channel: Channel, address: string, isMobile: (number: string) => boolean): boolean {
  return channel === 'email' ? looksLikeEmail(address) : isMobile(address)
}

/** A number or an address as events have it: an address leaves the number empty. */
export function toContact(channel: Channel, address: string): { mobile: string; email?: string } {
  return channel === 'email' ? { mobile: '', email: address } : { mobile: address }
}
