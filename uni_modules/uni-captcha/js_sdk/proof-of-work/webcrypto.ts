import type { Engine } from './challenge'

/** The browser's own, on pages of https and localhost. */
export const webCrypto: Engine = async (password) => {
  const { subtle } = crypto
  const key = await subtle.importKey('raw', password as BufferSource, 'PBKDF2', false, ['deriveBits'])
  return async (salt, iterations) => {
    const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: salt as BufferSource, iterations }
    return new Uint8Array(await subtle.deriveBits(algorithm, key, 256))
  }
}
