import { join } from 'node:path'

import { ClientDb } from '../../../host/clientdb/index'
import { openDatabase, type IndexDefinition } from '../../../host/database'
import { toClientInfo } from '../../../host/runtime/client-info'
import { makeFolder, writeFiles } from '../../support/project'
import { TOKEN_SECRET } from './project'

/** Documents that one query may look at here. */
export const MAX_ROWS = 40

export type Step = [method: string, ...params: unknown[]]

export interface Answer {
  code: unknown
  message: string
  data?: Record<string, unknown>[]
}

/** clientDB on a database of its own, without a host, for schemas of which each has a collection of its own. */
export function openEmbedded(name: string) {
  const { folder, remove } = makeFolder(name)
  const database = openDatabase({ file: join(folder, 'unicloud.db') })
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
    const errors: unknown[] = []
    const clientDb = new ClientDb({
      database: database.within(MAX_ROWS),
      schemaDirectories: [directory],
      configDirectories: [directory],
      now: Date.now,
      log: { warn: () => {}, error: (...given: unknown[]) => void errors.push(given) },
    })
    const toCommand = (steps: Step[]) => {
      const calls = [['collection', collection] as Step, ...steps]
      const chain = calls.map(([method, ...params]) => ({ $method: method, $param: params }))
      return { command: { $db: JSON.parse(JSON.stringify(chain.map(mark))) as unknown } }
    }
    const call = (event: Record<string, unknown>, uniIdToken?: string): Promise<unknown> => {
      const context = { clientIP: '127.0.0.1', userAgent: '', source: 'client', requestId: 'r' } as const
      return clientDb.call({ event, clientInfo: toClientInfo({}, context), uniIdToken })
    }
    const send = async (uniIdToken: string | undefined, ...steps: Step[]): Promise<Answer> => {
      return (await call(toCommand(steps), uniIdToken)) as Answer
    }
    const multiSend = async (...chains: Step[][]): Promise<{ dataList: Answer[] }> => {
      return (await call({ multiCommand: chains.map(toCommand) })) as { dataList: Answer[] }
    }
    return { send, multiSend, rows: table, errors }
  }

  return {
    open,
    api: database.api,
    async close() {
      await database.close()
      remove()
    },
  }
}

/** As the client's library writes a regular expression. */
function mark(value: unknown): unknown {
  if (value instanceof RegExp) return { $regexp: { source: value.source, flags: value.flags } }
  if (Array.isArray(value)) return value.map(mark)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mark(one)]))
}
