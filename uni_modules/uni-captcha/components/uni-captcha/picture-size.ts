import { readTapLayout } from './tap'

import type { TapLayout } from './tap'

/** CSS pixels; with where it is tapped, if it is. */
export interface PictureSize {
  widthPx: number
  heightPx: number
  tap?: TapLayout
}

const KEY = 'uni-captcha-sizes'
const MAX_SCENES = 50

/** How large the pictures of a scene were the last time, also before a restart: what holds their place then fits. */
export function recallSize(scene: string): PictureSize | undefined {
  const [widthPx, heightPx, tapped] = sizes().get(scene) ?? []
  if (!isSide(widthPx) || !isSide(heightPx)) return undefined
  const tap = readTapLayout(tapped)
  return { widthPx, heightPx, ...(tap && { tap }) }
}

export function rememberSize(scene: string, { widthPx, heightPx, tap }: PictureSize): void {
  const known = recallSize(scene)
  const isSame = known?.widthPx === widthPx && known.heightPx === heightPx
  if (isSame && JSON.stringify(known.tap) === JSON.stringify(tap)) return
  const others = [...sizes()].filter(([name]) => name !== scene).slice(1 - MAX_SCENES)
  // Where storage is full the next visit starts with the usual size.
  uni.setStorage({ key: KEY, data: [...others, [scene, [widthPx, heightPx, ...(tap ? [tap] : [])]]], fail: () => {} })
}

// Whatever else an application keeps under this name is not read.
function sizes(): Map<string, unknown[]> {
  const stored: unknown = uni.getStorageSync(KEY)
  const entries = Array.isArray(stored) ? stored.filter((entry) => Array.isArray(entry) && Array.isArray(entry[1])) : []
  return new Map(entries as [string, unknown[]][])
}

function isSide(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 2000
}
