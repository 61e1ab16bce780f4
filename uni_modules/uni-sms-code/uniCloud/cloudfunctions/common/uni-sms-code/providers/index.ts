import { SmsCodeError } from '../errors'
import type { Attempt } from './attempt'
import { createProvider } from './attempt'
import type { EmailMessage, EmailProviderName, OpenEmailProvider, OpenProvider, SmsProviderName } from './provider'
import { readSettings } from './settings'

declare const uniCloud: { developmentSms?: unknown }

/**
 * Opens the provider that is configured. Each is a bundle of its own, loaded by the first who opens it; settings are
 * checked here, so that no bundle needs the errors of the module.
 */
export const openProvider: OpenProvider = async ({ provider, settings, timeoutMs }) => {
  const open = Object.prototype.hasOwnProperty.call(OPEN, provider) ? OPEN[provider] : undefined
  if (!open) throw new SmsCodeError('notConfigured', `provider has to be ${Object.keys(OPEN).join(', ')}`)
  return createProvider(await open(settings), timeoutMs)
}

/** As `openProvider`, for e-mails. */
export const openEmailProvider: OpenEmailProvider = async ({ provider, settings, timeoutMs }) => {
  const open = Object.prototype.hasOwnProperty.call(OPEN_EMAIL, provider) ? OPEN_EMAIL[provider] : undefined
  if (!open) throw new SmsCodeError('notConfigured', `emailProvider has to be ${Object.keys(OPEN_EMAIL).join(', ')}`)
  return createProvider(await open(settings), timeoutMs)
}

const OPEN_EMAIL: Record<EmailProviderName, (settings: Record<string, unknown>) => Promise<Attempt<EmailMessage>>> = {
  async smtp(settings) {
    const checked = readSettings('smtp', settings)
    return (await import('./smtp')).openSmtp(checked)
  },
  async development() {
    checkDevelopment()
    return (await import('./development-email')).openDevelopmentEmail()
  },
}

const OPEN: Record<SmsProviderName, (settings: Record<string, unknown>) => Promise<Attempt>> = {
  async tencent(settings) {
    const checked = readSettings('tencent', settings)
    return (await import('./tencent')).openTencent(checked)
  },
  async aliyun(settings) {
    const checked = readSettings('aliyun', settings)
    return (await import('./aliyun')).openAliyun(checked)
  },
  async 'aliyun-verify'(settings) {
    const checked = readSettings('aliyun-verify', settings)
    return (await import('./aliyun-verify')).openAliyunVerify(checked)
  },
  async unicloud(settings) {
    const checked = readSettings('unicloud', settings)
    return (await import('./unicloud')).openUniCloud(checked)
  },
  async development() {
    checkDevelopment()
    return (await import('./development')).openDevelopment()
  },
}

function checkDevelopment(): void {
  if (typeof uniCloud.developmentSms === 'function') return
  throw new SmsCodeError('notConfigured', 'provider "development" needs a host that was started with --dev')
}
