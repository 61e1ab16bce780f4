type Messages = Record<string, Record<string, string>>
type Values = Record<string, unknown> | unknown[]

export interface I18nOptions {
  locale?: string
  fallbackLocale?: string
  messages?: Messages
  /** What encloses a placeholder; `{` and `}` when left out. */
  delimiters?: [string, string]
}

/** `uniCloud.initI18n`, with the behaviour of uni-app's own: an unknown key is its own text. */
export class I18n {
  locale: string
  private readonly listeners = new Set<(now: string, before: string) => void>()
  private readonly fallbackLocale: string
  private readonly messages: Map<string, Map<string, string>>
  private readonly placeholder: RegExp

  constructor({ locale, fallbackLocale = 'en', messages = {}, delimiters = ['{', '}'] }: I18nOptions) {
    this.fallbackLocale = fallbackLocale
    this.messages = new Map(Object.entries(messages).map(([name, texts]) => [name, new Map(Object.entries(texts))]))
    const [open, close] = delimiters.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    this.placeholder = new RegExp(`${open}\\s*([\\w.-]+)\\s*${close}`, 'g')
    this.locale = this.normalized(locale)
  }

  setLocale(locale: string): void {
    const before = this.locale
    this.locale = this.normalized(locale)
    if (before !== this.locale) for (const listener of this.listeners) listener(this.locale, before)
  }

  getLocale(): string {
    return this.locale
  }

  /** The returned function stops the watching. */
  watchLocale(listener: (now: string, before: string) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** Adds texts to a language; with `override` false existing ones stay. */
  add(locale: string, texts: Record<string, string>, override = true): void {
    const known = this.messages.get(locale) ?? new Map<string, string>()
    for (const [key, text] of Object.entries(texts)) if (override || !known.has(key)) known.set(key, text)
    this.messages.set(locale, known)
  }

  /** `t(key)`, `t(key, values)` or `t(key, locale, values)`; values are named, or a list for `{0}`. */
  t(key: string, localeOrValues?: string | Values, values?: Values): string {
    const isLocale = typeof localeOrValues === 'string'
    const locale = isLocale ? this.normalized(localeOrValues) : this.locale
    const text = this.messages.get(locale)?.get(key)
    if (text === undefined) return key
    return this.f(text, isLocale ? values : localeOrValues)
  }

  /** Puts values into a text of the caller's own. */
  f(text: string, values?: Values): string {
    if (!values) return text
    const filled = new Map(Object.entries(values))
    return text.replace(this.placeholder, (_whole, name: string) => String(filled.get(name) ?? ''))
  }

  join(locale: string): string {
    return this.normalized(locale)
  }

  private normalized(locale: string | undefined): string {
    const asked = locale?.trim().replace(/_/g, '-') ?? ''
    if (asked === '') return this.fallbackLocale
    if (this.messages.has(asked)) return asked
    const lower = asked.toLowerCase()
    if (lower === 'chinese') return 'zh-Hans'
    if (lower.startsWith('zh')) return /-(hant|tw|hk|mo|cht)/.test(lower) ? 'zh-Hant' : 'zh-Hans'
    const known = this.messages.size > 0 ? [...this.messages.keys()] : ['en', 'fr', 'es']
    return known.find((name) => lower.startsWith(name.toLowerCase())) ?? this.fallbackLocale
  }
}
