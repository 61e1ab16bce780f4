import { join } from 'node:path'

import Database from 'libsql'

/** A captcha as the host stores it. */
interface CodeRow {
  kind: string
  scene: string
  device_uuid: string
  code_id: string
  code: string
  state: number
  created_date: number
  expired_date: number
}

/** What a person would read from the newest picture of a scene. Throws when there is none. */
export function readAnswer(dataDir: string, scene: string, kind: 'image' | 'site' = 'image'): string {
  const newest = readCodes(dataDir, scene, kind).sort((a, b) => b.created_date - a.created_date)[0]
  if (!newest) throw new Error(`no captcha of the scene ${scene} is stored`)
  return newest.code
}

/** Every stored captcha of a scene: of uniCloud's clients or of sites; the other kinds of codes are hashes. */
export function readCodes(dataDir: string, scene: string, kind = 'image'): CodeRow[] {
  const database = new Database(join(dataDir, 'unicloud.db'), { readonly: true })
  try {
    const rows = database.prepare('SELECT doc FROM "opendb-verify-codes"').all() as { doc: string }[]
    return rows.map(({ doc }) => JSON.parse(doc) as CodeRow).filter((row) => row.kind === kind && row.scene === scene)
  } finally {
    database.close()
  }
}

/** A wrong answer of the same length. */
export function wrongFor(answer: string): string {
  return answer.replace(/./g, (char) => (char === 'x' ? 'z' : 'x'))
}
