/** What the client seam is asked for, and how a test answers it. */
interface PendingCall {
  scene: string
  reply: (answer?: Record<string, unknown>) => Promise<void>
  refuse: (error: unknown) => Promise<void>
}

/** A picture that can be told from others by its name. */
export function pictureNamed(name: string): string {
  return `data:image/png;base64,${btoa(name)}`
}

// One application, as in the browser: who listens for its language listens for good.
let locale = 'zh-Hans'
const localeListeners: ((change: { locale: string }) => void)[] = []
let theme = 'light'
const themeListeners: (() => void)[] = []

/**
 * Puts `uniCloud` and `uni` in place, as the build does: every `getImageCaptcha` call is held until the test answers.
 */
export function installClient() {
  const calls: PendingCall[] = []
  const imports: { name: string; options: unknown }[] = []
  const storage = new Map<string, unknown>()
  locale = 'zh-Hans'
  theme = 'light'

  const getImageCaptcha = ({ scene }: { scene: string }) =>
    new Promise((resolve, reject) => {
      calls.push({
        scene,
        reply: async (answer) => {
          resolve({ errCode: 0, captchaBase64: pictureNamed(`${scene} ${calls.length}`), ...answer })
          await settle()
        },
        refuse: async (error) => {
          reject(error)
          await settle()
        },
      })
    })
  Object.assign(globalThis, {
    uniCloud: {
      importObject: (name: string, options: unknown) => {
        imports.push({ name, options })
        return { getImageCaptcha }
      },
    },
    uni: {
      getLocale: () => locale,
      getAppBaseInfo: () => ({ theme }),
      onThemeChange: (listener: () => void) => themeListeners.push(listener),
      getStorageSync: (key: string) => storage.get(key) ?? '',
      setStorage: ({ key, data }: { key: string; data: unknown }) => storage.set(key, data),
      onLocaleChange: (listener: (change: { locale: string }) => void) => localeListeners.push(listener),
    },
  })
  return {
    calls,
    imports,
    setLocale: async (next: string) => {
      locale = next
      for (const listener of localeListeners) listener({ locale })
      await settle()
    },
    setTheme: async (next: 'light' | 'dark') => {
      theme = next
      for (const listener of themeListeners) listener()
      await settle()
    },
    storage,
  }
}

export type Client = ReturnType<typeof installClient>

/** Lets promises and Vue come to rest; works with fake timers too. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 8; round++) await Promise.resolve()
}
