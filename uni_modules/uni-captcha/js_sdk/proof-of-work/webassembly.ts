import type { Engine } from './challenge'

/** What hash-wasm's SHA-256 exports, as far as it is used: one context with a buffer of 16 kB. */
interface Sha256Exports {
  memory: { buffer: ArrayBuffer }
  Hash_Init(bits: number): void
  /** hashes that many bytes of the buffer into the context */
  Hash_Update(length: number): void
  Hash_GetBuffer(): number
  /** the context: a block that is not full, 64 bytes of length, then the eight words of the hash */
  Hash_GetState(): number
}

export type Instantiate = () => Promise<{ exports: unknown }>

const BLOCK = 64
const HASH_AT = 72
const INNER = 0x36
const OUTER = 0x5c

/**
 * PBKDF2 around a compiled SHA-256: HMAC's two keyed states are computed once, and each iteration is two blocks.
 * Passwords of at most 64 bytes and salts of at most 51, which is what puzzles have.
 */
export function webAssembly(instantiate: Instantiate): Engine {
  return async (password) => {
    const sha256 = (await instantiate()).exports as Sha256Exports
    if (password.length > BLOCK) throw new RangeError('the password is longer than a block')
    const [buffer, state] = [sha256.Hash_GetBuffer(), sha256.Hash_GetState()]
    const bytes = new Uint8Array(sha256.memory.buffer, buffer, BLOCK)
    const words = new Uint32Array(sha256.memory.buffer, buffer, BLOCK / 4)
    const hash = new Uint32Array(sha256.memory.buffer, state + HASH_AT, 8)
    const compress = () => sha256.Hash_Update(BLOCK)

    const keyed = (pad: number) => {
      bytes.fill(pad)
      password.forEach((byte, at) => (bytes[at] = byte ^ pad))
      sha256.Hash_Init(256)
      compress()
      return hash.slice()
    }
    const [inner, outer] = [keyed(INNER), keyed(OUTER)]

    /** The last block of a message, of which `length` bytes are in place already. */
    const pad = (length: number) => {
      bytes.fill(0, length)
      bytes[length] = 0x80
      words[15] = swap((BLOCK + length) * 8)
    }

    return (salt, iterations) => {
      if (salt.length > BLOCK - 13) throw new RangeError('the salt is too long for one block')
      const key = new Uint32Array(8)
      bytes.set(salt)
      bytes.set([0, 0, 0, 1], salt.length)
      pad(salt.length + 4)
      for (let left = iterations; left > 0; left--) {
        hash.set(inner)
        compress()
        for (let i = 0; i < 8; i++) words[i] = swap(hash[i]!)
        if (left === iterations) pad(32)
        hash.set(outer)
        compress()
        for (let i = 0; i < 8; i++) {
          key[i]! ^= hash[i]!
          words[i] = swap(hash[i]!)
        }
      }
      return new Uint8Array(key.map(swap).buffer)
    }
  }
}

/** Memory is little-endian, SHA-256 is not. */
function swap(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}
