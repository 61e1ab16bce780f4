import { join } from 'node:path'

import { ClientDb, type CloudCode } from '../../../host/clientdb/index'
import { openDatabase, openPostgres, type IndexDefinition } from '../../../host/database'
import { toClientInfo } from '../../../host/runtime/client-info'
import { makeFolder } from '../../support/folder'
import { writeFiles } from '../../support/project'
import { postgresUrl, type Driver } from '../../fixtures/database/open'
import { TOKEN_SECRET } from './project'

/** Documents that one query may look at here. */
export const MAX_ROWS = 40

/** Of a project without cloud code: there is nothing to load. */
const NO_CODE: CloudCode = {
  load: (file) => {
    throw new Error(`there is no ${file}`)
  },
  api: () => ({}) as never,
  roots: [],
  timeoutMs: 1000,
}

export type Step = [method: string, ...params: unknown[]]

export interface Answer {
  code: unknown
  message: string
  data?: Record<string, unknown>[]
  count?: number
  total?: number
}

/** clientDB on a database of its own, without a host, for schemas of which each has a collection of its own. */
export async function openEmbedded(driver: Driver, name: string) {
  const { folder, remove } = makeFolder(name)
  const database =
    driver === 'SQLite'
      ? openDatabase({ file: join(folder, 'unicloud.db') })
      : await openPostgres({ url: await postgresUrl(), maxConnections: 4 })
  let collections = 0

  /** One schema, and rows that no other one sees. `errors` are what clientDB has logged as such. */
  async function open(
    schema: object,
    rows: object[] = [],
    tokenSecret = TOKEN_SECRET,
    indexes: IndexDefinition[] = [],
  ) {
    const collection = `rows-${collections++}`
    const directory = join(folder, collection)
    writeFiles(directory, {
      [`${collection}.schema.json`]: JSON.stringify(schema),
      'uni-id/config.json': JSON.stringify({ tokenSecret }),
    })
    const table = database.api.collection(collection)
    if (rows.length > 0) await table.add(rows)
    await database.ensureIndexes(collection, indexes)
    const { call, errors } = connect(directory)
    const toCommand = (steps: Step[]) => ({ command: toChain(['collection', collection], ...steps) })
    const send = async (uniIdToken: string | undefined, ...steps: Step[]): Promise<Answer> => {
      return (await call(toCommand(steps), uniIdToken)) as Answer
    }
    const multiSend = async (...chains: Step[][]): Promise<{ dataList: Answer[] }> => {
      return (await call({ multiCommand: chains.map(toCommand) })) as { dataList: Answer[] }
    }
    return { send, multiSend, rows: table, errors }
  }

  /** clientDB for collections that stay as `seed` has filled them, with schemas of their own each time. */
  function openTogether(schemas: Record<string, object>) {
    const directory = join(folder, `together-${collections++}`)
    const files = Object.entries(schemas).map(([name, schema]) => [`${name}.schema.json`, JSON.stringify(schema)])
    writeFiles(directory, {
      ...(Object.fromEntries(files) as Record<string, string>),
      'uni-id/config.json': JSON.stringify({ tokenSecret: TOKEN_SECRET }),
    })
    const { call, errors } = connect(directory)
    const send = async (uniIdToken: string | undefined, ...steps: Step[]): Promise<Answer> => {
      return (await call({ command: toChain(...steps) }, uniIdToken)) as Answer
    }
    return { send, errors }
  }

  function connect(directory: string) {
    const errors: unknown[] = []
    const clientDb = new ClientDb({
      database: database.within(MAX_ROWS),
      schemaDirectories: [directory],
      configDirectories: [directory],
      code: NO_CODE,
      now: Date.now,
      log: { warn: () => {}, error: (...given: unknown[]) => void errors.push(given) },
    })
    const call = (event: Record<string, unknown>, uniIdToken?: string): Promise<unknown> => {
      const context = { clientIP: '127.0.0.1', userAgent: '', source: 'client', requestId: 'r' } as const
      return clientDb.call({ event, clientInfo: toClientInfo({}, context), uniIdToken })
    }
    return { call, errors }
  }

  return {
    open,
    api: database.api,
    openTogether,
    seed: (collection: string, rows: object[]) => database.api.collection(collection).add(rows),
    async close() {
      await database.close()
      remove()
    },
  }
}

export type Embedded = Awaited<ReturnType<typeof openEmbedded>>

/** A chain of calls as the client's library sends it, and as it stands in another one after getTemp(). */
export function toChain(...steps: Step[]): { $db: unknown } {
  const chain = steps.map(([method, ...params]) => ({ $method: method, $param: params }))
  return { $db: JSON.parse(JSON.stringify(chain.map(mark))) as unknown }
}

/** As the client's library writes a regular expression. */
function mark(value: unknown): unknown {
  if (value instanceof RegExp) return { $regexp: { source: value.source, flags: value.flags } }
  if (Array.isArray(value)) return value.map(mark)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mark(one)]))
}
