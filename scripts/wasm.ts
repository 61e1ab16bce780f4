// hash-wasm's compiled SHA-256, which its package has as base64 inside a script: as a module for pages and as a file for
// WeChat, which instantiates nothing else.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { getSource } from './plugins'

const SHA256 = '7ad88dae37c322722a047435058ffc5e4f3315762c7114dfa740e5db6b474c87'
const require = createRequire(import.meta.url)
const plugin = getSource('uni-captcha')

/** Throws when the package holds another binary than the one that was looked at. */
export function writeWasm(): void {
  const source = join(dirname(require.resolve('hash-wasm')), 'sha256.umd.min.js')
  const base64 = /name:"sha256",data:"([A-Za-z0-9+/=]+)"/.exec(readFileSync(source, 'utf8'))?.[1] ?? ''
  const bytes = Buffer.from(base64, 'base64')
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== SHA256) throw new Error(`${source} holds a binary with the SHA-256 ${found}; expected ${SHA256}`)
  const file = join(plugin, 'static/mp-weixin/sha256.wasm')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
  writeFileSync(
    join(plugin, 'js_sdk/proof-of-work/sha256-wasm.generated.ts'),
    `// From hash-wasm (MIT), by scripts/wasm.ts: SHA-256 as WebAssembly, base64.\nexport const SHA256_WASM =\n  '${base64}'\n`,
  )
}
