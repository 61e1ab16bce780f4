import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { copyToPostgres } from './database/index'
import { SettingError, type HostSettings } from './settings'

const USAGE = 'uni-captcha-host copy --from sqlite --to postgres [--resume]'
const KINDS = ['sqlite', 'postgres']

/**
 * `copy --from sqlite --to postgres`: copies `unicloud.db` of DATA_DIR into the empty database of DATABASE_URL. Throws
 * SettingError for other words and for a missing database; DatabaseError for one that cannot be copied from or into.
 */
export async function runCopyCommand(
  given: readonly string[],
  settings: HostSettings,
  say: (sentence: string) => void,
): Promise<void> {
  const { isResumed } = parse(given)
  const { dataDir, filesDir, databaseUrl: url, databaseStatementTimeoutMs: statementTimeoutMs } = settings
  if (url === null) refuse('DATABASE_URL is not set; it has to be the PostgreSQL database that is copied into.')
  const file = join(dataDir, 'unicloud.db')
  if (!existsSync(file)) refuse(`${file} is missing; set DATA_DIR to the data directory that is copied from.`)
  say(`Copying ${file} into the database of DATABASE_URL.`)
  await copyToPostgres({ file, url, statementTimeoutMs, isResumed, say })
  say(`Start the host with this DATABASE_URL from now on. The secret in ${dataDir} and the uploaded files in`)
  say(`${filesDir} stay where they are, and the host needs both.`)
}

function parse(given: readonly string[]): { isResumed: boolean } {
  const { from, to, resume } = parseOptions(given)
  if (from === undefined || to === undefined) refuse(USAGE)
  for (const [option, kind] of Object.entries({ from, to })) {
    if (KINDS.includes(kind)) continue
    refuse(`--${option} is ${JSON.stringify(kind)}, but it has to be one of ${KINDS.join(', ')}: ${USAGE}`)
  }
  if (from === to) refuse(`--from and --to are both ${from}, but they have to be different: ${USAGE}`)
  if (from !== 'sqlite') refuse(`Nothing is copied from ${from} to ${to}, only the other way: ${USAGE}`)
  return { isResumed: resume === true }
}

function parseOptions(given: readonly string[]): { from?: string; to?: string; resume?: boolean } {
  try {
    return parseArgs({
      args: [...given],
      options: { from: { type: 'string' }, to: { type: 'string' }, resume: { type: 'boolean' } },
    }).values
  } catch {
    return refuse(USAGE)
  }
}

function refuse(message: string): never {
  throw new SettingError(message)
}
