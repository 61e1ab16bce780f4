import { SettingError } from './settings'

/** What the command line of the host can say; everything else is an environment variable. */
export interface Arguments {
  /** Development mode: SMS codes are shown on a page instead of being sent. */
  isDevelopment: boolean
  /** Processes that serve requests. */
  workers: number
}

const MOST_WORKERS = 64
const WORKERS_RULE = `a whole number from 1 to ${MOST_WORKERS}`

/** Reads `--dev` and `--workers N` (or `--workers=N`). Throws SettingError for anything else. */
export function parseArguments(given: readonly string[]): Arguments {
  const read: Arguments = { isDevelopment: false, workers: 1 }
  const rest = given.flatMap((one) => (one.startsWith('--workers=') ? ['--workers', one.slice(10)] : [one]))
  for (let at = 0; at < rest.length; at++) {
    const argument = rest[at]
    if (argument === '--dev') read.isDevelopment = true
    else if (argument === '--workers') read.workers = workersOf(rest[++at])
    else throw new SettingError(`${JSON.stringify(argument)} is no argument of the host: --dev and --workers N are.`)
  }
  if (read.isDevelopment && read.workers > 1) {
    throw new SettingError('--dev keeps its messages in one process: leave it out, or leave out --workers.')
  }
  return read
}

function workersOf(value: string | undefined): number {
  if (value === undefined) throw new SettingError(`--workers has to be followed by ${WORKERS_RULE}.`)
  const workers = Number(value)
  if (!/^\d+$/.test(value) || workers < 1 || workers > MOST_WORKERS) {
    throw new SettingError(`--workers is ${JSON.stringify(value)}, but it has to be ${WORKERS_RULE}.`)
  }
  return workers
}
