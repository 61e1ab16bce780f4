// What the plugins of this repository are made of, for the builds that ship them.
import { join } from 'node:path'

import { root } from './build-cache.mjs'

export type PluginName = 'uni-captcha' | 'uni-sms-code'

interface Plugin {
  bundles: Record<string, string>
  objects: string[]
  inlined: Record<string, string>
  extracted: string[]
}

/**
 * Per plugin: `bundles`, the files of its common module by name and where they begin; all but `index` are required
 * when they are first needed, if ever. `objects`: its cloud objects. `inlined`: page sources that
 * become JavaScript with the npm packages they import, which applications do not have, and their types beside it.
 * `extracted`: files of npm packages that something was taken from.
 */
export const PLUGINS: Record<PluginName, Plugin> = {
  'uni-captcha': {
    bundles: {
      index: 'index.ts',
      draw: 'captcha/draw.ts',
      vector: 'captcha/vector.ts',
      'font-parser': 'fonts/font-parser.ts',
      admin: 'admin.ts',
      'redis-stores': 'store/redis-stores.ts',
      proof: 'proof/proof.ts',
      sites: 'sites/sites.ts',
    },
    objects: ['uni-captcha-co'],
    inlined: {
      'js_sdk/proof-of-work/javascript':
        'export declare const javaScript: (password: Uint8Array) => (salt: Uint8Array, iterations: number) => Uint8Array\n',
    },
    extracted: ['node_modules/hash-wasm/dist/sha256.umd.min.js'],
  },
  'uni-sms-code': {
    bundles: {
      index: 'index.ts',
      admin: 'admin.ts',
      tencent: 'providers/tencent.ts',
      aliyun: 'providers/aliyun.ts',
      'aliyun-verify': 'providers/aliyun-verify.ts',
      unicloud: 'providers/unicloud.ts',
      development: 'providers/development.ts',
      'development-email': 'providers/development-email.ts',
      smtp: 'providers/smtp.ts',
    },
    objects: ['uni-sms-code-co'],
    inlined: {},
    extracted: [],
  },
}

export const PLUGIN_NAMES = Object.keys(PLUGINS) as PluginName[]

/** Every folder and file of a plugin that is shipped, TypeScript of the cloud side aside. */
export const SHIPPED = [
  'package.json',
  'readme.md',
  'changelog.md',
  'license.md',
  'components',
  'js_sdk',
  'locale',
  'static',
  'types',
  'uniCloud',
  'vue2',
]

/** A plugin's common module, inside the plugin. */
export function getCommonModule(plugin: PluginName): string {
  return `uniCloud/cloudfunctions/common/${plugin}`
}

export function getSource(plugin: PluginName): string {
  return join(root, 'uni_modules', plugin)
}

/** The source of uni-captcha's common module. */
export const captchaModule = join(getSource('uni-captcha'), getCommonModule('uni-captcha'))
