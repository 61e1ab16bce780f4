/** CSS pixels. */
export interface PictureSize {
  widthPx: number
  heightPx: number
}

const KEY = 'uni-captcha-sizes'
const MAX_SCENES = 50

/** How large the pictures of a scene were the last time, also before a restart: what holds their place then fits. */
export function recallSize(scene: string): PictureSize | undefined {
  const [widthPx, heightPx] = sizes().get(scene) ?? []
  return isSide(widthPx) && isSide(heightPx) ? { widthPx, heightPx } : undefined
}

export function rememberSize(scene: string, { widthPx, heightPx }: PictureSize): void {
  const known = recallSize(scene)
  if (known?.widthPx === widthPx && known.heightPx === heightPx) return
  const others = [...sizes()].filter(([name]) => name !== scene).slice(1 - MAX_SCENES)
  // Where storage is full the next visit starts with the usual size.
  uni.setStorage({ key: KEY, data: [...others, [scene, [widthPx, heightPx]]], fail: () => {} })
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
