// What the network libraries below the SMS providers' SDKs can do without, on every Node that cloud code runs on.
import type { Plugin } from 'esbuild'

/** Compiled helpers that are asked for in a try block and exist on few machines. */
const OPTIONAL = /^(encoding|bufferutil|utf-8-validate)$/
/** node-fetch brings its own URL, with 350 KB of tables, for a Node that has none. */
const OWN_URL = /^whatwg-url$/

/** esbuild plugin: the optional packages are absent, and URL is Node's. */
export const networkSdksWithoutExtras: Plugin = {
  name: 'network SDKs without extras',
  setup(build) {
    build.onResolve({ filter: OPTIONAL }, ({ path }) => ({ path, namespace: 'absent' }))
    build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is optional, and not here`)})`,
    }))
    build.onResolve({ filter: OWN_URL }, ({ path }) => ({ path, namespace: 'node-url' }))
    build.onLoad({ filter: /.*/, namespace: 'node-url' }, () => ({
      contents: "module.exports = { URL: require('url').URL }",
    }))
  },
}
