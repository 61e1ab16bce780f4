import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { HostDatabase, IndexDefinition } from './database/index'
import { findIndexProblem, type IndexProblem } from './database/index-problem'
import { fromExtendedJson } from './files/extended-json'
import { readRelaxedJsonFile } from './files/json-file'
import { isJsonObject, own, type JsonObject } from './shared/json'

type Database = Pick<HostDatabase, 'seed' | 'ensureIndexes'>

/**
 * Gives the database what the project's `database` directories ask for: indexes from `<collection>.index.json` and
 * `db_init.json`, and first rows from `<collection>.init_data.json` and `db_init.json`. Rows go into an empty collection
 * only, and once per installation, whichever of its processes comes first; rows that failed are tried again.
 */
export async function prepareDatabase(directories: string[], database: Database, log: Logger): Promise<void> {
  for (const directory of directories) {
    for (const file of readdirSync(directory).sort()) {
      try {
        await prepareFrom(join(directory, file), file, database, log)
      } catch (err) {
        log.error({ file: join(directory, file), err }, 'this database file cannot be used')
      }
    }
  }
}

async function prepareFrom(path: string, file: string, database: Database, log: Logger): Promise<void> {
  const [, collection = '', kind] = /^(.+)\.(index|init_data)\.json$/.exec(file) ?? []
  const content = () => fromExtendedJson(readRelaxedJsonFile(path))
  const tell = (collection: string, problem: IndexProblem) => {
    const { index, what, isMade } = problem
    const outcome = isMade ? 'this index is made without a part of it' : 'this index cannot be made'
    log.warn({ file: path, collection, index, what }, outcome)
  }
  if (kind === 'index') await ensureIndexes(collection, content(), database, tell)
  else if (kind === 'init_data') await seed(collection, toList(content()), database)
  else if (file === 'db_init.json') await prepareAll(content(), database, tell)
}

type Tell = (collection: string, problem: IndexProblem) => void

/** Indexes of a kind that the database does not offer are named in the log; the others of their file are made. */
async function ensureIndexes(collection: string, content: unknown, database: Database, tell: Tell): Promise<void> {
  const definitions = readIndexes(content)
  const problems = definitions.map(findIndexProblem)
  for (const problem of problems) if (problem) tell(collection, problem)
  await database.ensureIndexes(
    collection,
    definitions.filter((_, at) => problems[at]?.isMade !== false),
  )
}

async function prepareAll(content: unknown, database: Database, tell: Tell): Promise<void> {
  if (!isJsonObject(content)) throw new TypeError('db_init.json has to be an object of collections')
  for (const [collection, parts] of Object.entries(content)) {
    if (!isJsonObject(parts)) continue
    await ensureIndexes(collection, own(parts, 'index') ?? [], database, tell)
    await seed(collection, toList(own(parts, 'data') ?? []), database)
  }
}

async function seed(collection: string, rows: JsonObject[], database: Database): Promise<void> {
  if (rows.length > 0) await database.seed(collection, rows)
}

/** The database checks each definition itself. */
function readIndexes(value: unknown): IndexDefinition[] {
  return toList(value) as unknown as IndexDefinition[]
}

function toList(value: unknown): JsonObject[] {
  if (Array.isArray(value) && value.every(isJsonObject)) return value
  throw new TypeError('a list of objects is needed')
}
