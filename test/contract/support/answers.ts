import Database from 'libsql'

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
