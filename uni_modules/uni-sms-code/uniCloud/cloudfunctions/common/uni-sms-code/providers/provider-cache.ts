import type { Message, Provider, ProviderConfig, ProviderName } from './provider'

const MAX_PROVIDERS = 50

/** Opens each provider once for its settings: another scene's template, or a changed file, is another one. */
export function keepProviders<Name extends ProviderName, M extends Message>(
  open: (config: ProviderConfig<Name>) => Promise<Provider<M>>,
): (config: ProviderConfig<Name>) => Promise<Provider<M>> {
  const opened = new Map<string, Promise<Provider<M>>>()
  return (config) => {
    const key = JSON.stringify([config.provider, config.settings, config.timeoutMs])
    const known = opened.get(key)
    if (known) return known
    if (opened.size >= MAX_PROVIDERS) opened.clear()
    const provider = open(config)
    opened.set(key, provider)
    provider.catch(() => opened.delete(key))
    return provider
  }
}
