import type { Region } from './regions'

/** How far a picture may be distorted; each picture draws its own values within these. */
export interface Difficulty {
  /** Largest rotation of a letter, in turns. */
  rotation: number
  /** Largest shift of an outline by its sine warp, in em. */
  warpEm: number
  /** Space between neighbours in em; negative overlaps, and overlaps are cut out of the ink. */
  gapEm: readonly [min: number, max: number]
  /** Largest share of the free width that goes between the letters. */
  spread: number
  /** Number of regions where ink and paper change places. */
  regions: number
  /** What each region is drawn from, evenly. */
  regionKinds: readonly Region[]
}

export const DIFFICULTY: Readonly<Record<1 | 2 | 3 | 4, Difficulty>> = {
  1: { rotation: 0.025, warpEm: 0.02, gapEm: [0.04, 0.12], spread: 0.8, regions: 0, regionKinds: [] },
  2: {
    rotation: 0.04,
    warpEm: 0.035,
    gapEm: [-0.06, 0.05],
    spread: 0.5,
    regions: 1,
    regionKinds: ['half', 'blob', 'band'],
  },
  3: {
    rotation: 0.05,
    warpEm: 0.045,
    gapEm: [-0.11, 0],
    spread: 0.3,
    regions: 1,
    regionKinds: ['half', 'blob', 'band'],
  },
  4: {
    rotation: 0.055,
    warpEm: 0.045,
    gapEm: [-0.11, 0],
    spread: 0.3,
    regions: 2,
    regionKinds: ['half', 'blob', 'band'],
  },
}
