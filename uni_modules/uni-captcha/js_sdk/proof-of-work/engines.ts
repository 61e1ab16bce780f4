import type { Derive, Engine } from './challenge'
import { toBytes } from './challenge'
import { javaScript } from './javascript'
import { webAssembly } from './webassembly'
// #ifdef H5
import { SHA256_WASM } from './sha256-wasm.generated'
import { webCrypto } from './webcrypto'
// #endif

/** A file of the plugin, from the root of the mini-program's package; the build puts it there. */
const WECHAT_FILE = '/uni_modules/uni-captcha/static/mp-weixin/sha256.wasm'

export type EngineName = 'webcrypto' | 'webassembly' | 'javascript'

/** What a platform may have, the fastest first. */
export const ENGINES: [EngineName, Engine][] = [
  // #ifdef H5
  ['webcrypto', webCrypto],
  [
    'webassembly',
    webAssembly(async () => {
      const bytes = toBytes(atob(SHA256_WASM))
      return (await WebAssembly.instantiate(bytes as BufferSource, {})).instance
    }),
  ],
  // #endif
  // #ifdef MP-WEIXIN
  ['webassembly', webAssembly(async () => (await WXWebAssembly.instantiate(WECHAT_FILE, {})).instance)],
  // #endif
  ['javascript', javaScript],
]

declare const WXWebAssembly: {
  instantiate(path: string, imports: object): Promise<{ instance: { exports: unknown } }>
}

/** The fastest engine that computes what it should, for a password. */
export async function pickEngine(
  password: Uint8Array,
  engines: readonly [EngineName, Engine][] = ENGINES,
): Promise<{ name: EngineName; derive: Derive }> {
  for (const [name, engine] of engines) {
    try {
      if (await isRight(engine)) return { name, derive: await engine(password) }
    } catch {
      // An http page has no WebCrypto; a policy may forbid WebAssembly.
    }
  }
  throw new Error('no engine computes PBKDF2 here')
}

/** RFC 7914, section 11: the first word of PBKDF2-HMAC-SHA-256 for "passwd", "salt" and one iteration. */
async function isRight(engine: Engine): Promise<boolean> {
  const derive = await engine(toBytes('passwd'))
  const [a, b, c, d] = await derive(toBytes('salt'), 1)
  return a === 0x55 && b === 0xac && c === 0x04 && d === 0x6e
}
