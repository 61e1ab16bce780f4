/** Red, green, blue and alpha, 0–255 each. */
export type Rgba = readonly [red: number, green: number, blue: number, alpha: number]

const TRANSPARENT: Rgba = [255, 255, 255, 0]

/** Parses `''` (transparent), `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`; throws for anything else. */
export function parseBackground(background: string): Rgba {
  if (background === '') return TRANSPARENT
  if (!/^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(background)) {
    throw new Error(`background must be '', #rgb, #rgba, #rrggbb or #rrggbbaa, got ${JSON.stringify(background)}`)
  }
  const digits = background.slice(1)
  const long = digits.length > 4 ? digits : digits.replace(/./g, '$&$&')
  const value = parseInt(long.length === 8 ? long : `${long}ff`, 16)
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}

/** What a reader sees of a half transparent paper on a white page. */
export function onWhite([red, green, blue, alpha]: Rgba): Rgba {
  const mix = (channel: number): number => Math.round((channel * alpha + 255 * (255 - alpha)) / 255)
  return alpha === 255 ? [red, green, blue, 255] : [mix(red), mix(green), mix(blue), 255]
}

/** https://www.w3.org/TR/WCAG21/#dfn-relative-luminance */
export function luminance([red, green, blue]: Rgba): number {
  return 0.2126 * toLinear(red) + 0.7152 * toLinear(green) + 0.0722 * toLinear(blue)
}

/** https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
export function contrast(one: Rgba, other: Rgba): number {
  const a = luminance(one) + 0.05
  const b = luminance(other) + 0.05
  return a > b ? a / b : b / a
}

const LINEAR = new Float64Array(256)
for (let channel = 0; channel < 256; channel++) {
  const value = channel / 255
  LINEAR[channel] = value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

/** Light of an sRGB channel of 0–255, from 0 to 1. */
export function toLinear(channel: number): number {
  return LINEAR[channel]!
}

/** The sRGB channel of 0–255 nearest to a light of 0 to 1. */
export function fromLinear(light: number): number {
  return Math.round(255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055))
}
