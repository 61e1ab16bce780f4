// From npm in this repository; the build puts the library itself in this file's place (scripts/build-plugin.ts).
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** Where there is nothing faster. */
export const javaScript = (password: Uint8Array) => (salt: Uint8Array, iterations: number) =>
  pbkdf2(sha256, password, salt, { c: iterations, dkLen: 32 })
