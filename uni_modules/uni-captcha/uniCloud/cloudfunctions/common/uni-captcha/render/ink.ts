import { contrast, fromLinear, luminance, onWhite, toLinear } from './color'
import type { Rgba } from './color'
import type { Random } from './random'

/** WCAG AA for text. */
const MIN_CONTRAST = 4.5
const MAX_CONTRAST = 8
/** 4.55 : 1 on white and 4.6 : 1 on black: ink on transparent paper is readable on a light page and on a dark one. */
const MIDDLE_LUMINANCE = 0.1805

/** One ink for the whole picture, at least 4.5 : 1 against what is seen of the paper on a white page. */
export function chooseInk(paper: Rgba, colored: boolean, random: Random): Rgba {
  const hue: Rgba = colored ? saturated(random.between(0, 6)) : [128, 128, 128, 255]
  const wanted = random.between(MIN_CONTRAST * 1.1, MAX_CONTRAST)
  const seen = onWhite(paper)
  if (paper[3] === 0) return withContrast(withLuminance(hue, MIDDLE_LUMINANCE), seen, 0)
  const light = luminance(seen) + 0.05
  const isDarker = light / 0.05 >= 1.05 / light
  const inkLuminance = (isDarker ? light / wanted : light * wanted) - 0.05
  return withContrast(withLuminance(hue, inkLuminance), seen, isDarker ? 0 : 255)
}

/** Goes on towards black or white where rounding to 8 bits, or the end of the scale, left too little contrast. */
function withContrast(ink: Rgba, seen: Rgba, target: 0 | 255): Rgba {
  for (let share = 0; share < 1; share += 0.02) {
    const stronger = mix(ink, target, share)
    if (contrast(stronger, seen) >= MIN_CONTRAST) return stronger
  }
  return [target, target, target, 255]
}

function saturated(sixth: number): Rgba {
  const channel = (offset: number): number => {
    const k = (offset + sixth) % 6
    return Math.round(255 - 205 * Math.max(0, Math.min(k, 4 - k, 1)))
  }
  return [channel(5), channel(3), channel(1), 255]
}

/** The hue with light taken away or white light added until it has the wanted luminance. */
function withLuminance([red, green, blue, alpha]: Rgba, wanted: number): Rgba {
  const own = luminance([red, green, blue, alpha])
  const goal = Math.min(1, Math.max(0, wanted))
  const channel = (value: number): number =>
    goal < own
      ? fromLinear((toLinear(value) * goal) / own)
      : fromLinear(1 - ((1 - toLinear(value)) * (1 - goal)) / (1 - own))
  return [channel(red), channel(green), channel(blue), 255]
}

function mix([red, green, blue]: Rgba, target: number, share: number): Rgba {
  const channel = (value: number): number => Math.round(value + (target - value) * share)
  return [channel(red), channel(green), channel(blue), 255]
}
