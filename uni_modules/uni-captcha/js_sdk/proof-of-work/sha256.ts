// From npm in this repository; the build puts the library itself in this file's place (scripts/build-plugin.ts).
export { sha256 } from '@noble/hashes/sha2.js'
