import type { NewDocument } from '../driver'
import type { Statements } from './connection'
import { toQueryText } from './keys'

/** Of text in one statement; the server takes a jsonb of 256 MB at most. */
const MAX_STATEMENT_CHARACTERS = 8 * 1024 * 1024

/** More text than fits into one statement takes several: the caller has a transaction open then. */
export async function insertSql(
  statements: Statements,
  sqlName: string,
  documents: readonly NewDocument[],
): Promise<void> {
  const sql =
    `INSERT INTO ${sqlName} (_id, doc, q) SELECT n.v ->> 0, n.v ->> 1, n.v -> 2` +
    ` FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS n(v, at) ORDER BY n.at`
  for (const part of toStatements(documents)) await statements.run(sql, [toArrays(part)])
}

/** What one statement holds each. */
export function toStatements(documents: readonly NewDocument[]): NewDocument[][] {
  const parts: NewDocument[][] = []
  let characters = Infinity
  for (const document of documents) {
    characters += document.text.length
    if (characters > MAX_STATEMENT_CHARACTERS) {
      parts.push([])
      characters = document.text.length
    }
    parts.at(-1)!.push(document)
  }
  return parts
}

export async function putSql(
  statements: Statements,
  sqlName: string,
  id: string,
  text: string,
): Promise<'replaced' | 'created'> {
  const sql =
    `INSERT INTO ${sqlName} AS t (_id, doc, q) VALUES ($1, $2, $3::text::jsonb)` +
    ` ON CONFLICT (_id) DO UPDATE SET doc = excluded.doc, q = excluded.q RETURNING (t.xmax = 0) AS created`
  const [row] = await statements.rows(sql, [id, text, toQueryText(text)])
  return row?.['created'] === true ? 'created' : 'replaced'
}

/** As JSON: `_id`, `doc` and `q` of each. */
export function toArrays(documents: readonly NewDocument[]): string {
  return `[${documents.map(({ id, text }) => `[${JSON.stringify(id)},${JSON.stringify(text)},${toQueryText(text)}]`).join()}]`
}
