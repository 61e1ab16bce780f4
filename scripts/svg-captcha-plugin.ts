// svg-captcha parses its own font from disk when it is required. The bundle hands it another font with each picture,
// so that file is left out: it would not be there at run time, and its licence is unclear.
import { readFileSync } from 'node:fs'

import type { Plugin } from 'esbuild'

const READS_FONT = 'const font = opentype.loadSync(fontPath);'

/** esbuild plugin for bundles that contain svg-captcha: its option-manager no longer touches the disk. */
export const svgCaptchaWithoutFont: Plugin = {
  name: 'svg-captcha without its font',
  setup(build) {
    build.onLoad({ filter: /svg-captcha[\\/]lib[\\/]option-manager\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      if (!source.includes(READS_FONT)) throw new Error(`${path} no longer reads its font the known way`)
      const contents = source.replace(READS_FONT, 'const font = {};').replace(/^const (?:fontPath|path) = .*$/gm, '')
      return { contents, loader: 'js' }
    })
  },
}
