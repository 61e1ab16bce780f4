import { SmsCodeError } from '../errors'
import type { Attempt } from './attempt'
import { createProvider } from './attempt'
import type { OpenProvider, ProviderName } from './provider'
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

const OPEN: Record<ProviderName, (settings: Record<string, unknown>) => Promise<Attempt>> = {
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
    if (typeof uniCloud.developmentSms !== 'function') {
      throw new SmsCodeError('notConfigured', 'provider "development" needs a host that was started with --dev')
    }
    return (await import('./development')).openDevelopment()
  },
}
