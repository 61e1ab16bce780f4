import type { Challenge, Puzzle } from './challenge'

/** Solves one puzzle at a time; undefined when it was told to drop it. */
export interface Lane {
  solve(puzzle: Puzzle): Promise<number | undefined>
  /** the puzzle has been solved elsewhere */
  drop(index: number): void
}

/**
 * Hands the puzzles to lanes. Those without one join the puzzles that are left, at another number: in the end
 * none waits for the unluckiest lane. Answers the solutions in order, or undefined when `isOver` said so.
 */
export async function shareOut(
  { puzzles }: Challenge,
  lanes: readonly Lane[],
  onSolved: (solved: number) => void,
  isOver: () => boolean,
): Promise<number[] | undefined> {
  const solutions = new Map<number, number>()
  /** lanes at each unsolved puzzle */
  const busy = Array.from({ length: puzzles }, () => 0)

  function next(): Puzzle | undefined {
    let index: number | undefined
    for (let i = 0; i < puzzles; i++) {
      if (!solutions.has(i) && (index === undefined || busy[i]! < busy[index]!)) index = i
    }
    if (index === undefined || isOver()) return undefined
    const others = busy[index] ?? 0
    busy[index] = others + 1
    const from = others === 0 ? 0 : Math.floor(Math.random() * 2 ** 32)
    return { index, from }
  }

  async function run(lane: Lane): Promise<void> {
    for (let puzzle = next(); puzzle; puzzle = next()) {
      const number = await lane.solve(puzzle)
      busy[puzzle.index] = (busy[puzzle.index] ?? 0) - 1
      if (number === undefined || solutions.has(puzzle.index)) continue
      solutions.set(puzzle.index, number)
      for (const other of lanes) if (other !== lane) other.drop(puzzle.index)
      onSolved(solutions.size)
    }
  }

  await Promise.all(lanes.map(run))
  return solutions.size === puzzles ? Array.from({ length: puzzles }, (_, index) => solutions.get(index)!) : undefined
}
