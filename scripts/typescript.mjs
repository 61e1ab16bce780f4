// @ts-check
// Lets this process import TypeScript by esbuild, for every Node that package.json names; also `node --import` of this
// file. Once the locked dependencies are installed.
import { register } from 'node:module'

register('./typescript-hooks.mjs', import.meta.url)
process.setSourceMapsEnabled(true)
