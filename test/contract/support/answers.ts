import Database from 'libsql'

import type { Row } from './captchas'

/** The image captchas in a host's database file, as a person with access to the machine sees them. */
export function storedCaptchas(dataDir: string, scene: string): Row[] {
  const database = new Database(`${dataDir}/unicloud.db`, { readonly: true })
  try {
    const rows = database.prepare(`SELECT doc FROM "opendb-verify-codes"`).all() as { doc: string }[]
    return rows.map((row) => JSON.parse(row.doc) as Row).filter((row) => row.scene === scene)
  } finally {
    database.close()
  }
}

/** The right answer of the one captcha there is for a scene. */
export function storedAnswer(dataDir: string, scene: string): string {
  const [row, ...others] = storedCaptchas(dataDir, scene)
  if (!row || others.length > 0)
    throw new Error(`expected one captcha of ${scene}, found ${row ? others.length + 1 : 0}`)
  return row.code
}
