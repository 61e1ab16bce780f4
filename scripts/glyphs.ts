// render/glyphs.generated.ts: the outlines of several bold fonts as polygons.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build, type Plugin } from 'esbuild'
import type { loadSync as LoadFont } from 'opentype.js'

import type { encodeGlyph as EncodeGlyph } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/glyphs'
import type { crc32 as Crc32 } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/checksum'
import type { getOutline as OutlineOf } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/fonts/font-outline'
import { root } from './build-cache.mjs'
import { captchaModule as common } from './plugins'

const require = createRequire(import.meta.url)
const target = join(common, 'render/glyphs.generated.ts')
const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-=?'

/** The default letters and what sums are made of: the fonts that are there for variety draw nothing else. */
const COMMON = 'ACDEHKLMPRTU0123456789+-=?'
/** Its figures are of the old style: a 0 there is an o. */
const LETTERS = 'ACDEHKLMPRTU2589'

// Those that draw everything stand between the others, so that none of them stands in for most of what is missing.
const FONTS = [
  { name: 'Open Sans Bold', file: 'open-sans/700Bold/OpenSans_700Bold', characters: CHARACTERS },
  { name: 'Zilla Slab Bold', file: 'zilla-slab/700Bold/ZillaSlab_700Bold', characters: LETTERS },
  { name: 'Oswald SemiBold', file: 'oswald/600SemiBold/Oswald_600SemiBold', characters: COMMON },
  { name: 'Rubik Bold', file: 'rubik/700Bold/Rubik_700Bold', characters: CHARACTERS },
  { name: 'Chakra Petch Bold', file: 'chakra-petch/700Bold/ChakraPetch_700Bold', characters: COMMON },
  { name: 'Work Sans Bold', file: 'work-sans/700Bold/WorkSans_700Bold', characters: CHARACTERS },
  { name: 'Comic Neue Bold', file: 'comic-neue/700Bold/ComicNeue_700Bold', characters: COMMON },
  { name: 'Chewy', file: 'chewy/400Regular/Chewy_400Regular', characters: COMMON },
  { name: 'Nunito Bold', file: 'nunito/700Bold/Nunito_700Bold', characters: CHARACTERS },
  { name: 'Luckiest Guy', file: 'luckiest-guy/400Regular/LuckiestGuy_400Regular', characters: COMMON },
  { name: 'Bangers', file: 'bangers/400Regular/Bangers_400Regular', characters: COMMON },
  { name: 'Roboto Slab Bold', file: 'roboto-slab/700Bold/RobotoSlab_700Bold', characters: CHARACTERS },
  { name: 'Courier Prime Bold', file: 'courier-prime/700Bold/CourierPrime_700Bold', characters: COMMON },
  { name: 'Fredoka SemiBold', file: 'fredoka/600SemiBold/Fredoka_600SemiBold', characters: COMMON },
]

const resolveFont = (file: string) => require.resolve(`@expo-google-fonts/${file}.ttf`)
const shippedFont = readFileSync(join(common, 'fonts/font.ttf'))
const inputs = [
  fileURLToPath(import.meta.url),
  join(common, 'fonts/font-outline.ts'),
  join(common, 'fonts/font-union.ts'),
  join(common, 'render/glyphs.ts'),
  ...FONTS.map((font) => resolveFont(font.file)),
]
const hash = createHash('sha256').update(shippedFont)
for (const file of inputs) hash.update(readFileSync(file))
const stamp = `// inputs ${hash.digest('hex')}`

/** Writes the file, unless it was written from the same fonts and code. */
export async function writeGlyphs(): Promise<void> {
  if (existsSync(target) && readFileSync(target, 'utf8').startsWith(stamp)) {
    console.log('glyphs: up to date')
  } else {
    writeFileSync(target, await generate())
    console.log(`glyphs: wrote ${FONTS.length} fonts`)
  }
}

async function generate(): Promise<string> {
  const { getOutline, encodeGlyph, crc32 } = await importOutline()
  const { loadSync } = require('opentype.js') as { loadSync: typeof LoadFont }
  const fonts = FONTS.map(({ name, file, characters }) => {
    const font = loadSync(resolveFont(file))
    const glyphs = Array.from(characters, (char) => `      '${encodeGlyph(getOutline(font, char))}', // ${char}`)
    const drawn = characters === CHARACTERS ? 'CHARACTERS' : `'${characters}'`
    return `  {\n    name: '${name}',\n    characters: ${drawn},\n    glyphs: [\n${glyphs.join('\n')}\n    ],\n  },`
  })
  return `${stamp}
// Written by scripts/glyphs.ts. Fonts, sources and licences: ../fonts/LICENSE.txt
export const CHARACTERS = '${CHARACTERS}'

/** fonts/font.ttf as shipped: any other content means that it was replaced. */
export const SHIPPED_FONT = {
  sizeBytes: ${shippedFont.length},
  headCrc32: ${crc32(shippedFont, 0, 256)},
}

/** Outlines in the order of the font's characters, packed by encodeGlyph. */
export const FONTS: readonly { name: string; characters: string; glyphs: readonly string[] }[] = [
${fonts.join('\n')}
]
`
}

interface Outline {
  getOutline: typeof OutlineOf
  encodeGlyph: typeof EncodeGlyph
  crc32: typeof Crc32
}

/** The code that also flattens a font which an application puts in place of font.ttf; it imports the file written here. */
async function importOutline(): Promise<Outline> {
  const noGlyphsYet: Plugin = {
    name: 'no glyphs yet',
    setup(bundle) {
      bundle.onResolve({ filter: /glyphs\.generated$/ }, () => ({ path: 'none', namespace: 'none' }))
      bundle.onLoad({ filter: /./, namespace: 'none' }, () => ({
        contents: `export const CHARACTERS = '', FONTS = []`,
      }))
    },
  }
  const contents = `
    export { getOutline } from './fonts/font-outline'
    export { encodeGlyph } from './render/glyphs'
    export { crc32 } from './render/checksum'`
  const outfile = join(root, 'node_modules/.uni-captcha/outline.cjs')
  await build({
    stdin: { contents, resolveDir: common, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    logLevel: 'error',
    plugins: [noGlyphsYet],
  })
  return require(outfile) as Outline
}
