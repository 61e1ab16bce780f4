import { domainToASCII } from 'url'

import { readTypedEmail } from '../../../../../js_sdk/typed-values'
import { SmsCodeError } from '../errors'

const MAX_LENGTH = 254
const MAX_LOCAL_LENGTH = 64
const LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
/** `domainToASCII` reads a URL's host: of `example.com/a` and `ex%61mple.com` it would make another domain. */
const NOT_IN_DOMAIN = /[^a-z0-9.\-\u0080-\u{10ffff}]|\s/iu
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/

export interface Email {
  /** what is sent to: the local part as it was typed, the domain in lower case and in ASCII (IDNA) */
  address: string
  /** without case, dots and a plus tag in the local part: one mailbox, as far as can be told, is counted once */
  counted: string
}

/** Throws `emailInvalid`. */
export function readEmail(typed: string): Email {
  const text = readTypedEmail(typed)
  const at = text.lastIndexOf('@')
  const [local, typedDomain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
  const domain = NOT_IN_DOMAIN.test(typedDomain) ? '' : domainToASCII(typedDomain)
  const address = `${local}@${domain}`
  const isAddress = LOCAL.test(local) && local.length <= MAX_LOCAL_LENGTH && DOMAIN.test(domain)
  if (!isAddress || address.length > MAX_LENGTH) throw new SmsCodeError('emailInvalid')
  return { address, counted: `${foldLocal(local)}@${domain}` }
}

/** A local part that is nothing but a tag stays as it is. */
function foldLocal(local: string): string {
  const folded = local.toLowerCase().replace(/\+.*$/, '').replace(/\./g, '')
  return folded || local.toLowerCase()
}
