// svg-captcha declares its methods, but not that the module itself draws a given text, nor that the font is an option.
declare module 'svg-captcha' {
  import type { Font } from 'opentype.js'

  interface SvgCaptchaOptions {
    width: number
    height: number
    background: string
    color: boolean
    noise: number
    fontSize: number
    font: Pick<Font, 'unitsPerEm' | 'charToGlyph'>
    ascender: number
    descender: number
  }

  export default function createCaptcha(text: string, options: SvgCaptchaOptions): string
}
