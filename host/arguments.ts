import { parseArgs } from 'node:util'
import { SettingError } from './settings'

/** What the command line of the host can say; everything else is an environment variable. */
export interface Arguments {
  /** Development mode: SMS codes are shown on a page instead of being sent. */
  isDevelopment: boolean
  /** Processes that serve requests. */
  workers: number
}

const MAX_WORKERS = 64
const WORKERS_RULE = `a whole number from 1 to ${MAX_WORKERS}`

/** Reads `--dev` and `--workers N` (or `--workers=N`). Throws SettingError for anything else. */
export function parseArguments(given: readonly string[]): Arguments {
  const { dev: isDevelopment, workers } = parse(given)
  const read = { isDevelopment, workers: parseWorkers(workers) }
  if (read.isDevelopment && read.workers > 1) {
    throw new SettingError('--dev keeps its messages in one process: leave it out, or leave out --workers.')
  }
  return read
}

function parse(given: readonly string[]): { dev: boolean; workers: string } {
  try {
    const { values } = parseArgs({
      args: [...given],
      options: { dev: { type: 'boolean', default: false }, workers: { type: 'string', default: '1' } },
    })
    return values
  } catch (error) {
    const [problem] = (error as Error).message.split('\n')
    throw new SettingError(
      `The host takes --dev, --workers N, init and a folder, build and what \`uni build\` takes, site and what to do, or copy and from where to where: ${problem}`,
    )
  }
}

function parseWorkers(value: string): number {
  const workers = Number(value)
  if (!/^\d+$/.test(value) || workers < 1 || workers > MAX_WORKERS) {
    throw new SettingError(`--workers is ${JSON.stringify(value)}, but it has to be ${WORKERS_RULE}.`)
  }
  return workers
}
