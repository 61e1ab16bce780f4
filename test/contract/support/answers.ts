import Database from 'libsql'
import postgres from 'postgres'

import type { Row } from './captchas'

/** A collection in a host's database file, as a person with access to the machine sees it. */
export function storedRows<Document>(dataDir: string, collection: string): Document[] {
  const database = new Database(`${dataDir}/unicloud.db`, { readonly: true })
  try {
    const rows = database.prepare(`SELECT doc FROM "${collection}"`).all() as { doc: string }[]
    return rows.map((row) => JSON.parse(row.doc) as Document)
  } finally {
    database.close()
  }
}

/** Where a host keeps its collections: PostgreSQL, or a file in its directory. */
export interface Place {
  dataDir: string
  databaseUrl: string | null
}

/** The same of a database of either kind, in the order of writing. */
export async function readRows<Document>({ dataDir, databaseUrl }: Place, collection: string): Promise<Document[]> {
  if (databaseUrl === null) return storedRows(dataDir, collection)
  const [server, schema] = [databaseUrl.split('?')[0]!, new URL(databaseUrl).searchParams.get('schema')!]
  const sql = postgres(server, { max: 1, fetch_types: false })
  try {
    const rows = await sql`SELECT doc FROM ${sql(schema)}.${sql(collection)} ORDER BY seq`
    return rows.map((row) => JSON.parse(row['doc'] as string) as Document)
  } finally {
    await sql.end()
  }
}

/** The image captchas among them. */
export function storedCaptchas(dataDir: string, scene: string): Row[] {
  return storedRows<Row>(dataDir, 'opendb-verify-codes').filter((row) => row.scene === scene)
}

/** The right answer of the one captcha there is for a scene. */
export function storedAnswer(dataDir: string, scene: string): string {
  const [row, ...others] = storedCaptchas(dataDir, scene)
  if (!row || others.length > 0)
    throw new Error(`expected one captcha of ${scene}, found ${row ? others.length + 1 : 0}`)
  return row.code
}
