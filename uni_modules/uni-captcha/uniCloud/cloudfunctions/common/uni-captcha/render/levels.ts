/** How far a picture may be distorted; each picture draws its own values within these. */
export interface Difficulty {
  /** Largest rotation of a letter, in turns. */
  rotation: number
  /** Largest shift of an outline by its sine warp, in em. */
  warpEm: number
  /** Space between neighbours in em; negative overlaps, and overlaps are cut out of the ink. */
  gapEm: readonly [min: number, max: number]
  /** Regions where ink and paper change places. */
  regions: number
}

export const DIFFICULTY: Readonly<Record<1 | 2 | 3 | 4, Difficulty>> = {
  1: { rotation: 0.025, warpEm: 0.02, gapEm: [0.04, 0.12], regions: 0 },
  2: { rotation: 0.045, warpEm: 0.035, gapEm: [-0.1, 0.04], regions: 1 },
  3: { rotation: 0.055, warpEm: 0.05, gapEm: [-0.18, -0.02], regions: 1 },
  4: { rotation: 0.055, warpEm: 0.05, gapEm: [-0.18, -0.02], regions: 2 },
}
