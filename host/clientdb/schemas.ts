import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { FileError, readRelaxedJsonFile } from '../files/json-file'
import { forbidden, quote } from './errors'
import { readSchema, type Schema } from './schema'

/** The schemas of a project, read when a page first asks for their collection. */
export class Schemas {
  private readonly files = new Map<string, string>()
  private readonly known = new Map<string, Schema>()

  /** The first directory wins: a project's own comes before those of its plugins. */
  constructor(
    directories: readonly string[],
    private readonly log: Pick<Logger, 'warn' | 'error'>,
  ) {
    for (const directory of directories) {
      for (const file of readdirSync(directory)) {
        const [, collection] = /^(.+)\.schema\.json$/.exec(file) ?? []
        if (collection !== undefined && !this.files.has(collection)) this.files.set(collection, join(directory, file))
      }
    }
  }

  /** Throws ClientDbError where there is none. */
  get(collection: string): Schema {
    const known = this.known.get(collection)
    if (known) return known
    const file = this.files.get(collection)
    if (file === undefined) throw forbidden(`There is no ${quote(`${collection}.schema.json`)}: pages have no access`)
    const schema = this.load(collection, file)
    this.known.set(collection, schema)
    return schema
  }

  private load(collection: string, file: string): Schema {
    try {
      const schema = readSchema(collection, readRelaxedJsonFile(file))
      if (schema.problems.length > 0) {
        this.log.warn({ file, problems: schema.problems }, 'parts of a schema are refused to pages')
      }
      return schema
    } catch (err) {
      if (!(err instanceof FileError)) throw err
      this.log.error({ file, err }, 'a schema cannot be read: pages have no access to its collection')
      throw forbidden(`The schema of ${quote(collection)} cannot be read; the server's log says why`)
    }
  }
}
