import type { Region } from './regions'

/** How far a picture may be distorted; each picture draws its own values within these. */
export interface Difficulty {
  /** Largest rotation of a letter, in turns. */
  rotation: number
  /** Largest shift of an outline by its sine warp, in em. */
  warpEm: number
  /** Largest taper and largest bow of a letter, per em. */
  bend: number
  /** Space between neighbours in em; negative overlaps, and overlaps are cut out of the ink. */
  gapEm: readonly [min: number, max: number]
  /** Largest share of the free width that goes between the letters. */
  spread: number
  /** Number of regions where ink and paper change places. */
  regions: number
  /** What each region is drawn from, each entry as often as the others. */
  regionKinds: readonly Region[]
}

export const DIFFICULTY: Readonly<Record<1 | 2 | 3 | 4, Difficulty>> = {
  1: { rotation: 0.025, warpEm: 0.02, bend: 0.1, gapEm: [0.04, 0.12], spread: 0.8, regions: 0, regionKinds: [] },
  2: {
    rotation: 0.04,
    warpEm: 0.035,
    bend: 0.28,
    gapEm: [-0.05, 0.06],
    spread: 0.5,
    regions: 1,
    regionKinds: ['half', 'half', 'blob', 'blob', 'band', 'band', 'ring'],
  },
  3: {
    rotation: 0.05,
    warpEm: 0.045,
    bend: 0.36,
    gapEm: [-0.11, 0],
    spread: 0.3,
    regions: 1,
    regionKinds: ['half', 'blob', 'band', 'ring'],
  },
  4: {
    rotation: 0.055,
    warpEm: 0.045,
    bend: 0.36,
    gapEm: [-0.11, 0],
    spread: 0.3,
    regions: 2,
    regionKinds: ['half', 'blob', 'band', 'ring'],
  },
}
