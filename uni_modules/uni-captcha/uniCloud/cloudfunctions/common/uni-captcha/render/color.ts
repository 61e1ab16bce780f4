import colorString from 'color-string'

/** Red, green, blue and alpha, 0–255 each. */
export type Rgba = readonly [red: number, green: number, blue: number, alpha: number]

const TRANSPARENT: Rgba = [255, 255, 255, 0]

const MAX_COLOR_CHARACTERS = 64

/** Parses a CSS colour: `''` or `none` (transparent), hex, `rgb()`, `hsl()` or a name; undefined for anything else. */
export function parseColor(written: string): Rgba | undefined {
  const color = written.trim().toLowerCase()
  if (color === '' || color === 'none') return TRANSPARENT
  if (color.length > MAX_COLOR_CHARACTERS) return undefined
  const parsed = colorString.get(withoutAngles(color))
  if (!parsed || parsed.model === 'hwb') return undefined
  const [first, second, third, alpha] = parsed.value
  const channels = parsed.model === 'hsl' ? hslToRgb(first, second, third) : [first, second, third]
  const [red, green, blue] = channels.map((channel) => Math.min(255, Math.max(0, Math.round(channel))))
  return [red!, green!, blue!, Math.round(Math.min(1, Math.max(0, alpha)) * 255)]
}

let last: { background: string; color: Rgba } | undefined

/** As `parseColor`, the last one remembered; throws for what is not a colour. */
export function parseBackground(background: string): Rgba {
  if (last?.background === background) return last.color
  const color = parseColor(background)
  if (color) last = { background, color }
  if (!color) throw new Error(`background must be a CSS colour or '', got ${JSON.stringify(background)}`)
  return color
}

/** The library reads angles in degrees alone. */
function withoutAngles(color: string): string {
  const degrees: Record<string, number> = { turn: 360, grad: 0.9, rad: 180 / Math.PI }
  return color.replace(/(\d*\.?\d+)(turn|grad|rad)\b/g, (_, value: string, unit: string) =>
    String(Number(value) * degrees[unit]!),
  )
}

/** https://www.w3.org/TR/css-color-4/#hsl-to-rgb */
function hslToRgb(hue: number, saturation: number, lightness: number): number[] {
  const light = lightness / 100
  const reach = (saturation / 100) * Math.min(light, 1 - light)
  const channel = (offset: number): number => {
    const k = (offset + (((hue % 360) + 360) % 360) / 30) % 12
    return 255 * (light - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1)))
  }
  return [channel(0), channel(8), channel(4)]
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
