/** What a picture is drawn with; every value is already checked by the option table. */
export interface DrawOptions {
  /** CSS pixels. */
  width: number
  /** CSS pixels. */
  height: number
  /** Paper: `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, or `''` for none (transparent). */
  background: string
  /** A hue for the ink; without it grey. A picture with a background is always drawn in colour. */
  color: boolean
  /** Largest em height in CSS pixels; letters shrink to fit the frame. */
  fontSize: number
  /** Number of thin interference lines. */
  noise: number
  /** Difficulty: 1 cosmetic to 4 hardest. */
  level: 1 | 2 | 3 | 4
  /** Device pixels per CSS pixel. */
  pixelRatio: 1 | 2 | 3
}

/** A drawn captcha. */
export interface Picture {
  mime: 'image/png' | 'image/svg+xml'
  bytes: Buffer
}

/** 16 random bytes: the same seed and options draw the same bytes. */
export type Seed = Uint8Array
